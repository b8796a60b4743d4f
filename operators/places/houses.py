"""Numbers of houses, and what else a number in a complaint can be: a time, a count, a flat, a telephone."""

from operators.compiled import compiled
from operators.places import gaps, roles
from operators.places.tokens import CAPITAL, CASE, DETAIL, FIRST, GAP, LAST, ROLE, Letters, Span, Tokens

_MOST_DIGITS = 3
_BETWEEN_STREET_AND_HOUSE = 5
"""«ул. Горняков, во дворе рядом с домом 2»: at most so many tokens stand before the house."""
_LETTERS_OF_HOUSE = tuple(ord(letter) for letter in "дом")
_LETTERS_ENOUGH = 2
_LETTERS_APART = (ord("б"), ord("г"))
_SHORTEST_HOUSE, _LONGEST_HOUSE = 3, 6
"""«дом» and «домом», a letter more or less."""
_FEW = 4
_TELEPHONE_DIGITS = 2
_LETTER_A, _LETTER_N, _SHORT_I = ord("а"), ord("н"), ord("й")
"""Houses have letters from «а» to «н»; «3-й» and «3-я» are ordinals."""
_IN = ord("в")
_PREPOSITIONS_OF_ONE_LETTER = tuple(ord(letter) for letter in "ки")
_ENDINGS_OF_PLACE = tuple(ord(letter) for letter in "еуи")


@compiled
def house_end(tokens: Tokens, letters: Letters, start: int) -> int:
    """Return the token after a house number that begins at a token, or that token itself where none does.

    The number may have a letter, a part of the building and a number after a slash: «12», «12а», «12 корп. 2», «12/2».
    """
    if not _is_small_number(tokens, start) or _is_part_of_other(tokens, start):
        return start
    end = start + 1
    if _is_letter_of_house(tokens, letters, end):
        end += 1
    gap = tokens[end, GAP]
    if tokens[end, ROLE] == roles.NUMBER and gap & gaps.SLASH and not gap & ~(gaps.SLASH | gaps.SPACE):
        end += 1
        if _is_letter_of_house(tokens, letters, end) and tokens[end, GAP] == 0:
            end += 1
    elif tokens[end, ROLE] == roles.PART and not gap & ~(
        gaps.SPACE | gaps.COMMA | gaps.DOT | gaps.HYPHEN | gaps.SLASH
    ):
        number = end + 1
        is_numbered = (
            _is_small_number(tokens, number)
            and not tokens[number, GAP] & ~(gaps.SPACE | gaps.DOT | gaps.NUMBER_SIGN)
            and not _counts(tokens, number)
        )
        if is_numbered or _is_letter_of_house(tokens, letters, number):
            end = number + 1
    return start if _counts(tokens, end - 1) or _is_ordinal(tokens, end - 1) else end


@compiled
def _is_small_number(tokens: Tokens, token: int) -> bool:
    digits = tokens[token, LAST] - tokens[token, FIRST]
    return bool(tokens[token, ROLE] == roles.NUMBER and digits <= _MOST_DIGITS and tokens[token, DETAIL] > 0)


@compiled
def _is_part_of_other(tokens: Tokens, token: int) -> bool:
    """Whether a number goes on as a time, a date, a decimal or a telephone number."""
    following = token + 1
    gap = tokens[following, GAP]
    if tokens[following, ROLE] != roles.NUMBER:
        return False
    if gap in (gaps.DOT, gaps.COLON):
        return True
    if gap == gaps.COMMA:
        return _counts(tokens, following)  # «1,5 месяца»
    digits = tokens[following, LAST] - tokens[following, FIRST]
    if gap in (gaps.HYPHEN, gaps.SPACE) and digits >= _TELEPHONE_DIGITS:
        further = tokens[following + 1, GAP]
        return tokens[following + 1, ROLE] == roles.NUMBER and further in (gaps.HYPHEN, gaps.SPACE)
    return False


