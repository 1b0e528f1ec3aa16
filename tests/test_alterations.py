"""Altered digits: each alteration against what NumPy computes by itself."""

import numpy as np
import pytest

from mnist_helpers import alterations


def spot(row, column, radius=3.0):
    """A round spot, so that its center of mass and its size can be found to a fraction of a pixel."""
    rows, columns = np.indices((28, 28))
    return np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / radius**2).astype(np.float32)[..., np.newaxis]


def center(image):
    rows, columns = np.indices((28, 28))
    return np.array([np.average(rows, weights=image[..., 0]), np.average(columns, weights=image[..., 0])])


@pytest.fixture(scope="module")
def spots():
    """Spots above the center, and what became of them."""
    images = np.repeat(spot(8.5, 13.5)[np.newaxis], 200, axis=0)
    return images, alterations.alter(images)


def test_seven_alterations_of_the_same_shape_and_range(spots):
    images, altered = spots
    assert list(altered) == ["shifted", "turned", "scaled", "noisy", "blurred", "thinned", "thickened"]
    for result in altered.values():
        assert result.shape == images.shape and result.dtype == np.float32
        assert 0 <= result.min() and result.max() <= 1
        assert not np.allclose(result, images)


def test_shifted_goes_three_pixels_in_each_of_eight_directions(spots):
    moves = np.array([center(image) for image in spots[1]["shifted"]]) - center(spots[0][0])
    assert {tuple(move) for move in moves.round().astype(int)} == {
        (down, right) for down in (-3, 0, 3) for right in (-3, 0, 3) if down or right
    }


def test_turned_goes_both_ways_around_the_center(spots):
    angle = np.radians(20)
    expected = {(round(-5 * np.cos(angle), 1), round(side * 5 * np.sin(angle), 1)) for side in (-1, 1)}
    places = np.array([center(image) for image in spots[1]["turned"]]) - 13.5
    assert {tuple(place.round(1)) for place in places} == expected


def test_scaled_is_smaller_or_larger(spots):
    areas = spots[1]["scaled"].sum(axis=(1, 2, 3)) / spots[0].sum(axis=(1, 2, 3))
    assert {round(float(area), 2) for area in areas} == {0.56, 1.44}  # 0.75² and 1.2²


def test_noise_has_its_strength_where_it_is_not_cut_off():
    gray = np.full((50, 28, 28, 1), 0.5, np.float32)
    noise = alterations.alter(gray)["noisy"] - 0.5
    kept = noise[np.abs(noise) < 0.5]
    assert np.percentile(np.abs(kept), 50) == pytest.approx(0.3 * 0.6745 * 0.9, rel=0.1)  # half of a normal, a bit cut
    assert abs(noise.mean()) < 0.01


def test_blurred_is_a_gaussian(spots):
    one = np.zeros((1, 28, 28, 1), np.float32)
    one[0, 14, 14] = 1
    blurred = alterations.alter(one)["blurred"][0, ..., 0]
    rows, columns = np.indices((28, 28)) - 14
    gauss = np.exp(-(rows**2 + columns**2) / (2 * 1.2**2))
    np.testing.assert_allclose(blurred, gauss / gauss.sum(), atol=1e-3)


def test_thinned_and_thickened_are_the_darkest_and_the_brightest_around():
    image = np.random.default_rng(0).random((28, 28)).astype(np.float32)
    altered = alterations.alter(image[np.newaxis, ..., np.newaxis])
    for row, column in ((5, 5), (13, 20), (26, 1)):
        assert altered["thinned"][0, row, column, 0] == image[row : row + 2, column : column + 2].min()
        assert altered["thickened"][0, row, column, 0] == image[row - 1 : row + 2, column - 1 : column + 2].max()


def test_the_seed_decides():
    images = np.repeat(spot(10, 12)[np.newaxis], 20, axis=0)
    first, again, other = (alterations.alter(images, seed) for seed in (1, 1, 2))
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
    assert not np.array_equal(first["shifted"], other["shifted"]) and not np.array_equal(first["noisy"], other["noisy"])


def test_keras_json_with_another_data_format_changes_nothing(spots, channels_first):
    images, altered = spots
    for name, result in alterations.alter(images).items():
        np.testing.assert_allclose(result, altered[name], atol=1e-5)
