"""Texts as grouping reads them, one by one."""

import numpy as np

from operators.grouping.reading import read_texts
from operators.letters import code_points
from operators.places import Addresses, addresses_in
from schemas.reading import Occurrences, Places


def addresses_of(text: str) -> Addresses:
    characters = code_points(text)
    return addresses_in([text], characters, np.array([len(characters)]))[0]


def places_of(text: str) -> Places:
    return addresses_of(text).places.copy()


def occurrences_of(text: str) -> Occurrences:
    return read_texts([text], by_place=False)[0].occurrences
