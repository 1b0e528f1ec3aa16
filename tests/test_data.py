"""The pipeline against digits that carry their own label and index, and against real MNIST read with NumPy."""

import gzip

import idx
import keras
import numpy as np
import pytest
import tensorflow as tf

from mnist_helpers import data

# Two images (one black but for its first pixel, one white) with the labels 7 and 0, every byte of them.
TWO_IMAGES = (
    b"\x00\x00\x08\x03\x00\x00\x00\x02\x00\x00\x00\x1c\x00\x00\x00\x1c" + b"\x33" + 783 * b"\x00" + 784 * b"\xff"
)
TWO_LABELS = b"\x00\x00\x08\x01\x00\x00\x00\x02" + b"\x07\x00"


@pytest.fixture(scope="module")
def mixed_folder(plain_folder, gzip_folder, tmp_path_factory):
    """Plain files and compressed ones side by side."""
    folder = tmp_path_factory.mktemp("mixed") / "zwei Ordner für Ziffern"
    folder.mkdir()
    for source, name in (
        (plain_folder, idx.TRAIN_IMAGES),
        (gzip_folder, f"{idx.TRAIN_LABELS}.gz"),
        (gzip_folder, f"{idx.TEST_IMAGES}.gz"),
        (plain_folder, idx.TEST_LABELS),
    ):
        (folder / name).write_bytes((source / name).read_bytes())
    return folder


@pytest.fixture(scope="module", params=[128, 300], ids="batch_size={}".format)
def datasets(request, mixed_folder):
    """The three sets, in batches of a size that divides none of them."""
    return request.param, data.load_datasets(request.param, mixed_folder)


def marks(dataset):
    """One pass over a dataset of marked digits: `(classes, index, mark)`, after checking that labels fit images."""
    images, classes = data.to_arrays(dataset)
    expected_classes, index, mark = idx.read_marks(images)
    np.testing.assert_array_equal(classes, expected_classes)
    return classes, index, mark


def read_with_numpy(folder, name, header_bytes):
    path = folder / name
    content = path.read_bytes() if path.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    return np.frombuffer(content, np.uint8, offset=header_bytes)


def test_to_rows_against_loops():
    images = np.random.default_rng(0).random((5, 28, 28, 1), np.float32)
    labels = np.eye(10, dtype=np.float32)[[3, 1, 4, 1, 5]]
    pixels, rows = data.to_rows(tf.data.Dataset.from_tensor_slices((images, labels)).batch(2))
    assert pixels.shape == (5, 784)
    for index in range(5):
        assert pixels[index].tolist() == [images[index, row, column, 0] for row in range(28) for column in range(28)]
    np.testing.assert_array_equal(rows, labels)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_two_digits_written_by_hand(pack, tmp_path):
    (tmp_path / "images").write_bytes(pack(TWO_IMAGES))
    (tmp_path / "labels").write_bytes(pack(TWO_LABELS))
    pairs = data.read_records(tmp_path / "images", tmp_path / "labels", count=2)
    assert list(pairs.as_numpy_iterator()) == [(b"\x33" + 783 * b"\x00", b"\x07"), (784 * b"\xff", b"\x00")]

    ((images, labels),) = pairs.batch(2).map(data.decode).as_numpy_iterator()
    assert images.shape == (2, 28, 28, 1)
    assert images[0, 0, 0, 0] == pytest.approx(0x33 / 255)
    assert not images[0].ravel()[1:].any()
    assert (images[1] == 1).all()
    assert labels.tolist() == [[0, 0, 0, 0, 0, 0, 0, 1, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]]


