"""Settlements, districts, stops and routes: what is named by a word of its own, wherever it stands."""

from operators.compiled import compiled
from operators.places import gaps, roles
from operators.places.houses import has_house_at, house_end
from operators.places.names import ANY, SURE, is_adjective_of_a_road, name_end
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

_MOST_WORDS = 3
_MOST_QUOTED = 6
_MOST_ROUTE_DIGITS = 3
_MOST_AREA = 99
_PLATE_LETTERS = 2


@compiled
def _quoted(tokens: Tokens, start: int) -> Span:
    """Return what stands in quotation marks from a token on."""
    if tokens[start, GAP] & gaps.QUOTE:
        for end in range(start + 1, start + _MOST_QUOTED):
            if tokens[end, GAP] & gaps.QUOTE:
                return start, end
            if tokens[end, ROLE] == roles.END:
                break
    return start, start


@compiled
def _capitals(tokens: Tokens, start: int) -> Span:
    """Return the words with capitals from a token on, and numbers among them: «Завод 5», «ТЦ Олимпийский»."""
    end = start
    while end < start + _MOST_WORDS and (end == start or tokens[end, GAP] == gaps.SPACE):
        is_word = tokens[end, CASE] != SMALL and tokens[end, ROLE] not in (
            roles.OTHER,
            roles.STREET,
            roles.PREPOSITION,
        )
        if not is_word and not (end > start and tokens[end, ROLE] == roles.NUMBER):
            break
        end += 1
    return start, end


@compiled
def stop(tokens: Tokens, letters: Letters, word: int) -> Span:
    """Return the name of the stop that «остановка» announces."""
    start = word + 1
    while tokens[start, ROLE] == roles.FILLER:
        start += 1
    if tokens[start, GAP] & ~(gaps.SPACE | gaps.DOT | gaps.QUOTE | gaps.HYPHEN | gaps.COLON):
        return start, start
    is_short = tokens[word, DETAIL] == roles.SHORT
    if tokens[start, GAP] & gaps.DOT and not is_short:
        return start, start
    quoted = _quoted(tokens, start)
    if quoted[1] > start:
        return quoted
    if tokens[start, ROLE] == roles.NUMBER:
        end = name_end(tokens, letters, start, ANY)
        return start, end
    end = name_end(tokens, letters, start, ANY)
    if end > start and (is_short or tokens[end - 1, CASE] == CAPITAL):
        return start, end
    return _capitals(tokens, start)


@compiled
def route(tokens: Tokens, letters: Letters, word: int, free: int) -> Span:
    """Return the number of the route that «автобус», «маршрут» and the like name, after the word or before it."""
    start = word + 1
    while tokens[start, ROLE] in (roles.NUMBER_WORD, roles.ROUTE) and tokens[start, GAP] == gaps.SPACE:
        start += 1
    if not tokens[start, GAP] & ~(gaps.SPACE | gaps.NUMBER_SIGN | gaps.QUOTE | gaps.HYPHEN):
        end = house_end(tokens, letters, start)
        is_model = tokens[end, ROLE] == roles.NUMBER and tokens[end, GAP] == gaps.HYPHEN
        if end > start and not is_model:
            return start, end
    if tokens[word, DETAIL] == roles.ONE and not tokens[word, GAP] & ~(gaps.SPACE | gaps.QUOTE):
        for number in (word - 1, word - 2):
            if number >= free and _is_route_before(tokens, number, word):
                is_lettered = number < word - 1 and tokens[number + 1, ROLE] != roles.UNIT
                return number, word if is_lettered else number + 1
    return start, start


@compiled
def _is_route_before(tokens: Tokens, number: int, word: int) -> bool:
    """Whether a number that stands before «автобус», perhaps with a letter between, is that of its route."""
    if (
        tokens[number, ROLE] != roles.NUMBER
        or tokens[number, LAST] - tokens[number, FIRST] > _MOST_ROUTE_DIGITS
    ):
        return False
    if number < word - 1 and tokens[number + 1, GAP] & ~gaps.HYPHEN:
        return False
    # «в 8 автобус не пришёл» is a time, «17-40 автобус» as well; «Н 810 УВ 46 автобус» has a number plate
    before = number - 1
    is_at = tokens[before, ROLE] == roles.PREPOSITION and tokens[before, DETAIL] == roles.FROM
    is_plate = (
        tokens[before, CASE] != SMALL and tokens[before, LAST] - tokens[before, FIRST] <= _PLATE_LETTERS
    )
    return (
        not is_at
        and not is_plate
        and not tokens[number, GAP] & (gaps.COLON | gaps.DOT | gaps.COMMA | gaps.HYPHEN)
    )


