"""Names of streets and the like: by their endings, capitals and neighbours, since no list has them all."""

import numpy as np

from operators.compiled import compiled
from operators.places import gaps, roles
from operators.places.tokens import CAPITAL, CASE, DETAIL, FIRST, GAP, LAST, ROLE, Letters, Tokens

# what a word looks like, by its ending; what comes later is more surely the name of a street
NOTHING, GENITIVE, PLURAL_GENITIVE, ADJECTIVE, SURNAME = range(5)

# numba compiles for each constant apart, unless it has a type
ANY, LIKELY, SURE = (np.int64(sure) for sure in range(3))
"""How sure a name in small letters has to be: after «ул.» it may look like anything; where something else speaks for an
address, it has to be in a case that names have; where nothing does, it has to look like a name by itself."""

_SHORTEST = 3
_SHORTEST_SURNAME = 5
_MOST_ORDINAL = 200
_LONGEST_SUFFIX = 3
_MOST_GIVEN = 3
_LONGEST_SHORT = 4
"""«им.», «ген.», «акад.»: longer titles are not shortened."""

_A, _YA, _Y, _I = ord("а"), ord("я"), ord("ы"), ord("и")
_O, _E, _U, _YU, _SHORT_I = ord("о"), ord("е"), ord("у"), ord("ю"), ord("й")
_V, _G, _N, _S, _TS, _K, _M, _T, _SOFT = (ord(letter) for letter in "вгнсцкмть")


@compiled
def looks(tokens: Tokens, letters: Letters, token: int) -> int:
    """Say what a word looks like in the cases that stand in addresses: the nominative, and after «на», «по», «улица»."""
    if tokens[token, ROLE] in (roles.IDEAL, roles.GIVEN):
        return SURNAME
    first, last = tokens[token, FIRST], tokens[token, LAST]
    size = last - first
    if size < _SHORTEST:
        return NOTHING
    end, before = letters[last - 1], letters[last - 2]
    third = letters[last - 3]
    if size >= _SHORTEST_SURNAME:
        if end == _A and ((before == _V and third in (_O, _E)) or (before == _N and third in (_I, _Y))):
            return SURNAME  # «Кирова», «Ленина»
        if end == _O and before == _G and third in (_O, _E):
            return SURNAME  # «Островского»
        if end == _V and before in (_O, _E):
            return PLURAL_GENITIVE  # «Строителей», «Космонавтов»
    if is_adjective(letters, first, last):
        return ADJECTIVE
    return GENITIVE if end in (_A, _YA, _Y, _I) else NOTHING


@compiled
def is_adjective(letters: Letters, first: int, last: int) -> bool:
    """Whether a word ends as a feminine adjective does: «Садовая», «Садовой», «Садовую»."""
    if last - first <= _SHORTEST:
        return False
    end, before = letters[last - 1], letters[last - 2]
    return (
        (end == _YA and before in (_A, _YA))
        or (end == _SHORT_I and before in (_O, _E))
        or (end == _YU and before in (_U, _YU))
    )


@compiled
def is_adjective_of_a_road(letters: Letters, first: int, last: int) -> bool:
    """Whether a word ends as an adjective of any gender: «Ленинский», «Ленинском», «Московское»."""
    if is_adjective(letters, first, last):
        return True
    if last - first <= _SHORTEST:
        return False
    end, before = letters[last - 1], letters[last - 2]
    return (
        (end == _SHORT_I and before in (_Y, _I))
        or (end == _O and before == _G)
        or (end == _U and before == _M)
        or (end == _M and before in (_O, _E, _Y, _I))
        or (end == _E and before in (_O, _E))
    )


@compiled
def is_of_place(letters: Letters, first: int, last: int) -> bool:
    """Whether an adjective is made from a name, with «-ск-»: «ленинском», «московскую»."""
    for position in range(max(first + 2, last - 5), last - 1):
        if letters[position] == _K and letters[position - 1] in (_S, _TS):
            return True
    return False


@compiled
def ends_as_verb(letters: Letters, last: int) -> bool:
    """Whether a word that ends there is like «поддерживаю», «присоединяюсь», «распространите»: a name was left out."""
    end, before, third = letters[last - 1], letters[last - 2], letters[last - 3]
    return bool(
        (end == _YU and before in (_A, _YA))
        or (end == _SOFT and before == _S)
        or (end == _E and before == _T and third in (_I, _E))
    )


