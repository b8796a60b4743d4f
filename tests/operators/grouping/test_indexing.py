from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.compiled import Records
from operators.grouping.clusters import clear, no_clusters
from operators.grouping.contents import Flat, contents_of, first_of, slot_of
from operators.grouping.indexing import (
    address_key,
    address_of,
    index_of,
    link_address,
    spots_of,
    term_key,
    unlink,
    unlink_address,
)
from operators.grouping.postings import Index
from operators.grouping.vectors import no_vector
from operators.places.kinds import HOUSE, KINDS, STOP, STREET
from schemas.reading import Places
from tests.support.postings import in_list

TERMS = (3, 5, 8, 13, 2**32 - 1)


def places_at(*, street: int = 0, house: int = 0, stop: int = 0) -> Places:
    places = np.zeros(KINDS, np.uint32)
    places[[STREET, HOUSE, STOP]] = street, house, stop
    return places


class Town:
    """Clusters, each of one cell and with some of ``TERMS``, and the index of them."""

    def __init__(self, told: list[tuple[int, set[int]]]) -> None:
        self.told = told
        self.clusters: Records = no_clusters(len(told))
        self.clusters["cell"] = [cell for cell, _ in told]
        self.clusters["filled"] = [len(terms) for _, terms in told]
        terms = np.array([term for _, some in told for term in sorted(some)], np.uint32)
        self.contents = contents_of(self.clusters, Flat(terms, np.ones(len(terms), np.float32)))
        self.index: Index = index_of(self.clusters, self.contents, np.arange(len(told)))

    def found(self, cell: int, term: int) -> set[int]:
        """Return the clusters of a cell that the index has for a term."""
        return {row for row, _ in in_list(self.index, term_key(cell, np.uint32(term)))}

    def has_all_but(self, gone: set[int]) -> bool:
        """Whether each cluster but some is in the lists of its terms, and in no others."""
        return all(
            self.found(cell, term)
            == {
                row
                for row, (its_cell, terms) in enumerate(self.told)
                if its_cell == cell and term in terms and row not in gone
            }
            for cell, term in product((0, 1), TERMS)
        )


TOLD = st.lists(st.tuples(st.sampled_from([0, 1]), st.sets(st.sampled_from(TERMS))), min_size=1, max_size=40)


@given(told=TOLD, gone=st.sets(st.integers(0, 39)))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_cluster_is_in_the_lists_of_its_terms_until_it_is_cleared(
    told: list[tuple[int, set[int]]], gone: set[int]
) -> None:
    town, gone = Town(told), gone & set(range(len(told)))
    index = town.index
    assert town.has_all_but(set())
    for row in gone:
        clear(town.clusters, town.contents, index.lists, index.postings, index.totals, row)
    assert town.has_all_but(gone)


@given(order=st.permutations(range(60)))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_clusters_far_back_in_a_list_know_where_they_stand_whichever_leave_it(order: list[int]) -> None:
    town = Town([(0, {3, 5})] * len(order))
    index = town.index
    for left, row in enumerate(order, start=1):
        unlink(town.clusters, town.contents, index.lists, index.postings, index.totals, row)
        staying = in_list(index, term_key(0, np.uint32(5)))
        assert {other for other, _ in staying} == set(order[left:])
        for position, (other, _) in enumerate(staying):
            cluster = town.clusters[other]
            content = town.contents[first_of(cluster) + slot_of(cluster, town.contents, np.uint32(5))]
            assert content["hint"] == position or position < 16


def test_a_cluster_is_found_by_its_address_until_it_moves() -> None:
    town = Town([(0, {3}), (0, {5})])
    index = town.index
    here = places_at(street=7, house=9)
    town.clusters["places"][:] = here
    for row in (0, 1):
        link_address(town.clusters, index.lists, index.postings, index.totals, row)
    key = address_key(0, address_of(here))
    assert [row for row, _ in in_list(index, key)] == [0, 1]
    unlink_address(town.clusters, index.lists, index.postings, index.totals, 0)
    assert [row for row, _ in in_list(index, key)] == [1]


def test_the_lists_of_a_vector_are_those_of_its_terms_in_their_order_and_of_its_address_if_it_has_one() -> (
    None
):
    town = Town([(0, {3, 5}), (1, {3, 8})])
    index = town.index
    here = places_at(stop=4)
    town.clusters["places"][0] = here
    link_address(town.clusters, index.lists, index.postings, index.totals, 0)
    vector = no_vector()
    vector["terms"][0][:2], vector["filled"] = (3, 8), 2
    terms = [term_key(0, np.uint32(3)), np.uint64(0)]
    assert index.lists["key"][spots_of(index.lists, vector, 0)].tolist() == terms
    vector["places"] = here
    address = address_key(0, address_of(here))
    assert index.lists["key"][spots_of(index.lists, vector, 0)].tolist() == [*terms, address]


def test_a_house_is_an_address_only_in_a_street_and_a_stop_is_one_by_itself() -> None:
    assert address_of(places_at(street=7)) == address_of(places_at(house=9)) == 0
    assert address_of(places_at(stop=4)) == address_of(places_at(street=7, stop=4)) == 4
    assert address_of(places_at(street=7, house=9)) != address_of(places_at(street=7, house=10))


@given(
    cells=st.tuples(st.integers(0, 2**30), st.integers(0, 2**30)),
    numbers=st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_no_two_cells_share_a_list_nor_do_a_term_and_an_address(
    cells: tuple[int, int], numbers: tuple[int, int]
) -> None:
    keys = {
        int(key(cell, np.uint32(number)))
        for cell, number, key in product(cells, numbers, (term_key, address_key))
    }
    assert len(keys) == 2 * len(set(cells)) * len(set(numbers))
    assert 0 not in keys