@compiled
def _counts(tokens: Tokens, token: int) -> bool:
    """Whether a number says how many, how long or when: what follows is a unit, a month, or a thing in a building."""
    following = token + 1
    gap = tokens[following, GAP]
    if tokens[token, ROLE] != roles.NUMBER:
        return False
    if gap & gaps.MEASURE:
        return True
    if gap & ~(gaps.SPACE | gaps.HYPHEN):
        return False
    role = tokens[following, ROLE]
    if role == roles.WORD and gap == gaps.HYPHEN:
        return bool(tokens[following, LAST] - tokens[following, FIRST] > 1)  # «18-летний»
    if role in (roles.UNIT, roles.MONTH, roles.YEARS):
        return True
    if role == roles.NUMBER and gap & gaps.HYPHEN:
        return _counts(tokens, following)  # «3-4 дня»
    if role == roles.HOUSE:
        return bool(tokens[following, DETAIL] != roles.SINGLE and tokens[following + 1, ROLE] != roles.NUMBER)
    # «3 подъезд», but «дом 5 подъезд 3»
    return bool(
        role == roles.NUMBERED and tokens[following + 1, ROLE] not in (roles.NUMBER, roles.NUMBER_WORD)
    )


@compiled
def _is_ordinal(tokens: Tokens, token: int) -> bool:
    """Whether a number has an ending: «3-й», «5-го», «2х»."""
    following = token + 1
    return (
        tokens[token, ROLE] == roles.NUMBER
        and tokens[following, ROLE] == roles.UNIT
        and not tokens[following, GAP] & ~gaps.HYPHEN
        and tokens[following, LAST] - tokens[following, FIRST] <= _MOST_DIGITS
    )


@compiled
def _is_letter_of_house(tokens: Tokens, letters: Letters, token: int) -> bool:
    """Whether a single letter belongs to the number before it: «5а», «5-а», «5 А», «5 «В»»."""
    first, last = tokens[token, FIRST], tokens[token, LAST]
    if last - first != 1 or not _LETTER_A <= letters[first] <= _LETTER_N or letters[first] == _SHORT_I:
        return False
    gap, following = tokens[token, GAP], tokens[token + 1, GAP]
    if following == 0 and tokens[token + 1, ROLE] == roles.NUMBER:
        return False  # «12к2»: the letter is the part's
    if gap & ~(gaps.SPACE | gaps.HYPHEN | gaps.QUOTE | gaps.SLASH):
        return False
    if gap & gaps.SPACE and not gap & (gaps.QUOTE | gaps.SLASH):
        # another small letter that stands apart is a preposition, or begins an abbreviation
        if tokens[token, CASE] != CAPITAL:
            goes_on = not following & ~(gaps.SPACE | gaps.COMMA) and tokens[token + 1, CASE] != CAPITAL
            return bool(letters[first] in _LETTERS_APART and goes_on)
        return not _begins_phrase(tokens, letters, token)
    return True


@compiled
def _begins_phrase(tokens: Tokens, letters: Letters, token: int) -> bool:
    """Whether a capital letter after a number is a preposition that begins a sentence: «Ленина 5 В подъезде …»."""
    letter, following = letters[tokens[token, FIRST]], token + 1
    if tokens[following, GAP] != gaps.SPACE:
        return False
    if letter in _PREPOSITIONS_OF_ONE_LETTER:
        return True
    role = tokens[following, ROLE]
    ending = letters[tokens[following, LAST] - 1]
    is_object = role in (roles.HOUSE, roles.NUMBERED) or (role == roles.WORD and ending in _ENDINGS_OF_PLACE)
    return letter == _IN and is_object


@compiled
def list_end(tokens: Tokens, letters: Letters, start: int) -> int:
    """Return the token after a list of further house numbers: «71, 73 и 75»."""
    token = start
    while True:
        number = token + 1 if tokens[token, ROLE] == roles.AND else token
        if tokens[number, GAP] & ~(gaps.SPACE | gaps.COMMA | gaps.NUMBER_SIGN | gaps.HYPHEN):
            return token
        end = house_end(tokens, letters, number)
        if end == number:
            return token
        token = end


