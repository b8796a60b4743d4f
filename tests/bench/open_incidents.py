"""Posts for a book with very many open incidents: one that founds each, then some that join them."""

import random
from itertools import accumulate, islice

from prepared import START_SECONDS, words

from flows.evaluation.grouping_rows import Row
from schemas.instant import SECOND, Millis

_VOCABULARY = 60_000
_OWN_WORDS, _COMMON_WORDS = 8, 10
_JOINING = 20_000
_STEP: Millis = SECOND // 10


def load(incidents: int, seed: int) -> tuple[list[Row], list[Row]]:
    """Return founding posts, one an incident, and posts that each repeat most of what one of them says.

    The words of a post are drawn as in any language: the n-th frequent one with a chance of about 1 / n.
    """
    dice = random.Random(seed)
    vocabulary = list(islice(words(dice), _VOCABULARY))
    ranks = list(accumulate(1 / (rank + 20) for rank in range(_VOCABULARY)))

    def drawn(count: int) -> list[str]:
        return dice.choices(vocabulary, cum_weights=ranks, k=count)

    own = [drawn(_OWN_WORDS) for _ in range(incidents)]
    told = [*range(incidents), *(dice.randrange(incidents) for _ in range(_JOINING))]
    rows = []
    for number, incident in enumerate(told):
        said = own[incident] if number < incidents else dice.sample(own[incident], _OWN_WORDS - 2)
        text = [*said, *drawn(_COMMON_WORDS)]
        dice.shuffle(text)
        rows.append(Row(str(number), " ".join(text), str(incident), START_SECONDS * SECOND + number * _STEP))
    return rows[:incidents], rows[incidents:]
