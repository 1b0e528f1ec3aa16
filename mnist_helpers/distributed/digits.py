"""Where workers take their digits from: arrays in memory, or record files of which each worker reads its own.

Both give a worker its part of each batch. In memory an epoch is one shuffled order, the same on all workers, who take
turns in it. From files each worker reads whole files, shuffled within a window, so that memory doesn't grow with data.
"""

import gc
import os
import shutil
import tempfile
from pathlib import Path

import keras
import numpy as np
import psutil
import tensorflow as tf

from mnist_helpers import console, data, practice, sources

RECORD = 28 * 28 + 1  # bytes: the pixels of a digit, and its label
WINDOW = 4096  # digits that are held to be shuffled
AT_ONCE = 4  # files that are read in turns
DRAWN = 100  # writers whose digits are drawn at once, so that a large file needs no more memory than a small one


def read(part, count):
    """Reads digits of the training, the validation or the test set, always in the same order.

    Args:
        part: `"training"`, `"validation"` or `"test"`.
        count: how many, from the first on.

    Returns:
        `(images, labels)`: float32 `[count, 28, 28, 1]` in [0, 1] and one-hot float32 `[count, 10]`.

    Example:

    >>> images, labels = digits.read("validation", 1000)
    """
    files, first = sources.find(), data.TRAIN_COUNT if part == "validation" else 0
    paths = (files.test_images, files.test_labels) if part == "test" else (files.train_images, files.train_labels)
    records = data.read_records(*paths, first + count).skip(first).take(count)
    images, classes = data.to_arrays(records.batch(1000).map(data.decode))
    return images, keras.utils.to_categorical(classes, 10)


class InMemory:
    """The training set, or its beginning, as arrays.

    Args:
        count: how many digits.
        seed: of the orders.
    """

    def __init__(self, count, seed):
        self._count, self._seed, self._arrays = count, seed, None

    def steps(self, batch_size, workers):
        """How many batches an epoch has. What is left over waits for another epoch."""
        return self._count // batch_size

    def batches(self, epoch, batch_size, rank, workers):
        """Gives a worker's part of each batch.

        Args:
            epoch: number of the epoch, from 0 on.
            batch_size: digits of all workers together that a step learns from.
            rank, workers: which worker this is, from 0 on, and how many there are.

        Returns:
            An iterator of `(images, labels)`, `batch_size / workers` of them at a time.
        """
        images, labels = self._arrays = self._arrays or read("training", self._count)
        order = np.random.default_rng([self._seed, epoch]).permutation(self._count)
        for number in range(self.steps(batch_size, workers)):
            mine = order[number * batch_size : (number + 1) * batch_size][rank::workers]
            yield images[mine], labels[mine]


class Records:
    """Record files, as many as there are.

    Args:
        folder: where `write` has put them.
        seed: of the orders.

    Raises:
        FileNotFoundError: there are none in it.
        ValueError: a file is cut off, or they are of different sizes.
    """

    def __init__(self, folder, seed):
        self._paths, self._seed = sorted(Path(folder).expanduser().glob("*.records")), seed
        if not self._paths:
            raise FileNotFoundError(
                f"{folder} holds no record files. Write some: digits.write({str(folder)!r}, 100_000)."
            )
        sizes = {path.stat().st_size: path for path in self._paths}
        if len(sizes) > 1 or min(sizes) % RECORD:
            raise ValueError(
                f"The files of {folder} should be equally large, and whole records of {RECORD} bytes; "
                f"{sizes[min(sizes)].name} has {min(sizes):,} bytes. Delete them and write them again."
            )
        self._per_file = min(sizes) // RECORD

    def steps(self, batch_size, workers):
        """How many batches an epoch has: as many as the worker with the fewest files can fill."""
        if len(self._paths) < workers:
            raise ValueError(
                f"{workers} workers can't share {len(self._paths)} files. Write the digits into more files, or take "
                f"fewer workers."
            )
        return len(self._paths) // workers * self._per_file // (batch_size // workers)

    def batches(self, epoch, batch_size, rank, workers):
        """Gives a worker's part of each batch, as `InMemory.batches` does; no digit twice in an epoch."""
        order = np.random.default_rng([self._seed, epoch]).permutation(len(self._paths))
        mine = [str(self._paths[place]) for place in order[rank::workers]]
        records = tf.data.Dataset.from_tensor_slices(mine).interleave(
            lambda path: tf.data.FixedLengthRecordDataset(path, RECORD), cycle_length=AT_ONCE, block_length=16
        )
        shuffled = records.shuffle(WINDOW, seed=self._seed + epoch)
        batches = shuffled.batch(batch_size // workers).map(_decode, num_parallel_calls=2)
        batches = batches.take(self.steps(batch_size, workers)).prefetch(2)
        return data.without_tuner(batches).as_numpy_iterator()


def _decode(records):
    return data.decode(tf.strings.substr(records, 0, RECORD - 1), tf.strings.substr(records, RECORD - 1, 1))


def memory_of_reading(folder, times=10):
    """Reads record files and measures this process's memory meanwhile: these, `times` as many, and all of them kept.

    Args:
        folder: where `write` has put them.
        times: how often a copy of each is read where there are to be more.

    Returns:
        Dictionary from a description to `(counts, megabytes)`: two lists, how many digits were read so far and how
        much more memory the process had then than when it began.

    Example:

    >>> plots.memory(digits.memory_of_reading("many digits"))
    """
    process, curves = psutil.Process(), {}
    with tempfile.TemporaryDirectory() as more:
        for path in Path(folder).expanduser().glob("*.records"):
            for number in range(times):
                shutil.copy(path, Path(more) / f"{number}-{path.name}")
        for source, keep in ((folder, False), (more, False), (more, True)):
            counts, megabytes, kept = [0], [0.0], []
            gc.collect()
            start = process.memory_info().rss
            for images, _ in Records(source, seed=0).batches(0, 1000, 0, 1):
                counts.append(counts[-1] + len(images))
                megabytes.append((process.memory_info().rss - start) / 1e6)
                if keep:
                    kept.append(np.array(images))
            curves[f"{counts[-1]:,} digits, {'kept' if keep else 'let go'}"] = counts, megabytes
    return curves


def write(folder, count, files=16):
    """Draws practice digits and writes them into record files. Files that are there already stay.

    Args:
        folder: where to; it is made where it's missing.
        count: how many digits, at least 10 a file; what can't be shared equally is left out.
        files: how many files. A training needs one for each worker, or more.

    Raises:
        ValueError: `count` is too small.
        OSError: the folder can't be written, or is full. No half-written file stays.

    Example:

    >>> digits.write("many digits", 100_000)
    """
    folder, writers = Path(folder).expanduser(), count // files // 10
    if not writers:
        raise ValueError(f"{count} digits are too few for {files} files; expected are {10 * files} or more.")
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        path = folder / f"{number:04}-of-{files:04}.records"
        if path.exists() and path.stat().st_size == 10 * writers * RECORD:
            continue
        partial, end = path.with_suffix(".partial"), (number + 1) * writers
        try:
            with open(partial, "wb") as file:
                for first in range(number * writers, end, DRAWN):
                    images, classes = practice.digits(range(first, min(first + DRAWN, end)))
                    records = np.concatenate([images.reshape(-1, RECORD - 1), classes[:, np.newaxis]], axis=1)
                    file.write(records.astype(np.uint8).tobytes())
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        console.say(f"{10 * end:,} of {10 * files * writers:,} digits written")
