"""Streets: the phrases in which people name them, with a word that says so and without."""

from operators.compiled import compiled
from operators.places import gaps, roles
from operators.places.houses import has_house_at
from operators.places.names import (
    ADJECTIVE,
    ANY,
    GENITIVE,
    LIKELY,
    PLURAL_GENITIVE,
    SURE,
    SURNAME,
    ends_as_verb,
    has_capital,
    is_adjective,
    is_adjective_of_a_road,
    is_of_place,
    looks,
    name_end,
)
from operators.places.tokens import (
    CAPITAL,
    CASE,
    DETAIL,
    FIRST,
    GAP,
    LAST,
    ROLE,
    SMALL,
    Letters,
    Span,
    Tokens,
)


@compiled
def street_by_word(tokens: Tokens, letters: Letters, word: int, free: int, has_house: bool) -> Span:
    """Return where the name stands that belongs to «улица» and the like, after the word or before it.

    Args:
        tokens: of the text.
        letters: of the text.
        word: the token that says what type of street it is.
        free: the first token that is not part of something else already.
        has_house: a house stands just before it.

    """
    before = _name_before(tokens, letters, word, free)
    after = _name_after(tokens, letters, word, has_house)
    if after[1] > after[0] and before[1] > before[0]:
        # «Ленинский проспект Сегодня …» and «Грязная улица Ленина»
        is_plain = tokens[before[0], CASE] != CAPITAL or _begins_sentence(tokens, before[0])
        return after if is_plain and looks(tokens, letters, after[1] - 1) >= GENITIVE else before
    if after[1] > after[0]:
        return after
    if before[1] > before[0]:
        return before
    is_quay = tokens[word, DETAIL] & roles.TYPE_MASK == roles.QUAY
    return (word, word + 1) if is_quay and has_house_at(tokens, letters, word + 1) else (word, word)


@compiled
def _name_after(tokens: Tokens, letters: Letters, word: int, has_house: bool) -> Span:
    start = word + 1
    nothing = (start, start)
    gap, usage = tokens[start, GAP], tokens[word, DETAIL]
    is_abbreviated = usage & roles.ABBREVIATED != 0
    allowed = gaps.SPACE | gaps.QUOTE | gaps.HYPHEN | (gaps.DOT | gaps.COMMA if is_abbreviated else 0)
    end = start if gap & ~allowed else name_end(tokens, letters, start, ANY)
    if end == start:
        return nothing
    seems = looks(tokens, letters, end - 1)
    if has_capital(tokens, start, end):
        is_verb = seems < GENITIVE and ends_as_verb(letters, tokens[end - 1, LAST])
        is_sure = (
            (usage & roles.ROAD and not is_verb) or seems >= GENITIVE or has_house_at(tokens, letters, end)
        )
        return (start, end) if is_sure else nothing
    if gap & gaps.COMMA:
        return nothing
    is_letter = tokens[word, LAST] - tokens[word, FIRST] == 1
    if is_abbreviated and (not is_letter or gap & gaps.DOT):
        return start, end
    is_road = has_house or usage & roles.ROAD != 0
    if is_road and name_end(tokens, letters, start, LIKELY if has_house else SURE) == end:
        return start, end
    return (start, end) if seems >= GENITIVE and has_house_at(tokens, letters, end) else nothing


@compiled
def _name_before(tokens: Tokens, letters: Letters, word: int, free: int) -> Span:
    """Return the name in «Ленинский проспект», «3-го Кленового переулка», «50 лет Октября ул.»."""
    last = word - 1
    nothing = (word, word)
    role = tokens[last, ROLE]
    if last < free or tokens[word, GAP] != gaps.SPACE:
        return nothing
    has_house = has_house_at(tokens, letters, word + 1)
    is_capital = tokens[last, CASE] == CAPITAL
    stands_out = is_capital and not _begins_sentence(tokens, last)
    is_name = role in (roles.WORD, roles.IDEAL, roles.MONTH)
    if is_adjective_of_a_road(letters, tokens[last, FIRST], tokens[last, LAST]):
        is_sure = (stands_out and (is_name or role == roles.DESCRIPTIVE)) or (
            is_name and (has_house or is_of_place(letters, tokens[last, FIRST], tokens[last, LAST]))
        )
    else:
        # «Ленина ул., 5»
        is_sure = is_name and is_capital and has_house and looks(tokens, letters, last) >= GENITIVE
    if not is_sure:
        return nothing
    for number in range(max(free, last - 2), last):
        is_number = tokens[number, ROLE] == roles.NUMBER
        if is_number and name_end(tokens, letters, number, LIKELY) == word:
            return number, word
    return last, word


@compiled
def bare_street(tokens: Tokens, letters: Letters, start: int, has_house: bool) -> Span:
    """Return where a name stands that nothing calls a street: «на Ленина 5», «Садовая, 15», «дом 5 по ленина».

    Args:
        tokens: of the text.
        letters: of the text.
        start: the token with which the name would begin.
        has_house: a house stands just before it.

    """
    preposition = _preposition(tokens, start - 1)
    if has_house and preposition == roles.ON and tokens[start, CASE] == SMALL:
        after = start + 1
        if tokens[after, CASE] == CAPITAL and tokens[after, GAP] == gaps.SPACE:
            # «дом 5 по уилце Мира»: whatever the word is, a street follows
            return after, name_end(tokens, letters, after, LIKELY)
    is_beside = preposition in (roles.ON, roles.BY) or _has_marker(tokens, start + 1)
    is_clear = is_beside and tokens[start, CASE] == CAPITAL
    end = name_end(tokens, letters, start, ANY if is_clear else LIKELY)
    if end == start:
        return start, start
    if letters[tokens[start, FIRST]] <= ord("z") and tokens[start, ROLE] != roles.NUMBER:
        is_street = False  # «Windows 95»
    elif tokens[end, ROLE] == roles.STREET:
        is_street = False  # «Садовая ул.»: its word takes it
    elif tokens[start + 1, ROLE] == roles.YEARS and tokens[end - 1, CASE] == CAPITAL:
        is_street = True  # «50 лет Октября»
    elif has_house_at(tokens, letters, end):
        is_street = _is_street_with_house(tokens, letters, (start, end), preposition)
    else:
        is_street = has_house and _is_street_of_house(tokens, letters, (start, end), preposition)
    return (start, end) if is_street else (start, start)


