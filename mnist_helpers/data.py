"""From four IDX files to shuffled, batched `tf.data` datasets: training, validation and test set."""

import numbers

import numpy as np
import tensorflow as tf

from mnist_helpers import console, sources
from mnist_helpers.files import idx
from mnist_helpers.files.idx import TEST_COUNT, TRAIN_COUNT, VALIDATION_COUNT


def load_datasets(batch_size=128, data_dir=None):
    """Loads the training, the validation and the test set.

    The 60,000 digits of the training files are split into 50,000 to train on and the last 10,000 to validate;
    the t10k files are the test set. The training set is shuffled anew at each pass, the others keep their order.

    Args:
        batch_size: digits in a batch. The last batch of a pass holds what is left over.
        data_dir: folder with the four IDX files; `None` for `MNIST_DATA_DIR`, the cache, a download or practice
            digits (see `sources.find`).

    Returns:
        `(train_dataset, validation_dataset, test_dataset)`: finite `tf.data.Dataset`s of pairs
        `(images, labels)`. Images are float32 `[batch, 28, 28, 1]` in [0, 1]; labels are one-hot float32
        `[batch, 10]`.

    Raises:
        ValueError: `batch_size` is not a positive whole number, or a file is not what it should be.
        OSError: the files cannot be had (see `sources.find`).

    Example:

    >>> train_dataset, validation_dataset, test_dataset = data.load_datasets(batch_size=128)
    MNIST, from the cache: 50,000 training, 10,000 validation and 10,000 test digits.
    >>> len(train_dataset)
    391
    """
    if not isinstance(batch_size, numbers.Integral) or isinstance(batch_size, bool) or batch_size < 1:
        raise ValueError(f"batch_size is {batch_size!r}; expected is a whole number from 1 on, such as 128.")
    files = sources.use(data_dir)
    train_and_validation = read_records(files.train_images, files.train_labels, TRAIN_COUNT + VALIDATION_COUNT)
    test = read_records(files.test_images, files.test_labels, TEST_COUNT)
    train = train_and_validation.take(TRAIN_COUNT).cache().shuffle(TRAIN_COUNT)
    validation = train_and_validation.skip(TRAIN_COUNT).cache()
    counts = f"{TRAIN_COUNT:,} training, {VALIDATION_COUNT:,} validation and {TEST_COUNT:,} test digits"
    console.say(f"{files.name}, {files.origin}: {counts}.")
    # Batches are decoded whole: one call for 128 records is several times faster than 128 calls.
    return tuple(
        dataset.batch(batch_size).map(decode).prefetch(tf.data.AUTOTUNE) for dataset in (train, validation, test)
    )


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
    images, labels = zip(*dataset.as_numpy_iterator(), strict=True)
    return np.concatenate(images), np.concatenate(labels).argmax(axis=1)
