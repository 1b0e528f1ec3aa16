"""From four IDX files to shuffled, batched `tf.data` datasets: training, validation and test set."""

import numbers

import numpy as np
import tensorflow as tf

from mnist_helpers import console, sources
from mnist_helpers.files import idx
from mnist_helpers.files.idx import TEST_COUNT, TRAIN_COUNT, VALIDATION_COUNT


def load_datasets(batch_size=128, data_dir=None, validation="last"):
    """Loads the training, the validation and the test set.

    The 60,000 digits of the training files are split into 50,000 to train on and 10,000 to validate, the last ones
    unless you want the first; the t10k files are the test set. The training set is shuffled anew at each pass, the
    others keep their order.

    Args:
        batch_size: digits in a batch. The last batch of a pass holds what is left over.
        data_dir: folder with the four IDX files; `None` for `MNIST_DATA_DIR`, the cache, a download or practice
            digits (see `sources.find`).
        validation: which 10,000 digits of the training files validate, `"last"` or `"first"`.

    Returns:
        `(train_dataset, validation_dataset, test_dataset)`: finite `tf.data.Dataset`s of pairs
        `(images, labels)`. Images are float32 `[batch, 28, 28, 1]` in [0, 1]; labels are one-hot float32
        `[batch, 10]`.

    Raises:
        ValueError: `batch_size` is not a positive whole number, `validation` is another word, or a file is not what
            it should be.
        OSError: the files cannot be had (see `sources.find`).

    Example:

    >>> train_dataset, validation_dataset, test_dataset = data.load_datasets(batch_size=128)
    MNIST, from the cache: 50,000 training, 10,000 validation and 10,000 test digits.
    >>> len(train_dataset)
    391
    """
    _check_count("batch_size", batch_size, example=128)
    if validation not in ("first", "last"):
        raise ValueError(f"validation is {validation!r}; expected is 'first' or 'last'.")
    files = sources.use(data_dir)
    train_and_validation = read_records(files.train_images, files.train_labels, TRAIN_COUNT + VALIDATION_COUNT)
    test = read_records(files.test_images, files.test_labels, TEST_COUNT)
    if validation == "last":
        train, held_out = train_and_validation.take(TRAIN_COUNT), train_and_validation.skip(TRAIN_COUNT)
    else:
        train, held_out = train_and_validation.skip(VALIDATION_COUNT), train_and_validation.take(VALIDATION_COUNT)
    counts = f"{TRAIN_COUNT:,} training, {VALIDATION_COUNT:,} validation and {TEST_COUNT:,} test digits"
    console.say(f"{files.name}, {files.origin}: {counts}.")
    # Batches are decoded whole: one call for 128 records is several times faster than 128 calls.
    return tuple(
        without_tuner(dataset.batch(batch_size).map(decode).prefetch(tf.data.AUTOTUNE))
        for dataset in (train.cache().shuffle(TRAIN_COUNT), held_out.cache(), test)
    )