@compiled
def district(tokens: Tokens, letters: Letters, word: int, free: int) -> Span:
    """Return the name or number of a district: «мкр Северный», «4 микрорайон», «в Заводском районе»."""
    before = _district_before(tokens, letters, word, free)
    if before[1] > before[0]:
        return before
    start = word + 1
    if tokens[start, ROLE] == roles.NUMBER_WORD:
        start += 1
    detail = tokens[word, DETAIL]
    allowed = (
        gaps.SPACE | gaps.QUOTE | gaps.NUMBER_SIGN | gaps.HYPHEN | (gaps.DOT if detail == roles.SHORT else 0)
    )
    if tokens[start, GAP] & ~allowed:
        return start, start
    quoted = _quoted(tokens, start)
    if quoted[1] > start:
        return quoted
    if tokens[start, ROLE] == roles.NUMBER:
        is_number = detail != roles.AREA and tokens[start, DETAIL] <= _MOST_AREA
        return start, house_end(tokens, letters, start) if is_number else start
    end = name_end(tokens, letters, start, ANY)
    return (
        (start, end)
        if end > start and _is_district(tokens, letters, (start, end), detail)
        else (start, start)
    )


@compiled
def _is_district(tokens: Tokens, letters: Letters, name: Span, detail: int) -> bool:
    """Whether a name that follows a word for a district is one: «район» is any neighbourhood, so a capital has to say it."""
    start, end = name
    if detail == roles.SHORT or tokens[end - 1, CASE] == CAPITAL:
        return True
    if detail == roles.AREA:
        return False
    return has_house_at(tokens, letters, end) or name_end(tokens, letters, start, SURE) == end


@compiled
def _district_before(tokens: Tokens, letters: Letters, word: int, free: int) -> Span:
    nothing = (word, word)
    last = word - 1
    if last < free or tokens[word, GAP] & ~gaps.SPACE:
        return nothing
    first, end = tokens[last, FIRST], tokens[last, LAST]
    if tokens[last, ROLE] == roles.WORD and tokens[last, CASE] == CAPITAL:
        return (last, word) if is_adjective_of_a_road(letters, first, end) else nothing
    if tokens[word, DETAIL] == roles.AREA:
        return nothing
    number = last - 1 if tokens[last, ROLE] == roles.UNIT and tokens[last, GAP] & ~gaps.HYPHEN == 0 else last
    is_number = (
        number >= free and tokens[number, ROLE] == roles.NUMBER and tokens[number, DETAIL] <= _MOST_AREA
    )
    return (number, number + 1) if is_number else nothing


@compiled
def settlement(tokens: Tokens, letters: Letters, word: int) -> Span:
    """Return the name of a town or village: «г. Курск», «посёлок Северный», «д. Сапогово»."""
    start = word + 1
    nothing = (start, start)
    detail, gap = tokens[word, DETAIL], tokens[start, GAP]
    is_letter = tokens[word, ROLE] == roles.HOUSE or detail == roles.LETTER
    if tokens[word, ROLE] == roles.HOUSE and tokens[word, LAST] - tokens[word, FIRST] > 1:
        return nothing
    if is_letter and not _is_settlement_letter(tokens, letters, word):
        return nothing
    if gap & ~(gaps.SPACE | gaps.DOT | gaps.QUOTE) or (gap & gaps.DOT and detail == roles.FULL):
        return nothing
    quoted = _quoted(tokens, start)
    if quoted[1] > start:
        return quoted
    end = name_end(tokens, letters, start, ANY)
    if end == start:
        return nothing
    last = end - 1
    if tokens[last, CASE] != CAPITAL:
        # «г. курск, ул. …»
        return (start, end) if tokens[end, GAP] & gaps.COMMA and not is_letter else nothing
    # «Старый Оскол»
    goes_on = (
        is_adjective_of_a_road(letters, tokens[last, FIRST], tokens[last, LAST])
        and tokens[end, GAP] == gaps.SPACE
        and tokens[end, CASE] != SMALL
        and tokens[end, ROLE] == roles.WORD
        and not is_adjective_of_a_road(letters, tokens[end, FIRST], tokens[end, LAST])
    )
    return start, end + 1 if goes_on else end


@compiled
def _is_settlement_letter(tokens: Tokens, letters: Letters, word: int) -> bool:
    """Whether «г», «с», «п», «д» or «х» is short for what has the name after it: small, with a dot; not «2021 г. Курск»."""
    start = word + 1
    gap = tokens[start, GAP]
    is_town = letters[tokens[word, FIRST]] == ord("г")
    is_marked = gap & gaps.DOT != 0 or (is_town and gap == gaps.SPACE)
    is_year = tokens[word - 1, ROLE] == roles.NUMBER
    return is_marked and not is_year and tokens[word, CASE] == SMALL and tokens[start, CASE] != SMALL