@compiled
def _is_street_with_house(tokens: Tokens, letters: Letters, name: Span, preposition: int) -> bool:
    """Whether a name is that of a street, since a house number follows it."""
    start, end = name
    is_marked = tokens[end, ROLE] == roles.HOUSE
    # «жители дома 5»
    if is_marked and tokens[end, DETAIL] != roles.SINGLE:
        return False
    if preposition == roles.ON:
        return True
    if _is_date(tokens, name):
        return bool(is_marked)
    seems = looks(tokens, letters, end - 1)
    if has_capital(tokens, start, end):
        is_like_others = _begins_sentence(tokens, start) and not is_marked and preposition == 0
        return not is_like_others or seems >= PLURAL_GENITIVE or tokens[end, GAP] & gaps.COMMA != 0
    begins_phrase = tokens[start, GAP] & ~gaps.SPACE != 0
    is_glued = tokens[end, GAP] == 0
    first, last = tokens[end - 1, FIRST], tokens[end - 1, LAST]
    is_of_place_alone = is_adjective(letters, first, last) and is_of_place(letters, first, last)
    stands_out = is_marked or is_glued or preposition == roles.BY or begins_phrase or is_of_place_alone
    return bool(stands_out and seems >= (PLURAL_GENITIVE if preposition == roles.BY else ADJECTIVE))


@compiled
def _is_street_of_house(tokens: Tokens, letters: Letters, name: Span, preposition: int) -> bool:
    """Whether a name is that of a street, since a house number stands before it."""
    start, end = name
    if _is_date(tokens, name):
        return False
    seems = looks(tokens, letters, end - 1)
    is_capital = has_capital(tokens, start, end)
    if preposition != roles.ON:
        ends_phrase = tokens[end, GAP] & ~gaps.SPACE != 0
        follows_comma = tokens[start, GAP] & gaps.COMMA != 0
        return bool(follows_comma and is_capital and seems >= PLURAL_GENITIVE and ends_phrase)
    # «в доме 5 по холодной воде»
    is_word = tokens[end, GAP] == gaps.SPACE and tokens[end, ROLE] == roles.WORD
    describes = is_word and letters[tokens[end, LAST] - 1] == ord("е")
    return bool(is_capital or seems != ADJECTIVE or not describes)


@compiled
def crossing(tokens: Tokens, letters: Letters, start: int, is_announced: bool) -> tuple[Span, Span]:
    """Return where both names of a crossing stand: «перекрёсток Ленина и Мира», «с Ленина на Мира».

    Args:
        tokens: of the text.
        letters: of the text.
        start: the token with which the first name would begin.
        is_announced: the text says that it is a crossing, so the names need not look so much like any.

    """
    nothing = ((start, start), (start, start))
    end = name_end(tokens, letters, start, LIKELY)
    second = end + 1
    joins = tokens[end, ROLE] in (roles.AND, roles.PREPOSITION)
    if end == start or not joins or tokens[start, GAP] | tokens[end, GAP] | tokens[second, GAP] != gaps.SPACE:
        return nothing
    second_end = name_end(tokens, letters, second, LIKELY)
    if second_end == second:
        return nothing
    have_capitals = has_capital(tokens, start, end) and has_capital(tokens, second, second_end)
    first_seems, second_seems = looks(tokens, letters, end - 1), looks(tokens, letters, second_end - 1)
    if have_capitals:
        least, most = (GENITIVE, GENITIVE) if is_announced else (PLURAL_GENITIVE, SURNAME)
    else:
        least, most = (ADJECTIVE, ADJECTIVE) if is_announced else (SURNAME, SURNAME)
    if min(first_seems, second_seems) < least or max(first_seems, second_seems) < most:
        return nothing
    return (start, end), (second, second_end)


@compiled
def _preposition(tokens: Tokens, token: int) -> int:
    """Return what kind of preposition a token is, 0 where it is none."""
    return int(tokens[token, DETAIL]) if tokens[token, ROLE] == roles.PREPOSITION else 0


@compiled
def _begins_sentence(tokens: Tokens, token: int) -> bool:
    return bool(tokens[token, GAP] & (gaps.BREAK | gaps.DOT))


@compiled
def _has_marker(tokens: Tokens, token: int) -> bool:
    """Whether «д. 5» or «, дом 5» stands there, and not what something happened to: «Затопило дом 5»."""
    is_letter = tokens[token, LAST] - tokens[token, FIRST] == 1
    is_marker = tokens[token, ROLE] == roles.HOUSE and tokens[token, DETAIL] == roles.SINGLE
    return bool(is_marker and (is_letter or tokens[token, GAP] & gaps.COMMA))


@compiled
def _is_date(tokens: Tokens, name: Span) -> bool:
    """Whether a name that ends with a month is a date: «8 марта», «октября»; «Октября, 5» is none."""
    start, end = name
    is_number = end - start > 1 and tokens[end - 2, ROLE] == roles.NUMBER
    return bool(tokens[end - 1, ROLE] == roles.MONTH and (is_number or tokens[end - 1, CASE] == SMALL))
