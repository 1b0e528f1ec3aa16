"""What the unit tests share: the folder with MNIST, and folders with IDX files written by hand."""

import os
from pathlib import Path

import idx
import pytest

from mnist_helpers import sources


@pytest.fixture(scope="session")
def mnist_folder():
    """The folder with the real MNIST files: that in MNIST_DATA_DIR, or the cache, filled by a download."""
    if os.environ.get("MNIST_DATA_DIR"):
        return Path(os.environ["MNIST_DATA_DIR"])
    try:
        return Path(sources.find().train_images).parent
    except ConnectionError as error:
        pytest.skip(f"needs real MNIST: {error}")


@pytest.fixture(scope="session")
def plain_folder(tmp_path_factory):
    """A folder with four plain IDX files of random pixels. Link or read them; never write to them."""
    folder = tmp_path_factory.mktemp("plain")
    for count, mark, image_name, label_name in (
        (60_000, idx.TRAIN_MARK, idx.TRAIN_IMAGES, idx.TRAIN_LABELS),
        (10_000, idx.TEST_MARK, idx.TEST_IMAGES, idx.TEST_LABELS),
    ):
        pixels, classes = idx.marked_digits(count, mark)
        (folder / image_name).write_bytes(idx.image_file(pixels))
        (folder / label_name).write_bytes(idx.label_file(classes))
    return folder


@pytest.fixture(scope="session")
def gzip_folder(plain_folder, tmp_path_factory):
    """The files of `plain_folder`, compressed."""
    folder = tmp_path_factory.mktemp("gzip")
    for path in plain_folder.iterdir():
        (folder / f"{path.name}.gz").write_bytes(idx.compress(path.read_bytes()))
    return folder


@pytest.fixture
def folder(plain_folder, tmp_path):
    """A folder with four plain files, for a test that breaks one of them with `idx.replace`."""
    return idx.link_all(plain_folder, tmp_path / "digits")
