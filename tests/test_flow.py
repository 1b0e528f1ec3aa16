"""The film of a pipeline: what lies where is checked against the rules of `shuffle`, `batch` and `prefetch`."""

import numpy as np
import pytest

from mnist_helpers import flow, pictures

RANDOM = np.random.default_rng(0)
IMAGES, CLASSES = RANDOM.random((16, 28, 28, 1)), RANDOM.integers(0, 10, 16)
SIZES = (16, 4, 4, 4, 4)


@pytest.fixture
def moments(monkeypatch):
    """What each frame shows: for each place the numbers of its pairs, from left to right, `None` where it is empty."""
    seen, png = [], pictures.Picture.png

    def read_and_draw(figure, *args, **kwargs):
        (axis,) = figure.axes
        labels = iter(axis.texts)
        slots = iter(axis.images)
        places = []
        for size in SIZES:
            next(labels)  # the place's name
            places.append([pair_in(next(slots), next(labels)) for _ in range(size)])
        seen.append(places)
        return png(figure, *args, **kwargs)

    def lay_out_and_watch(figure, *args, **kwargs):  # before the first frame, the figure is drawn once
        monkeypatch.setattr(pictures.Picture, "png", read_and_draw)
        return png(figure, *args, **kwargs)

    def pair_in(slot, label):
        same = [number for number, image in enumerate(IMAGES) if np.array_equal(slot.get_array(), image[..., 0])]
        assert (label.get_text() == "") == (not same)
        if same:
            assert label.get_text() == str(CLASSES[same[0]])
        return same[0] if same else None

    monkeypatch.setattr(pictures.Picture, "png", lay_out_and_watch)
    flow.pipeline(IMAGES, CLASSES)
    return seen


def held(place):
    return [pair for pair in place if pair is not None]


def test_each_pair_is_in_one_place(moments):
    for places in moments:
        assert sorted(pair for place in places for pair in held(place)) == list(range(16))


def test_pairs_leave_the_file_in_order_and_fill_the_free_place(moments):
    for before, after in zip(moments, moments[1:], strict=False):
        (read,) = set(held(before[0])) - set(held(after[0]))
        assert read == min(held(before[0]))
        (place,) = [index for index in range(4) if before[1][index] != after[1][index]]
        assert after[1][place] == read
        if None not in before[1]:  # the one that stood there was drawn
            assert before[1][place] == held(after[2])[-1]


def test_batches_are_full_and_move_on_together(moments):
    for before, after in zip(moments, moments[1:], strict=False):
        if len(held(before[2])) == 4:
            assert (after[3], after[4]) == (before[2], before[3])
        else:
            assert (after[3], after[4]) == (before[3], before[4])
            assert held(after[2])[: len(held(before[2]))] == held(before[2])
    assert [len(held(place)) for place in moments[0]] == [16, 0, 0, 0, 0]
    assert [len(held(place)) for place in moments[-1]] == [2, 4, 2, 4, 4]


def test_small_enough_and_told_in_words():
    film = flow.pipeline(IMAGES, CLASSES)
    assert f"in the order {', '.join(map(str, CLASSES))}, wait" in film.alt
    assert len(set(film.frames)) == len(film.frames)


@pytest.mark.parametrize(
    ("images", "classes"), [(IMAGES[:15], CLASSES[:15]), (IMAGES, CLASSES[:15]), (IMAGES[:, :20], CLASSES)]
)
def test_refuses_other_shapes(images, classes):
    with pytest.raises(ValueError, match=r"expected are \(16, 28, 28\) and \(16,\), a label for each of 16 images"):
        flow.pipeline(images, classes)