def test_shapes_types_and_ranges(datasets):
    batch_size, sets = datasets
    for dataset, count in zip(sets, (50_000, 10_000, 10_000), strict=True):
        assert dataset.element_spec == (
            tf.TensorSpec((None, 28, 28, 1), tf.float32),
            tf.TensorSpec((None, 10), tf.float32),
        )
        assert len(dataset) == -(-count // batch_size)
        images, labels = next(dataset.as_numpy_iterator())
        assert images.shape == (batch_size, 28, 28, 1)
        assert images.min() == 0 and images.max() == 1
        assert (np.sort(labels, axis=1) == [0] * 9 + [1]).all()


def test_training_set_holds_every_digit_once_an_epoch(datasets):
    _, (train, _, _) = datasets
    _, first, mark = marks(train)
    _, second, _ = marks(train)
    assert (mark == idx.TRAIN_MARK).all()
    np.testing.assert_array_equal(np.sort(first), np.arange(50_000))
    np.testing.assert_array_equal(np.sort(second), np.arange(50_000))
    assert (first != second).mean() > 0.99  # another order in each epoch
    assert np.abs(np.corrcoef(first, np.arange(50_000))[0, 1]) < 0.02  # shuffled over the whole set, not nearby


def test_no_tuner_can_hold_up_the_end_of_an_epoch(datasets):
    for dataset in datasets[1]:
        assert dataset.options().autotune.enabled is False
        assert dataset.map(lambda images, labels: (1 - images, labels)).prefetch(2).options().autotune.enabled is False


def test_validation_and_test_set_come_out_whole_and_in_order(datasets):
    _, (_, validation, test) = datasets
    for _ in range(2):
        _, index, mark = marks(validation)
        np.testing.assert_array_equal(index, np.arange(50_000, 60_000))
        assert (mark == idx.TRAIN_MARK).all()
        _, index, mark = marks(test)
        np.testing.assert_array_equal(index, np.arange(10_000))
        assert (mark == idx.TEST_MARK).all()


def test_whole_set_after_a_look_at_one_batch(mixed_folder):
    for dataset, count in zip(data.load_datasets(300, mixed_folder), (50_000, 10_000, 10_000), strict=True):
        next(iter(dataset.take(1)))
        assert len(marks(dataset)[0]) == count


def test_the_seed_decides_the_order(mixed_folder):
    def two_epochs(seed):
        keras.utils.set_random_seed(seed)
        train, _, _ = data.load_datasets(300, mixed_folder)
        return np.concatenate([marks(train)[1], marks(train)[1]])

    first = two_epochs(seed=1)
    np.testing.assert_array_equal(first, two_epochs(seed=1))
    assert (first != two_epochs(seed=2)).mean() > 0.99


def test_mnist_as_numpy_reads_it(mnist_folder):
    images = read_with_numpy(mnist_folder, idx.TRAIN_IMAGES, 16).reshape(-1, 28, 28, 1)
    classes = read_with_numpy(mnist_folder, idx.TRAIN_LABELS, 8)
    train, validation, test = map(data.to_arrays, data.load_datasets(data_dir=mnist_folder))

    def records(images, classes):
        return sorted(image.tobytes() + bytes([label]) for image, label in zip(images, classes, strict=True))

    pixels = np.rint(train[0] * 255).astype(np.uint8)
    assert records(pixels, train[1]) == records(images[:50_000], classes[:50_000])

    np.testing.assert_allclose(validation[0], images[50_000:] / 255, rtol=1e-6)
    np.testing.assert_array_equal(validation[1], classes[50_000:])
    test_images = read_with_numpy(mnist_folder, idx.TEST_IMAGES, 16).reshape(-1, 28, 28, 1)
    np.testing.assert_allclose(test[0], test_images / 255, rtol=1e-6)
    np.testing.assert_array_equal(test[1], read_with_numpy(mnist_folder, idx.TEST_LABELS, 8))


def test_the_first_digits_validate(mnist_folder):
    images = read_with_numpy(mnist_folder, idx.TRAIN_IMAGES, 16).reshape(-1, 28, 28, 1)
    classes = read_with_numpy(mnist_folder, idx.TRAIN_LABELS, 8)
    train, validation, _ = data.load_datasets(1000, mnist_folder, validation="first")
    assert (len(train), len(validation)) == (50, 10)
    np.testing.assert_allclose(data.to_arrays(validation)[0], images[:10_000] / 255, rtol=1e-6)
    np.testing.assert_array_equal(data.to_arrays(validation)[1], classes[:10_000])
    train_images, train_classes = data.to_arrays(train)
    np.testing.assert_array_equal(np.bincount(train_classes), np.bincount(classes[10_000:]))
    assert train_images.sum() == pytest.approx(images[10_000:].sum() / 255, rel=1e-5)


def test_another_validation_set_is_refused():
    with pytest.raises(ValueError, match="validation is 'middle'; expected is 'first' or 'last'"):
        data.load_datasets(validation="middle")


def test_every_digit_is_evaluated(mixed_folder):
    _, _, test = data.load_datasets(300, mixed_folder)
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    _, accuracy = model.evaluate(test, verbose=0)
    classes = data.to_arrays(test)[1]
    predictions = model.predict(test, verbose=0).argmax(axis=1)
    assert len(predictions) == 10_000
    assert accuracy == pytest.approx((predictions == classes).mean(), abs=1e-6)


def test_arrays_for_the_plots(mixed_folder):
    _, validation, _ = data.load_datasets(data_dir=mixed_folder)
    images, classes = data.to_arrays(validation)
    assert (images.shape, images.dtype) == ((10_000, 28, 28, 1), np.float32)
    assert (classes.shape, classes.dtype) == ((10_000,), np.int64)


def test_what_was_loaded_is_said_in_one_line(mixed_folder, capsys):
    data.load_datasets(data_dir=mixed_folder)
    counts = "50,000 training, 10,000 validation and 10,000 test digits"
    assert capsys.readouterr().out == f"your own digits, from your folder: {counts}.\n"


def test_compression_is_told_by_the_content(tmp_path):
    (tmp_path / "plain.gz").write_bytes(b"\x00\x00\x08\x01")
    (tmp_path / "compressed").write_bytes(gzip.compress(b"digits"))
    (tmp_path / "empty").write_bytes(b"")
    assert data.compression(tmp_path / "plain.gz") == ""
    assert data.compression(tmp_path / "compressed") == "GZIP"
    assert data.compression(tmp_path / "empty") == ""


@pytest.mark.parametrize("batch_size", [0, -1, 1.5, "128", None])
def test_impossible_batch_size(batch_size):
    with pytest.raises(ValueError, match=r"batch_size is .*expected is a whole number from 1 on"):
        data.load_datasets(batch_size)


@pytest.mark.parametrize("other", idx.NAMES)
def test_all_four_files_decide_whether_it_is_mnist(other, mnist_gz, gzip_folder, tmp_path, capsys):
    for name, content in mnist_gz.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / f"{other}.gz").write_bytes((gzip_folder / f"{other}.gz").read_bytes())
    data.load_datasets(data_dir=tmp_path)
    assert data.source().name == "your own digits"
    assert capsys.readouterr().out.startswith("your own digits, from your folder: ")


