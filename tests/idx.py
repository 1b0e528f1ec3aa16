"""Writes IDX files byte by byte, so that the tests know their content without asking the package."""

import gzip
import os
import struct

import numpy as np

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = NAMES
TRAIN_MARK, TEST_MARK = 10, 20


def image_file(pixels, magic=2051, rows=28, columns=28):
    """The bytes of an IDX file of images; `pixels` is uint8 `[count, rows * columns]`."""
    return struct.pack(">IIII", magic, len(pixels), rows, columns) + pixels.tobytes()


def label_file(classes, magic=2049):
    """The bytes of an IDX file of labels; `classes` is uint8 `[count]`."""
    return struct.pack(">II", magic, len(classes)) + classes.tobytes()


def marked_digits(count, mark):
    """Random images that carry their own label (pixel 0), index (pixels 1 and 2) and set (pixel 3)."""
    random = np.random.default_rng(seed=mark)
    pixels = random.integers(0, 256, (count, 28 * 28), np.uint8)
    classes = random.integers(0, 10, count, np.uint8)
    index = np.arange(count)
    pixels[:, 0] = classes
    pixels[:, 1], pixels[:, 2] = index >> 8, index & 255
    pixels[:, 3] = mark
    return pixels, classes


def read_marks(images):
    """What `marked_digits` put into float images in [0, 1]: `(classes, index, mark)`."""
    pixels = np.rint(np.asarray(images).reshape(-1, 28 * 28)[:, :4] * 255).astype(int)
    return pixels[:, 0], pixels[:, 1] * 256 + pixels[:, 2], pixels[:, 3]


def replace(path, content):
    """Writes a file anew. It is unlinked first: it may be a hard link to a file that other tests share."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def link_all(folder, target):
    """Makes the folder `target`, with hard links to all files of `folder`; that takes no time and no space."""
    target.mkdir(parents=True)
    for path in folder.iterdir():
        os.link(path, target / path.name)
    return target


def compress(content):
    """gzip's format; hardly compressed, since the tests' random pixels cannot be."""
    return gzip.compress(content, compresslevel=1)
