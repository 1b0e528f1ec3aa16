"""Practice digits as four files like MNIST's."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mnist_helpers import console, practice
from mnist_helpers.files import idx

WRITERS = 7_000  # of ten practice digits each: the last 1,000 write the test digits
WRITERS_IN_A_CHUNK = 100


def draw():
    """Draws all practice digits, with a progress bar.

    Returns:
        The four IDX files, compressed: dictionary from the keys of `idx.FILES` to bytes.

    Example:

    >>> files = practice_files.draw()
    """
    chunks = [range(first, first + WRITERS_IN_A_CHUNK) for first in range(0, WRITERS, WRITERS_IN_A_CHUNK)]
    images, classes = [], []
    with (
        ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool,
        console.progress(desc="Drawing practice digits", total=10 * WRITERS, unit=" digits") as progress,
    ):
        for chunk_images, chunk_classes in pool.map(practice.digits, chunks):
            images.append(chunk_images)
            classes.append(chunk_classes)
            progress.update(len(chunk_classes))
    train_count = idx.FILES["train_images"].count
    records = {}
    records["train_images"], records["test_images"] = np.split(np.concatenate(images), [train_count])
    records["train_labels"], records["test_labels"] = np.split(np.concatenate(classes), [train_count])
    return {role: idx.pack(records[role], expected) for role, expected in idx.FILES.items()}