@compiled
def house_after(tokens: Tokens, letters: Letters, start: int) -> Span:
    """Return the house number that belongs to what ends before a token: «…, 5», «… дом 5», «…, напротив дома 5»."""
    gap = tokens[start, GAP]
    # a dot alone ends a sentence, «ул., 5» does not
    if not gap & ~(
        gaps.SPACE | gaps.COMMA | gaps.NUMBER_SIGN | gaps.QUOTE | (gaps.DOT if gap & gaps.COMMA else 0)
    ):
        end = house_end(tokens, letters, start)
        if end > start:
            return start, end
    for token in range(start, start + _BETWEEN_STREET_AND_HOUSE):
        role, detail = tokens[token, ROLE], tokens[token, DETAIL]
        if tokens[token, GAP] & (gaps.BREAK | gaps.COLON) or (
            token > start and tokens[token, GAP] & gaps.DOT
        ):
            break
        if role == roles.HOUSE or (role == roles.NUMBER_WORD and token == start):
            return marked_house(tokens, letters, token)
        is_between = (
            role == roles.PREPOSITION
            or (role == roles.DISTRICT and detail == roles.AREA)  # «в районе дома 2»
            or (role == roles.SETTLEMENT and detail == roles.LETTER)  # «рядом с домом 2»
        )
        if not is_between:
            break
    return start, start


@compiled
def has_house_at(tokens: Tokens, letters: Letters, start: int) -> bool:
    """Whether a house number follows at once, perhaps with «дом» before it."""
    house = house_after(tokens, letters, start)
    return bool(house[1] > house[0] and (house[0] == start or tokens[start, ROLE] == roles.HOUSE))


@compiled
def marked_house(tokens: Tokens, letters: Letters, marker: int) -> Span:
    """Return the house number that follows «дом», «д.», «дом №»."""
    number = marker + 1
    if tokens[number, ROLE] == roles.NUMBER_WORD:
        number += 1
    if tokens[number, GAP] & ~(gaps.SPACE | gaps.DOT | gaps.NUMBER_SIGN | gaps.HYPHEN | gaps.QUOTE):
        return marker, marker
    end = house_end(tokens, letters, number)
    return (number, end) if end > number else (marker, marker)


@compiled
def house_before_word(tokens: Tokens, number: int) -> Span:
    """Return the house number in «в 5 доме», «у 12-го дома», and the token after «дом»."""
    nothing = (number, number)
    word = number + 1
    is_ordinal = tokens[word, ROLE] == roles.UNIT and not tokens[word, GAP] & ~gaps.HYPHEN
    if is_ordinal:
        word += 1
    detail = tokens[word, DETAIL]
    if tokens[word, ROLE] != roles.HOUSE or tokens[word, GAP] != gaps.SPACE or detail == roles.MANY:
        return nothing
    if not _is_small_number(tokens, number) or tokens[word + 1, ROLE] == roles.NUMBER:
        return nothing
    counts = detail == roles.OBLIQUE and tokens[number, DETAIL] <= _FEW and not is_ordinal
    return nothing if counts else (number, word + 1)


@compiled
def house_before_street(tokens: Tokens, letters: Letters, number: int) -> Span:
    """Return the house number in «в одме 5 на улице Мира», where a misspelt word stands for «доме»."""
    nothing = (number, number)
    word = number - 1
    size = tokens[word, LAST] - tokens[word, FIRST]
    if tokens[word, ROLE] != roles.WORD or tokens[number, GAP] & ~(gaps.SPACE | gaps.NUMBER_SIGN):
        return nothing
    if not _SHORTEST_HOUSE <= size <= _LONGEST_HOUSE:
        return nothing
    same = 0
    for position in range(tokens[word, FIRST], tokens[word, LAST]):
        same += letters[position] in _LETTERS_OF_HOUSE
    end = house_end(tokens, letters, number)
    street = end + 1
    leads_on = tokens[end, ROLE] == roles.PREPOSITION and tokens[street, ROLE] in (
        roles.STREET,
        roles.DISTRICT,
    )
    return (number, end) if leads_on and same >= _LETTERS_ENOUGH else nothing
