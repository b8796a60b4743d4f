from operators.grouping.clusters import found, no_clusters
from operators.grouping.contents import no_contents
from operators.grouping.population import Population


def settled(population: Population, *labels: int) -> None:
    for label in labels:
        row = population.room()
        found(population.clusters, row, label, 0)
        population.add(label)


def test_every_cluster_has_a_row_of_its_own_however_many_there_are() -> None:
    population = Population(no_clusters(0), no_contents(), 0)
    settled(population, *range(1_000))
    assert len(set(population.rows.values())) == 1_000
    assert [population.label(row) for row in population.rows.values()] == list(range(1_000))


def test_the_row_of_a_removed_cluster_is_the_next_one_to_be_given() -> None:
    population = Population(no_clusters(0), no_contents(), 0)
    settled(population, 0, 1, 2)
    freed = population.rows[1]
    population.remove(1)
    settled(population, 3)
    assert population.rows[3] == freed
    assert population.living()["label"].tolist() == [0, 2, 3]


def test_clusters_that_came_back_stand_first_and_the_rest_is_room() -> None:
    clusters = no_clusters(4)
    clusters["label"][:2] = 7, 9
    population = Population(clusters, no_contents(), 2)
    assert population.rows == {7: 0, 9: 1}
    assert population.room() >= 2
