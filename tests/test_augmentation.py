"""Varied digits: where a dot goes when chance is taken out, and what varies when it isn't."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from mnist_helpers import augmentation


def blob(row, column):
    """A round spot, so that its center of mass can be found to a fraction of a pixel."""
    rows, columns = np.indices((29, 29))
    return np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 3).astype(np.float32)[..., np.newaxis]


def center(image):
    rows, columns = np.indices(image.shape[:2])
    return np.average(rows, weights=image[..., 0]), np.average(columns, weights=image[..., 0])


@pytest.fixture
def always_the_limit(monkeypatch):
    monkeypatch.setattr(keras.random, "uniform", lambda shape, low, high, seed: tf.fill(shape, float(high)))


def test_without_variation_nothing_changes():
    images = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)
    np.testing.assert_allclose(augmentation.Vary()(images), images, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "before", "after"),
    [
        ({"shift": 3}, (14, 14), (17, 17)),
        ({"turn": 90}, (14, 20), (8, 14)),
        ({"turn": 30}, (14, 20), (14 - 6 * 0.5, 14 + 6 * 3**0.5 / 2)),
        ({"scale": 0.5}, (18, 10), (20, 8)),
        ({"slant": 0.5}, (8, 14), (8, 17)),
        ({"slant": 0.5}, (14, 18), (14, 18)),
    ],
)
def test_where_a_dot_goes(always_the_limit, options, before, after):
    (image,) = augmentation.Vary(**options)(blob(*before)[np.newaxis]).numpy()
    assert center(image) == pytest.approx(after, abs=0.05)


def test_each_image_varies_in_its_own_way_and_within_the_limits():
    keras.utils.set_random_seed(1)
    images = np.repeat(blob(14, 14)[np.newaxis], 500, axis=0)
    moved = np.array([center(image) for image in augmentation.Vary(shift=2)(images).numpy()]) - 14
    assert np.abs(moved).max() <= 2.01 and (moved.min(axis=0) < -1.8).all() and (moved.max(axis=0) > 1.8).all()
    np.testing.assert_allclose(moved.mean(axis=0), 0, atol=0.2)
    assert abs(np.corrcoef(moved.T)[0, 1]) < 0.2  # down and across are drawn independently


def test_in_a_pipeline_each_pass_is_another_and_labels_stay():
    keras.utils.set_random_seed(1)
    images, labels = np.repeat(blob(14, 14)[np.newaxis], 8, axis=0), np.eye(8, dtype=np.float32)
    vary = augmentation.Vary(shift=2, turn=12, stroke=0.5, blur=0.5, noise=0.2)
    dataset = tf.data.Dataset.from_tensor_slices((images, labels)).batch(5)
    varied = dataset.map(lambda images, labels: (vary(images), labels))
    first, second = ([batch for batch, _ in varied] for _ in range(2))
    assert [batch.shape.as_list() for batch in first] == [[5, 29, 29, 1], [3, 29, 29, 1]]
    assert not np.allclose(first[0], second[0])
    np.testing.assert_array_equal(np.concatenate([batch for _, batch in varied]), labels)
    assert 0 <= np.min(first[0]) and np.max(first[0]) <= 1


def test_the_same_seed_gives_the_same_digits():
    images = np.repeat(blob(14, 14)[np.newaxis], 4, axis=0)
    batches = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        batches.append(augmentation.Vary(shift=2, noise=0.2)(images).numpy())
    np.testing.assert_array_equal(batches[0], batches[1])
    assert not np.allclose(batches[0], batches[2])


@pytest.mark.parametrize(
    ("options", "sign", "pool"),
    [({"stroke": 1.0}, 1, np.max), ({"stroke": 1.0}, -1, np.min), ({"blur": 1.0}, 1, np.mean)],
)
def test_strokes_and_blur_at_their_limit(monkeypatch, options, sign, pool):
    monkeypatch.setattr(keras.random, "uniform", lambda shape, low, high, seed: tf.fill(shape, float(sign * high)))
    image = np.random.default_rng(0).random((28, 28)).astype(np.float32)
    (varied,) = augmentation.Vary(**options)(image[np.newaxis, ..., np.newaxis]).numpy()
    reach = 2 if "blur" in options else 1
    for row, column in ((5, 5), (13, 20), (25, 2)):
        around = image[row - reach : row + reach + 1, column - reach : column + reach + 1]
        assert varied[row, column, 0] == pytest.approx(pool(around), abs=1e-5)


def test_noise_differs_from_image_to_image_and_stays_in_range():
    keras.utils.set_random_seed(1)
    gray = np.full((400, 28, 28, 1), 0.5, np.float32)
    varied = augmentation.Vary(noise=0.1)(gray).numpy()
    deviations = varied.std(axis=(1, 2, 3))
    assert (
        deviations.max() < 0.11 and deviations.min() < 0.01 and np.median(deviations) == pytest.approx(0.05, abs=0.01)
    )
    assert 0 <= varied.min() and varied.max() <= 1


def test_transform_takes_one_number_or_one_for_each_image():
    images = np.repeat(blob(14, 14)[np.newaxis], 2, axis=0)
    moved = augmentation.transform(images, right=[2.0, -3.0], down=1).numpy()
    assert center(moved[0]) == pytest.approx((15, 16), abs=0.05) and center(moved[1]) == pytest.approx(
        (15, 11), abs=0.05
    )


def test_width_and_height_vary_independently():
    keras.utils.set_random_seed(1)
    images = np.repeat(blob(14, 14)[np.newaxis], 500, axis=0)
    varied = augmentation.Vary(scale=0.3)(images).numpy()[..., 0]
    squares = (np.arange(29) - 14) ** 2
    heights, widths = (
        np.sqrt((varied.sum(axis=axis) * squares).sum(axis=1) / varied.sum(axis=(1, 2))) for axis in (2, 1)
    )
    assert heights.std() / heights.mean() > 0.1 and widths.std() / widths.mean() > 0.1
    assert abs(np.corrcoef(heights, widths)[0, 1]) < 0.15


def test_keras_json_with_another_data_format_changes_nothing(channels_first):
    (image,) = augmentation.transform(blob(14, 14)[np.newaxis], right=3.0).numpy()
    assert center(image) == pytest.approx((14, 17), abs=0.05)
    keras.utils.set_random_seed(1)
    assert augmentation.Vary(shift=1, stroke=0.5, blur=0.5, noise=0.1)(blob(14, 14)[np.newaxis]).shape == (1, 29, 29, 1)
