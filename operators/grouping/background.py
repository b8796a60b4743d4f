"""Background: how common terms are in posts at large, by which a book weighs them before it has read many itself."""

from functools import cache

import numpy as np

from operators.compiled import compiled
from operators.grouping.terms import TERM_BITS, terms_of
from operators.hashtable import Words, WordTable, find_slot
from schemas.phrase import normalise

Background = Words
"""uint64[2, slots]: the terms in a hash table, and the share of posts that has each, in one array; see ``share_of``."""

_LANGUAGES = ("ru", "en")
_WORDS_A_POST = 30
_RAREST = 1e-5
"""Words that are rarer still are as good as unknown."""
_MOST_TERMS = 1 << 14
_ALL = 1 << 32
"""Shares are kept as whole numbers of which all posts are so many."""


@cache
def background() -> Background:
    """Return the background of Russian and English, the same in every process.

    It is made of wordfreq's lists (Speer, "rspeer/wordfreq", 2022, doi:10.5281/zenodo.7199437). A term that makes up the
    share f of all words is in a post of n words, did they not depend on each other, with probability 1 - (1 - f)^n.
    """
    import wordfreq  # noqa: PLC0415 - takes a quarter of a second, which only those who group have to wait for

    table = WordTable(room_for=_MOST_TERMS)
    for language in _LANGUAGES:
        frequencies = wordfreq.get_frequency_dict(language, "small")
        common = {word: frequency for word, frequency in frequencies.items() if frequency >= _RAREST}
        terms, words = np.unique(terms_of(list(map(normalise, common))), return_inverse=True)
        frequency_of_terms = np.bincount(words, np.array(list(common.values())))
        shares = 1.0 - (1.0 - frequency_of_terms) ** _WORDS_A_POST
        table.put_all(terms.astype(np.uint64) << np.uint64(TERM_BITS), (shares * _ALL).astype(np.uint64))
    return np.stack(table.slots)


@compiled
def share_of(background: Background, term: np.uint32) -> float:
    """Return the share of posts at large that have a term, 0 where it is rare or unknown."""
    keys, shares = background[0], background[1]
    return float(shares[find_slot(keys, shares, np.uint64(term) << np.uint64(TERM_BITS))]) / _ALL
