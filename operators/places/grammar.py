"""The grammar of addresses: which mentions of places a text has, and which of them are one address.

The tokens of a text are read from the first to the last. At each, the phrases that can begin or centre there are tried in
turn; the first that fits is taken, and reading goes on behind it.
"""

import numpy as np
import numpy.typing as npt

from operators.compiled import compiled
from operators.hashtable import Words
from operators.letters import CodePoints
from operators.places import areas, gaps, kinds, roles, streets
from operators.places.houses import (
    house_after,
    house_before_street,
    house_before_word,
    list_end,
    marked_house,
)
from operators.places.names import GENITIVE, LIKELY, PLURAL_GENITIVE, looks, name_end
from operators.places.tokens import (
    AHEAD,
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
    read_tokens,
)
from operators.places.tokens import COLUMNS as TOKEN_COLUMNS

Mentions = npt.NDArray[np.int32]
State = npt.NDArray[np.int64]

COLUMNS = 7
KIND, ADDRESS, TYPE, START, STOP, NAME_START, NAME_STOP = range(COLUMNS)
"""Of a mention: what kind of place, the number of the address it is part of, the type of a street or ``WIDE``, where in the
text it stands, and where in it the name stands."""
WIDE = 1
"""The type of a town, and of a district that may have others in it."""

LOOKED_AT = 400
"""Characters: who says where something is says so before. What looks like an address far down a long text is seldom one, and
seldom of what the text is about: of the appeals of residents that name a street, 19 of 20 do so in their first 330."""
MOST_MENTIONS = 48
"""A text that names more places than this is a list of them; what comes later does not count."""
_MOST_AT_ONCE = 3
_SPACE = ord(" ")

_STATES = 4
_COUNT, _ADDRESSES, _FREE, _WAITS_AT = range(_STATES)
"""How many mentions and how many addresses there are; the first token that no mention has taken; the token after a house
that has no street yet, or 0."""
_LONGEST_NAME = 8
"""So many tokens can stand in a name without a word that says so, and up to its house."""
_NEAR = 2
"""So many tokens can stand between a house and the street that it is in: «дом 5 по улице …», «дом 5, на …»."""


@compiled
def read_mentions(
    characters: CodePoints,
    classes: npt.NDArray[np.uint32],
    cyrillic: Letters,
    keys: Words,
    values: Words,
    mentions: Mentions,
) -> int:
    """Write what places the beginning of a text names; return how many mentions there are.

    The tables are those of ``tokens.Reading``.
    """
    characters = characters[: _end_of_beginning(characters)]
    letters = np.empty(characters.shape[0], np.uint16)
    tokens = np.empty((characters.shape[0] + AHEAD + 1, TOKEN_COLUMNS), np.int32)
    read_tokens(characters, classes, cyrillic, keys, values, letters, tokens)
    state = np.zeros(_STATES, np.int64)
    state[_FREE] = 1
    token = int(state[_FREE])
    number = token
    while tokens[token, ROLE] != roles.END and state[_COUNT] + _MOST_AT_ONCE <= MOST_MENTIONS:
        while number <= token or tokens[number, ROLE] not in (roles.NUMBER, roles.END):
            number += 1
        # most words of most texts stand near no number and no place
        if tokens[token, ROLE] == roles.WORD and number - token > _LONGEST_NAME and state[_WAITS_AT] == 0:
            token += 1
            continue
        is_read = _read_announced(tokens, letters, mentions, state, token) or _read_bare(
            tokens, letters, mentions, state, token
        )
        token = int(state[_FREE]) if is_read else token + 1
    return int(state[_COUNT])


@compiled
def _end_of_beginning(characters: CodePoints) -> int:
    """Return where the words end that are whole within what is looked at."""
    end: int = characters.shape[0]
    if end > LOOKED_AT:
        end = LOOKED_AT
        while end > 0 and characters[end] > _SPACE:
            end -= 1
    return end


@compiled
def read_all_mentions(
    characters: CodePoints,
    ends: npt.NDArray[np.int64],
    classes: npt.NDArray[np.uint32],
    cyrillic: Letters,
    keys: Words,
    values: Words,
    mentions: Mentions,
    counts: npt.NDArray[np.int64],
) -> int:
    """Do what ``read_mentions`` does for texts that follow each other; write how many mentions each has.

    Returns:
        how many there are in all. There must be room for ``MOST_MENTIONS`` of each text.

    """
    read = start = 0
    for number in range(ends.shape[0]):
        text = characters[start : ends[number]]
        counts[number] = read_mentions(text, classes, cyrillic, keys, values, mentions[read:])
        read += counts[number]
        start = ends[number]
    return read


