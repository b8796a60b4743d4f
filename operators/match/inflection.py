"""All forms of a Russian word, for the time when rules are compiled; never at run time, it is far too slow."""

import re
from functools import cache

import pymorphy3

from schemas.phrase import PARTS_OF_SPEECH, Form, Word, normalise

_RUSSIAN = re.compile("[а-я]+")
_SHORTEST_GUESSED = 5
_LEAST_SHARE = 0.25
"""A reading that fewer uses of the word have is left out: «дорога» is hardly ever short for «дорогой»."""

# Participles and gerunds are other words to a reader («текущий ремонт» is no leak), so they are separate
# groups, and a rule that means them names them.
_GROUPS = {
    **dict.fromkeys(("NOUN",), "noun"),
    **dict.fromkeys(("ADJF", "ADJS", "COMP"), "adjective"),
    **dict.fromkeys(("VERB", "INFN"), "verb"),
    **dict.fromkeys(("PRTF", "PRTS"), "participle"),
    **dict.fromkeys(("GRND",), "gerund"),
    **dict.fromkeys(("ADVB",), "adverb"),
    **dict.fromkeys(("NUMR",), "numeral"),
    **dict.fromkeys(("NPRO",), "pronoun"),
}


def is_russian(text: str) -> bool:
    """Whether a normalised word is written in Russian letters."""
    return _RUSSIAN.fullmatch(text) is not None


@cache
def forms(word: Word) -> frozenset[str]:
    """Return the normalised forms that count for a word; of anything but an inflected word, only its text."""
    if word.form is not Form.INFLECTED or not is_russian(word.text):
        return frozenset((word.text,))
    return frozenset((word.text,)) | _inflect(word.text, PARTS_OF_SPEECH.get(word.part, ""))


@cache
def analyzer() -> pymorphy3.MorphAnalyzer:
    """Return the dictionary of Russian words, which is loaded once a process."""
    return pymorphy3.MorphAnalyzer(lang="ru")


def _inflect(text: str, part: str) -> frozenset[str]:
    """Return the forms of all likely readings, or of those that are the part of speech that is asked for."""
    readings: dict[tuple[str, str], list[pymorphy3.analyzer.Parse]] = {}
    for parse in analyzer().parse(text):
        group = _group(parse.tag)
        if (parse.is_known or len(text) >= _SHORTEST_GUESSED) and part in ("", group):
            readings.setdefault((normalise(parse.normal_form), group), []).append(parse)
    if not readings:
        return frozenset()
    shares = {reading: sum(parse.score for parse in parses) for reading, parses in readings.items()}
    least = 0 if part else min(_LEAST_SHARE, max(shares.values()))
    return frozenset(
        normalise(form.word)
        for (lemma, group), parses in readings.items()
        if shares[lemma, group] >= least
        for form in parses[0].lexeme
        if _group(form.tag) == group and " " not in form.word and "-" not in form.word
    )


@cache
def _group(tag: pymorphy3.tagset.OpencorporaTag) -> str:
    part_of_speech = str(tag.POS)
    return _GROUPS.get(part_of_speech, part_of_speech)
