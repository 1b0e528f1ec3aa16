"""Digits from fonts must look like MNIST's: the same box, the same center, the same range."""

import numpy as np
import pytest

from mnist_helpers import fonts

MOST = 10 * len(fonts.FONTS)


def test_shapes_types_and_classes():
    images, classes = fonts.digits(23)
    assert (images.shape, images.dtype) == ((23, 28, 28, 1), np.float32)
    assert (classes.shape, classes.dtype) == ((23,), np.int64)
    assert classes.tolist() == [*range(10), *range(10), 0, 1, 2]
    assert images.min() == 0 and (images.max(axis=(1, 2, 3)) == 1).all()


def test_each_fits_mnists_box_and_is_centered():
    for image in fonts.digits(MOST)[0][..., 0]:
        rows, columns = np.nonzero(image)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)  # a faint edge may round to nothing
        # Whole pixels: the center of mass is at most half of one away from the center.
        for axis in np.indices(image.shape):
            assert abs(np.average(axis, weights=image) - 14) <= 0.501


def test_all_differ_and_each_call_draws_the_same():
    images, _ = fonts.digits(MOST)
    assert len({image.tobytes() for image in images}) == MOST
    np.testing.assert_array_equal(images, fonts.digits(MOST)[0])
    np.testing.assert_array_equal(images[:7], fonts.digits(7)[0])


@pytest.mark.parametrize("count", [0, -1, MOST + 1])
def test_impossible_count(count):
    with pytest.raises(ValueError, match=f"count is {count}; expected is a number from 1 to {MOST}"):
        fonts.digits(count)


def test_on_average_the_center_of_mass_is_that_of_mnist():
    images = fonts.digits(MOST)[0][..., 0]
    centers = [[np.average(axis, weights=image) for axis in np.indices(image.shape)] for image in images]
    assert np.mean(centers, axis=0) == pytest.approx((14, 14), abs=0.15)
