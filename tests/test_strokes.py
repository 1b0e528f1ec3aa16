"""The ways of writing: every variant of one can be blended with the others, and the arrays say what the text does."""

import numpy as np
import pytest

from mnist_helpers import strokes

WAYS = [(digit, *style) for digit, styles in strokes.STYLES.items() for style in styles]


def path(variant):
    """The path of the pen in a variant: its points in words, stroke by stroke."""
    return [stroke.split() for stroke in variant.split("|")]


def point(word):
    return [float(number) / 100 for number in word.removesuffix("!").split(",")]


def test_several_ways_for_each_digit():
    assert list(strokes.STYLES) == list(range(10))
    assert min(map(len, strokes.STYLES.values())) >= 3


@pytest.mark.parametrize("row", range(len(WAYS)))
def test_variants_of_a_way_can_be_blended(row):
    _, weight, variants = WAYS[row]
    assert weight > 0
    assert len(variants) >= 2
    assert len(set(variants)) == len(variants)
    shapes = {tuple(tuple(word.endswith("!") for word in stroke) for stroke in path(variant)) for variant in variants}
    assert len(shapes) == 1, "the same points in each stroke, and the same corners"
    for variant in variants:
        for stroke in path(variant):
            points = np.array(list(map(point, stroke)))
            assert len(points) >= 2
            assert (np.abs(np.diff(points, axis=0)).sum(axis=1) > 0).all(), "a point is not given twice"
            # A slip of the keyboard, such as 640 for 64, would be far outside.
            assert (points >= [-0.3, -0.2]).all() and (points <= [1, 1.2]).all()


def test_no_way_is_given_twice():
    variants = [" ".join(variant.split()) for _, _, variants in WAYS for variant in variants]
    assert len(set(variants)) == len(variants)


def test_arrays_say_what_the_text_says():
    assert len(strokes.WAYS) == len(strokes.COUNT) == len(strokes.VARIANT_COUNT) == len(WAYS)
    assert strokes.LONGEST == strokes.CONTROL_POINTS.shape[2]
    for row, (_, _, variants) in enumerate(WAYS):
        words = [word for stroke in path(variants[0]) for word in stroke]
        starts = [index == 0 for stroke in path(variants[0]) for index in range(len(stroke))]
        ends = [word is stroke[-1] for stroke in path(variants[0]) for word in stroke]
        count = len(words)
        assert (strokes.COUNT[row], strokes.VARIANT_COUNT[row]) == (count, len(variants))
        assert strokes.STARTS[row, :count].tolist() == starts
        assert strokes.ENDS[row, :count].tolist() == ends
        assert strokes.CORNERS[row, :count].tolist() == [word.endswith("!") for word in words]
        for variant, points in zip(variants, strokes.CONTROL_POINTS[row], strict=False):
            expected = [point(word) for stroke in path(variant) for word in stroke]
            expected += [expected[-1]] * (strokes.LONGEST - count)  # the pen waits at the end
            np.testing.assert_allclose(points, expected)


def test_first_and_up_to_follow_the_weights():
    assert strokes.UP_TO.shape == (10, max(map(len, strokes.STYLES.values())))
    for digit, styles in strokes.STYLES.items():
        first = strokes.FIRST[digit]
        assert [row for row, way in enumerate(WAYS) if way[0] == digit] == list(range(first, first + len(styles)))
        up_to = strokes.UP_TO[digit]
        weights = np.array([weight for weight, _ in styles])
        np.testing.assert_allclose(np.diff(up_to[: len(styles)], prepend=0), weights / weights.sum())
        assert (up_to[len(styles) - 1 :] == 1).all()  # exactly, or a number just below 1 would be another digit's way