@compiled
def _read_announced(tokens: Tokens, letters: Letters, mentions: Mentions, state: State, token: int) -> bool:
    """Read what a word announces: «улица», «дом», «перекрёсток», «остановка»."""
    role = tokens[token, ROLE]
    if role == roles.WORD:
        return False
    if role == roles.STREET:
        return _read_street(tokens, letters, mentions, state, token)
    if role in (roles.CROSSING, roles.PREPOSITION):
        return _read_crossing(tokens, letters, mentions, state, token)
    if role in (roles.DISTRICT, roles.STOP, roles.ROUTE):
        return _read_area(tokens, letters, mentions, state, token)
    if role == roles.SETTLEMENT:
        # «с» is a village or «from»
        return _read_area(tokens, letters, mentions, state, token) or _read_crossing(
            tokens, letters, mentions, state, token
        )
    if role == roles.HOUSE:
        # «д» is a village or a house
        return _read_area(tokens, letters, mentions, state, token) or _read_house(
            tokens, letters, mentions, state, token
        )
    return False


@compiled
def _read_bare(tokens: Tokens, letters: Letters, mentions: Mentions, state: State, token: int) -> bool:
    """Read a street that nothing calls one, or a house that stands before its word: «Садовая, 5», «в 5 доме»."""
    is_near = _is_near_house(tokens, state, token)
    may_be_street = is_near or tokens[token, ROLE] == roles.NUMBER or _has_number_ahead(tokens, token)
    if may_be_street and _may_begin_name(tokens, token):
        name = streets.bare_street(tokens, letters, token, is_near)
        if name[1] > name[0]:
            _put_street(tokens, letters, mentions, state, token, name)
            return True
    return tokens[token, ROLE] == roles.NUMBER and _read_house(tokens, letters, mentions, state, token)


@compiled
def _read_street(tokens: Tokens, letters: Letters, mentions: Mentions, state: State, word: int) -> bool:
    is_near = _is_near_house(tokens, state, word)
    name = streets.street_by_word(tokens, letters, word, int(state[_FREE]), is_near)
    if name[1] == name[0]:
        return False
    _put_street(tokens, letters, mentions, state, word, name)
    _put_second(tokens, letters, mentions, state, word)
    return True


@compiled
def _put_street(
    tokens: Tokens, letters: Letters, mentions: Mentions, state: State, word: int, name: Span
) -> None:
    """Write a street that belongs to the house just before it, or has its house after it.

    ``word`` is the one that says what type of street it is, or the first of the name.
    """
    is_near = _is_near_house(tokens, state, word)
    if not is_near:
        state[_ADDRESSES] += 1
    street = state[_COUNT]
    _put(tokens, mentions, state, kinds.STREET, (min(word, name[0]), max(word + 1, name[1])), name)
    if tokens[word, ROLE] == roles.STREET:
        mentions[street, TYPE] = tokens[word, DETAIL] & roles.TYPE_MASK
    if not is_near:
        _put_house_after(tokens, letters, mentions, state)
    state[_WAITS_AT] = 0


@compiled
def _put_second(tokens: Tokens, letters: Letters, mentions: Mentions, state: State, word: int) -> None:
    """Write the second street of «улиц Ленина и Мира», where there is one."""
    joint = int(state[_FREE])
    second = joint + 1
    if tokens[joint, ROLE] != roles.AND or tokens[second, CASE] == SMALL:
        return
    end = name_end(tokens, letters, second, LIKELY)
    is_crossing = tokens[word, DETAIL] & roles.PLURAL or tokens[word - 1, ROLE] == roles.CROSSING
    least = GENITIVE if is_crossing else PLURAL_GENITIVE
    if end > second and looks(tokens, letters, end - 1) >= least:
        state[_ADDRESSES] += 1
        _put(tokens, mentions, state, kinds.STREET, (second, end), (second, end))


@compiled
def _read_crossing(tokens: Tokens, letters: Letters, mentions: Mentions, state: State, word: int) -> bool:
    role, detail = tokens[word, ROLE], tokens[word, DETAIL]
    is_from = role == roles.SETTLEMENT and letters[tokens[word, FIRST]] == ord("с")
    if role != roles.CROSSING and not is_from and (role != roles.PREPOSITION or detail == roles.ON):
        return False
    first, second = streets.crossing(tokens, letters, word + 1, role == roles.CROSSING)
    if first[1] == first[0]:
        return False
    for name in (first, second):
        state[_ADDRESSES] += 1
        _put(tokens, mentions, state, kinds.STREET, name, name)
    return True


