"""The small tables: as text, as HTML, and the accuracies of several seeds."""

import time

import numpy as np
import pytest

from mnist_helpers import tables


def test_one_accuracy_a_row():
    table = tables.accuracies({"dense": 0.98123, "convolutional": np.float32(0.99)})
    assert table.rows == [["dense", "98.12%"], ["convolutional", "99.00%"]]
    assert table.headings == ["", "validation accuracy"]


def test_several_seeds_are_a_mean_with_its_range():
    assert tables.accuracies({"dense": [0.98, 0.97, 0.99]}).rows == [["dense", "98.00% (97.00%–99.00%)"]]


def test_columns_that_a_row_lacks():
    table = tables.accuracies({"dense": {"digits": 0.98, "scrambled": [0.98, 0.97]}, "other": {"scrambled": 0.5}})
    assert table.headings == ["", "digits", "scrambled"]
    assert table.rows == [["dense", "98.00%", "97.50% (97.00%–98.00%)"], ["other", "–", "50.00%"]]


@pytest.mark.parametrize("values", [[], 98.1, [0.9, -0.1], float("nan")])
def test_what_is_no_accuracy(values):
    with pytest.raises(ValueError, match="expected is at least one, each a fraction"):
        tables.accuracies({"dense": values})


def test_text_and_html():
    table = tables.Table(["a<b", ""], [["1", "22"], ["333", "&"]], notes=["x > y"])
    assert str(table) == "a<b\n1    22\n333  &\nx > y"
    assert table._repr_html_() == (
        "<table><thead><tr><th>a&lt;b</th><th></th></tr></thead><tbody><tr><td>1</td><td>22</td></tr>"
        "<tr><td>333</td><td>&amp;</td></tr></tbody></table><p>x &gt; y</p>"
    )


class Naps:
    """Something to go through that takes a given time, less from one pass to the next."""

    def __init__(self, *naps):
        self.naps = iter(naps)

    def __iter__(self):
        time.sleep(next(self.naps))
        return iter([1, 2])


def test_seconds_are_those_of_the_fastest_pass():
    table = tables.seconds({"long": Naps(0.5, 0.3), "short": Naps(0.1, 0.2)})
    assert table.headings == ["", "one pass"]
    assert [name for name, _ in table.rows] == ["long", "short"]
    for (_, told), expected in zip(table.rows, (0.3, 0.1), strict=True):
        assert told.endswith(" s") and expected <= float(told.removesuffix(" s")) < expected + 0.1


def test_as_many_passes_as_asked_for():
    naps = Naps(0, 0, 0)
    tables.seconds({"name": naps}, passes=3)
    assert list(naps.naps) == []
    with pytest.raises(ValueError, match="passes is 0; expected is 1 or more"):
        tables.seconds({"name": naps}, passes=0)