def without_tuner(dataset):
    """Turns off the thread by which `tf.data` looks for better settings while a dataset is read.

    It has nothing to gain here, and at the end of an epoch all may wait for it: it sleeps for 10 ms, then for twice as
    long each time, and isn't always woken. So an epoch of 11 seconds could take 20.

    Args:
        dataset: a `tf.data.Dataset`. What is made of it, by `map` for example, has no tuner either.

    Returns:
        The dataset, with the same elements.

    Example:

    >>> dataset = data.without_tuner(pairs.batch(128).map(data.decode))
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


def source():
    """Says where the digits of the latest `load_datasets` are from.

    Returns:
        A `sources.Source`: the name, `"MNIST"`, `"practice digits"` or `"your own digits"`; the origin, in words; and
        the paths of the four files: `train_images`, `train_labels`, `test_images` and `test_labels`.

    Raises:
        RuntimeError: nothing was loaded yet.

    Example:

    >>> data.source().name
    'MNIST'
    """
    if sources.in_use() is None:
        raise RuntimeError("No digits were loaded in this kernel yet. Run the cell with data.load_datasets first.")
    return sources.in_use()


def read_records(images_path, labels_path, count):
    """Pairs the records of an image file with those of a label file.

    Args:
        images_path: IDX file of 28×28 images, plain or gzip-compressed.
        labels_path: IDX file of labels, plain or gzip-compressed.
        count: how many records each holds; it lets the dataset know its length, which Keras shows.

    Returns:
        A `tf.data.Dataset` of pairs of byte strings: 784 bytes of pixels, 1 byte of label.

    Example:

    >>> pairs = data.read_records(data.source().train_images, data.source().train_labels, 60_000)
    """
    images, labels = (
        tf.data.FixedLengthRecordDataset(
            str(path),
            record_bytes=expected.record_bytes,
            header_bytes=expected.header_bytes,
            compression_type=compression(path),
        )
        for path, expected in (
            (images_path, idx.FILES["train_images"]),
            (labels_path, idx.FILES["train_labels"]),
        )
    )
    return tf.data.Dataset.zip((images, labels)).apply(tf.data.experimental.assert_cardinality(count))


def compression(path):
    """Says how TensorFlow must read a file: `"GZIP"`, or `""` for a plain one.

    Args:
        path: an existing file. Its first bytes decide, whatever its name.

    Returns:
        The `compression_type` for `tf.data.FixedLengthRecordDataset`.

    Example:

    >>> data.compression("train-images-idx3-ubyte.gz")
    'GZIP'
    """
    with open(path, "rb") as file:
        return "GZIP" if file.read(len(idx.GZIP_MAGIC)) == idx.GZIP_MAGIC else ""


def decode(image_records, label_records):
    """Turns a batch of records into tensors that a network can take.

    Args:
        image_records: string tensor `[batch]`, 784 bytes each.
        label_records: string tensor `[batch]`, 1 byte each, 0 to 9.

    Returns:
        `(images, labels)`: float32 `[batch, 28, 28, 1]` in [0, 1] and one-hot float32 `[batch, 10]`.

    Example:

    >>> dataset = pairs.batch(128).map(data.decode)
    """
    pixels = tf.io.decode_raw(image_records, tf.uint8)
    images = tf.reshape(tf.cast(pixels, tf.float32) / 255, [-1, 28, 28, 1])
    classes = tf.reshape(tf.io.decode_raw(label_records, tf.uint8), [-1])
    return images, tf.one_hot(classes, 10)


def to_arrays(dataset):
    """Collects a whole dataset in two NumPy arrays, as the plots take them.

    Args:
        dataset: finite dataset of batches `(images, labels)`, as `load_datasets` returns.

    Returns:
        `(images, classes)`: float32 `[count, 28, 28, 1]` in [0, 1] and int64 `[count]`, 0 to 9.

    Example:

    >>> images, classes = data.to_arrays(validation_dataset)
    >>> images.shape, classes.shape
    ((10000, 28, 28, 1), (10000,))
    """
    images, labels = _collect(dataset)
    return images, labels.argmax(axis=1)


def to_rows(dataset):
    """Collects a whole dataset in two NumPy arrays, a row for each digit, as formulas take them.

    Args:
        dataset: finite dataset of batches `(images, labels)`, as `load_datasets` returns.

    Returns:
        `(pixels, labels)`: float32 `[count, 784]` in [0, 1] and one-hot float32 `[count, 10]`.

    Example:

    >>> pixels, labels = data.to_rows(validation_dataset)
    >>> pixels.shape, labels.shape
    ((10000, 784), (10000, 10))
    """
    images, labels = _collect(dataset)
    return images.reshape(len(images), -1), labels


def _collect(dataset):
    """All images and all labels of a dataset of batches, each in one array."""
    images, labels = zip(*dataset.as_numpy_iterator(), strict=True)
    return np.concatenate(images), np.concatenate(labels)


def _check_count(name, value, example):
    """Raises a ValueError unless a value is a whole number from 1 on."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} is {value!r}; expected is a whole number from 1 on, such as {example}.")


def balanced(classes, count, seed):
    """Chooses digits by chance, as many of each class.

    Args:
        classes: integers `[total]`, 0 to 9.
        count: how many digits of each class.
        seed: whole number; with the same one the same digits are chosen.

    Returns:
        The places of the chosen digits in `classes`, int64 `[10 * count]`: those of class 0 first, none twice.

    Raises:
        ValueError: `count` is not a positive whole number, or a class has fewer digits than that.

    Example:

    >>> chosen = data.balanced(train_classes, count=10, seed=0)
    >>> train_images[chosen].shape
    (100, 28, 28, 1)
    """
    _check_count("count", count, example=10)
    random = np.random.default_rng(seed)
    places = [np.flatnonzero(np.asarray(classes) == digit) for digit in range(10)]
    rarest = min(range(10), key=lambda digit: len(places[digit]))
    if len(places[rarest]) < count:
        raise ValueError(f"count is {count}, but there are {len(places[rarest])} digits of class {rarest}.")
    return np.concatenate([random.choice(of_one, count, replace=False) for of_one in places])


def nearest(images, examples):
    """Finds for each image the example that is most like it, pixel by pixel.

    Args:
        images: float array `[count, height, width]` or `[count, height, width, 1]`.
        examples: float array of images of the same size, `[total, height, width]` or `[total, height, width, 1]`.

    Returns:
        The places of the nearest examples, int64 `[count]`: those with the smallest sum of squared differences.

    Raises:
        ValueError: there are no examples, or their size is another one.

    Example:

    >>> train_classes[data.nearest(validation_images[:3], train_images)]
    array([3, 8, 6])
    """
    pixels, others = (np.asarray(array, np.float32) for array in (images, examples))
    if not len(others) or pixels.shape[1:] != others.shape[1:]:
        raise ValueError(
            f"images has the shape {pixels.shape}, examples {others.shape}; expected are images of the same size, and "
            "at least one example."
        )
    pixels, others = (array.reshape(len(array), -1) for array in (pixels, others))
    # (a − b)² = a² − 2ab + b², of which a² is the same for all examples.
    return ((others**2).sum(axis=1) - 2 * pixels @ others.T).argmin(axis=1)