@compiled
def may_be_name(tokens: Tokens, letters: Letters, token: int, how_sure: np.int64) -> bool:
    """Whether a word can be the main word of a name, with its capital or without."""
    role = tokens[token, ROLE]
    is_capital = tokens[token, CASE] == CAPITAL
    if role == roles.DESCRIPTIVE:
        return bool(how_sure == ANY or (how_sure == LIKELY and is_capital))
    if role == roles.STREET:
        # «ул. Набережная»
        return tokens[token, DETAIL] & roles.TYPE_MASK == roles.QUAY and is_adjective(
            letters, tokens[token, FIRST], tokens[token, LAST]
        )
    if role not in (roles.WORD, roles.IDEAL, roles.GIVEN, roles.MONTH, roles.NAME_NOUN):
        return False
    if tokens[token, LAST] - tokens[token, FIRST] < _SHORTEST:
        return False
    seems = looks(tokens, letters, token)
    if how_sure == ANY:
        return True
    if how_sure == LIKELY:
        return seems >= GENITIVE
    if role == roles.MONTH:
        return bool(is_capital and tokens[token - 1, ROLE] != roles.NUMBER)
    return seems >= PLURAL_GENITIVE


@compiled
def name_end(tokens: Tokens, letters: Letters, start: int, how_sure: np.int64) -> int:
    """Return the token after a name that begins at a token, or that token itself where no name does.

    A name is a main word, and before it initials, titles and given names, or the number of «50 лет Октября»,
    «8 Марта» and «3-я Песковская»; after it the second adjective of «Новая Луговая» or the noun of «Красной Армии».
    """
    token = start
    while (
        tokens[token, LAST] - tokens[token, FIRST] == 1
        and tokens[token, CASE] == CAPITAL
        and tokens[token + 1, GAP] & gaps.DOT
        and not tokens[token + 1, GAP] & ~(gaps.DOT | gaps.SPACE)
    ):
        token += 1
    main = _number_of_name_end(tokens, letters, token)
    if main > token:
        how_sure = ANY
        if tokens[main - 1, ROLE] == roles.MONTH:
            return main
    token = main
    given = 0
    while (
        given < _MOST_GIVEN
        and tokens[token, ROLE] == roles.GIVEN
        and _follows_title(tokens, token + 1)
        and may_be_name(tokens, letters, token + 1, ANY)
        and (tokens[token + 1, CASE] != 0 or looks(tokens, letters, token + 1) >= GENITIVE)
    ):
        token += 1
        given += 1
    if not may_be_name(tokens, letters, token, ANY if given else how_sure):
        return start
    return _end_of_main_words(tokens, letters, token)


@compiled
def _number_of_name_end(tokens: Tokens, letters: Letters, token: int) -> int:
    """Return the token after the number that a name begins with, or that token itself where there is none."""
    if tokens[token, ROLE] != roles.NUMBER or not 1 <= tokens[token, DETAIL] <= _MOST_ORDINAL:
        return token
    following = token + 1
    if tokens[following, GAP] & ~(gaps.SPACE | gaps.HYPHEN):
        return token
    if (
        tokens[following, ROLE] == roles.YEARS
        and tokens[following + 1, ROLE] in (roles.MONTH, roles.IDEAL)
        and _continues(tokens, following + 1)
    ):
        return following + 1  # «50 лет Октября», «60-летия СССР»
    if tokens[following, ROLE] == roles.MONTH:
        return following + 1  # «8 Марта»
    if tokens[following, GAP] & gaps.HYPHEN or tokens[following, GAP] == 0:
        if tokens[following, LAST] - tokens[following, FIRST] > _LONGEST_SUFFIX:
            return token
        following += 1  # «3-я», «3я»
    if _continues(tokens, following) and is_adjective_of_a_road(
        letters, tokens[following, FIRST], tokens[following, LAST]
    ):
        return following
    return token


@compiled
def _end_of_main_words(tokens: Tokens, letters: Letters, token: int) -> int:
    following = token + 1
    first, last = tokens[token, FIRST], tokens[token, LAST]
    if not _continues(tokens, following) or not is_adjective_of_a_road(letters, first, last):
        return following
    role = tokens[following, ROLE]
    if role == roles.NAME_NOUN:
        return following + 1
    both = (
        role == roles.WORD
        and tokens[following, CASE] == tokens[token, CASE]
        and is_adjective(letters, tokens[following, FIRST], tokens[following, LAST])
        and letters[tokens[following, LAST] - 1] == letters[last - 1]
    )
    return following + 1 if both else following


@compiled
def _continues(tokens: Tokens, token: int) -> bool:
    """Whether a word follows directly on the one before."""
    return bool(tokens[token, GAP] == gaps.SPACE)


@compiled
def _follows_title(tokens: Tokens, token: int) -> bool:
    """Whether a word follows on a title or given name: «ген. Лизюкова»."""
    gap, title = tokens[token, GAP], token - 1
    is_short = tokens[title, LAST] - tokens[title, FIRST] <= _LONGEST_SHORT
    return bool(gap != 0 and not gap & ~(gaps.SPACE | gaps.DOT) and (is_short or not gap & gaps.DOT))


@compiled
def has_capital(tokens: Tokens, start: int, end: int) -> bool:
    """Whether any of the tokens begins with a capital, and is not in capitals throughout."""
    for token in range(start, end):  # noqa: SIM110  # compiled code has no generators
        if tokens[token, CASE] == CAPITAL:
            return True
    return False