def test_training_and_validation_set_are_read_once(folder):
    train, validation, test = data.load_datasets(300, folder)
    for dataset in (train, validation):
        marks(dataset)
    for name in idx.NAMES[:2]:
        (folder / name).unlink()
    for dataset, count in ((train, 50_000), (validation, 10_000), (test, 10_000)):
        assert len(marks(dataset)[0]) == count


def test_a_balanced_choice_has_as_many_of_each_class_and_none_twice():
    classes = np.random.default_rng(3).permutation(np.repeat(np.arange(10), np.arange(20, 70, 5)))
    chosen = data.balanced(classes, count=20, seed=0)
    assert [list(classes[chosen]).count(digit) for digit in range(10)] == 10 * [20]
    assert len(set(chosen.tolist())) == 200
    np.testing.assert_array_equal(classes[chosen], np.repeat(np.arange(10), 20))
    assert set(chosen[:20]) == set(np.flatnonzero(classes == 0))  # all there are


def test_a_balanced_choice_depends_on_its_seed_alone():
    classes = np.arange(1_000) % 10
    first, again, other = (data.balanced(classes, count=5, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert set(first) != set(other)


@pytest.mark.parametrize("count", [0, -1, 2.5, True, "10", None], ids=str)
def test_a_balanced_choice_needs_a_count(count):
    with pytest.raises(ValueError, match=f"count is {count!r}; expected is a whole number"):
        data.balanced(np.arange(100) % 10, count, seed=0)


def test_a_balanced_choice_says_which_class_is_too_rare():
    with pytest.raises(ValueError, match="count is 3, but there are 2 digits of class 7"):
        data.balanced([digit for digit in range(10) for _ in range(2 if digit == 7 else 4)], count=3, seed=0)


def test_the_nearest_example_has_the_smallest_sum_of_squared_differences():
    random = np.random.default_rng(4)
    images, examples = random.random((5, 6, 4, 1)), random.random((40, 6, 4, 1))
    distances = [[((image - example) ** 2).sum() for example in examples] for image in images]
    np.testing.assert_array_equal(data.nearest(images, examples), np.argmin(distances, axis=1))
    np.testing.assert_array_equal(data.nearest(examples[[7, 3]], examples), [7, 3])


@pytest.mark.parametrize("examples", [np.zeros((0, 6, 4)), np.zeros((3, 4, 6)), np.zeros((3, 6, 4, 1))], ids=np.shape)
def test_the_nearest_example_must_have_the_same_size(examples):
    with pytest.raises(ValueError, match=r"images has the shape \(2, 6, 4\), examples .*; expected are images"):
        data.nearest(np.zeros((2, 6, 4)), examples)
