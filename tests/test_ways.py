"""The other ways of `make longer`: each changes what its name says, and nothing else."""

import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from mnist_helpers import data

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import train_one  # noqa: E402
import ways  # noqa: E402

pytestmark = pytest.mark.slow
SIZE, BATCHES = 8, 4


def batches(value, size=SIZE, count=BATCHES):
    """Batches whose pixels and labels all have one value."""
    images, labels = np.full((size, 28, 28, 1), value, np.float32), np.full((size, 10), value, np.float32)
    return tf.data.Dataset.from_tensors((images, labels)).repeat(count)


def values(dataset):
    """The first pixel of each digit, a list for each batch."""
    return [images.numpy()[:, 0, 0, 0].astype(int).tolist() for images, _ in dataset]


@pytest.fixture
def variables():
    """What notebook 10 has: digits that are 0, four kinds of varied ones that are 1 to 4."""
    return {
        "train_dataset": batches(0),
        "kinds": [lambda images, kind=kind: images + kind for kind in (1, 2, 3, 4)],
        "starts": [4, 5, 6, 7, 8],
        "BATCH_SIZE": SIZE,
        "augment": lambda images, labels: (images, labels),
    }


@pytest.mark.parametrize(("down", "right"), [(0, 0), (1, 0), (0, 2), (0.5, 0), (0, -1.25)])
def test_pixels_come_from_where_the_shifts_say(down, right, monkeypatch):
    shifts = lambda shape, stddev, seed: tf.broadcast_to(tf.constant([down, right], tf.float32), shape)  # noqa: E731
    monkeypatch.setattr(keras.random, "normal", shifts)
    images = np.random.default_rng(1).random((3, 28, 28, 1)).astype(np.float32)
    padded = np.pad(images[..., 0], [(0, 0), (3, 3), (3, 3)])
    expected = np.zeros((3, 28, 28))
    for rows in (int(np.floor(down)), int(np.floor(down)) + 1):
        for columns in (int(np.floor(right)), int(np.floor(right)) + 1):
            share = (1 - abs(down - rows)) * (1 - abs(right - columns))
            expected += share * padded[:, 3 + rows : 31 + rows, 3 + columns : 31 + columns]
    np.testing.assert_allclose(ways.bend(images, None)[..., 0], expected, atol=1e-5)


def test_bent_digits_differ_from_each_other_and_a_little_from_before():
    lines = np.zeros((6, 28, 28, 1), np.float32)
    lines[:, 4:24, 13:15] = 1
    bent = ways.bend(lines, keras.random.SeedGenerator(3)).numpy()
    assert bent.min() >= 0 and bent.max() <= 1
    assert np.unique(bent.sum(axis=(1, 2, 3)).round(3)).size == 6
    places = (bent[..., 0] * np.arange(28)).sum(axis=2)[:, 8:20] / bent[..., 0].sum(axis=2)[:, 8:20]
    assert 0.1 < np.abs(places - 13.5).mean() < 1.5  # pixels
    assert np.abs(np.diff(places)).max() < 1.2  # neighbors stay neighbors


def test_only_the_varied_digits_are_bent_and_before_they_are_varied(variables, monkeypatch):
    monkeypatch.setattr(ways, "bend", lambda images, seeds: images + 9)
    varied = np.repeat([0, 1], 4).reshape(-1, 1, 1, 1).astype(np.float32)
    variables["augment"] = lambda images, labels: (2 * images + varied, labels)
    assert values(ways.bent(variables, 1)) == [[0] * 4 + [19] * 4] * BATCHES


def test_each_pass_bends_digits_in_another_way(variables):
    keras.utils.set_random_seed(1)
    image = np.random.default_rng(1).random((SIZE, 28, 28, 1)).astype(np.float32)
    variables["train_dataset"] = tf.data.Dataset.from_tensors((image, np.zeros((SIZE, 10), np.float32)))
    first, second = (next(iter(ways.bent(variables, 1).repeat(2).skip(step)))[0].numpy() for step in (0, 1))
    np.testing.assert_array_equal(first[:4], second[:4])
    assert np.abs(first[4:] - second[4:]).mean() > 0.05
    passes = [images.numpy() for images, _ in ways.bent(variables, 1).repeat(2)]
    assert np.abs(passes[0] - passes[1]).mean() > 0.02


def test_practice_digits_take_the_place_of_unchanged_ones(variables, monkeypatch):
    monkeypatch.setattr(ways, "PRACTICE_DIGITS", 3)
    monkeypatch.setattr(data, "load_datasets", lambda size, source: [batches(7, size, 2)])
    mixed = ways.practice_digits_mixed_in(variables, 1)
    assert values(mixed) == [[7] * 3 + [0] * 5] * BATCHES
    assert [labels.numpy()[:, 0].tolist() for _, labels in mixed] == values(mixed)


@pytest.mark.parametrize(("way", "counts"), [("growing", range(8)), ("shrinking", range(8, 0, -1))])
def test_the_share_of_varied_digits_changes_from_step_to_step(way, counts, variables):
    steps = values(getattr(ways, way)(variables, 2))
    assert [sum(value > 0 for value in batch) for batch in steps] == list(counts)
    assert [0] * 4 + [1, 2, 3, 4] in steps  # at half of it, what the notebook does
    if way == "shrinking":
        assert steps[0] == [1, 1, 2, 2, 3, 3, 4, 4]


def test_bfloat16_changes_the_numbers_alone(mnist_folder, monkeypatch):
    monkeypatch.setenv("MNIST_DATA_DIR", str(mnist_folder))
    namespace = train_one.run_cells("10_augmentation", 7, train_one.CELLS["10_augmentation"][:-1])
    before = namespace["model"]
    dataset = ways.bfloat16(namespace, 2)
    after = namespace["model"]
    assert {layer.compute_dtype for layer in before.layers} == {"float32"}
    assert [layer.compute_dtype for layer in after.layers] == ["bfloat16"] * (len(after.layers) - 1) + ["float32"]
    assert {variable.dtype for variable in after.trainable_variables} == {"float32"}
    for old, new in zip(before.get_weights(), after.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert after.optimizer is not before.optimizer
    assert after.optimizer.get_config() == before.optimizer.get_config()
    assert (after.loss, after.steps_per_execution) == (before.loss, 17)
    assert dataset is namespace["augmented_dataset"] and namespace["float32"] is before


def test_the_mean_of_the_last_checkpoints():
    model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    checkpoints = ways.Checkpoints(count=3)
    checkpoints.set_model(model)
    for epoch, weight in enumerate((100, 1, 2, 6)):
        model.set_weights([np.full((1, 1), weight), np.full(1, -weight)])
        checkpoints.on_epoch_end(epoch)
    assert [array.item() for array in checkpoints.mean()] == [3, -3]