@compiled
def _read_area(tokens: Tokens, letters: Letters, mentions: Mentions, state: State, word: int) -> bool:
    """Read a settlement, district, stop or route, and the house that stands after either of the first two."""
    role, free = tokens[word, ROLE], int(state[_FREE])
    if role == roles.DISTRICT:
        kind, name = kinds.DISTRICT, areas.district(tokens, letters, word, free)
    elif role == roles.STOP:
        kind, name = kinds.STOP, areas.stop(tokens, letters, word)
    elif role == roles.ROUTE:
        kind, name = kinds.ROUTE, areas.route(tokens, letters, word, free)
    else:
        kind, name = kinds.SETTLEMENT, areas.settlement(tokens, letters, word)
    if name[1] == name[0]:
        return False
    has_houses = kind in (kinds.DISTRICT, kinds.SETTLEMENT)
    # «дом 5 в мкр Северный»
    if not (has_houses and _is_near_house(tokens, state, word)):
        state[_ADDRESSES] += 1
    _put(tokens, mentions, state, kind, (min(word, name[0]), max(word + 1, name[1])), name)
    is_wide = tokens[word, DETAIL] == roles.AREA or letters[tokens[word, FIRST]] == ord("г")
    mentions[state[_COUNT] - 1, TYPE] = WIDE if has_houses and is_wide else 0
    if has_houses:
        _put_house_after(tokens, letters, mentions, state)
    return True


@compiled
def _read_house(tokens: Tokens, letters: Letters, mentions: Mentions, state: State, token: int) -> bool:
    """Read a house whose street has not been named; it may follow."""
    if tokens[token, ROLE] == roles.HOUSE:
        house = (
            (token, token) if _is_and_so_on(tokens, letters, token) else marked_house(tokens, letters, token)
        )
        end = house[1]
    else:
        house = house_before_word(tokens, token)
        end = house[1]
        if end > token:
            house = (token, token + 1)
        else:
            house = house_before_street(tokens, letters, token)
            end = house[1]
    if house[1] == house[0]:
        return False
    state[_ADDRESSES] += 1
    _put(tokens, mentions, state, kinds.HOUSE, (token, end), house)
    state[_FREE] = state[_WAITS_AT] = list_end(tokens, letters, end)
    return True


@compiled
def _put_house_after(tokens: Tokens, letters: Letters, mentions: Mentions, state: State) -> None:
    """Write the house that follows the last mention, if one does."""
    house = house_after(tokens, letters, int(state[_FREE]))
    if house[1] > house[0]:
        _put(tokens, mentions, state, kinds.HOUSE, house, house)
        state[_FREE] = list_end(tokens, letters, house[1])


@compiled
def _put(tokens: Tokens, mentions: Mentions, state: State, kind: int, phrase: Span, name: Span) -> None:
    """Write a mention that belongs to the last address."""
    mention = mentions[state[_COUNT]]
    mention[KIND] = kind
    mention[ADDRESS] = state[_ADDRESSES]
    mention[TYPE] = 0
    mention[START] = tokens[phrase[0], FIRST]
    mention[STOP] = tokens[phrase[1] - 1, LAST]
    mention[NAME_START] = tokens[name[0], FIRST]
    mention[NAME_STOP] = tokens[name[1] - 1, LAST]
    state[_COUNT] += 1
    state[_FREE] = phrase[1]


@compiled
def _may_begin_name(tokens: Tokens, token: int) -> bool:
    """Whether a name that nothing announces can begin with a token; an initial has a dot."""
    role = tokens[token, ROLE]
    if role in (roles.WORD, roles.IDEAL, roles.GIVEN, roles.MONTH, roles.NUMBER, roles.DESCRIPTIVE):
        return True
    is_letter = tokens[token, LAST] - tokens[token, FIRST] == 1 and tokens[token, CASE] != SMALL
    return bool(is_letter and tokens[token + 1, GAP] & gaps.DOT)


@compiled
def _is_and_so_on(tokens: Tokens, letters: Letters, word: int) -> bool:
    """Whether «д» is that of «т. д. 3»."""
    before = tokens[word - 1, FIRST]
    is_letter = tokens[word - 1, LAST] - before == 1 and tokens[word - 1, ROLE] != roles.NUMBER
    return bool(is_letter and letters[before] == ord("т"))


@compiled
def _has_number_ahead(tokens: Tokens, token: int) -> bool:
    """Whether a house number can follow a name that begins with a token, which is soon told and mostly not so."""
    for ahead in range(token + 1, token + _LONGEST_NAME + 1):  # noqa: SIM110  # compiled code has no generators
        if tokens[ahead, ROLE] == roles.NUMBER:
            return True
    return False


@compiled
def _is_near_house(tokens: Tokens, state: State, token: int) -> bool:
    """Whether a house that has no street yet stands just before a token."""
    waits_at = int(state[_WAITS_AT])
    if waits_at == 0 or token - waits_at > _NEAR:
        return False
    for between in range(waits_at, token + 1):  # noqa: SIM110  # compiled code has no generators
        if tokens[between, GAP] & (gaps.BREAK | gaps.DOT):
            return False
    return True
