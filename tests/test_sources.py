"""A folder that the reader names, with every fault made for real on the disk."""

import os
import re

import idx
import mirror
import numpy as np
import pytest

from mnist_helpers import sources


@pytest.mark.parametrize("kind", ["plain", "gzip", "mixed", "misnamed"])
def test_files_plain_or_compressed(kind, plain_folder, gzip_folder, tmp_path):
    folder = tmp_path / "my digits – Ziffern 数字"
    idx.link_all(gzip_folder if kind == "gzip" else plain_folder, folder)
    if kind == "mixed":
        (folder / idx.TEST_IMAGES).unlink()
        idx.replace(folder / f"{idx.TEST_IMAGES}.gz", (gzip_folder / f"{idx.TEST_IMAGES}.gz").read_bytes())
    if kind == "misnamed":  # some tools decompress and keep the ending
        for name in idx.NAMES:
            (folder / name).rename(folder / f"{name}.gz")
    source = sources.find(folder)
    ending = {"plain": "", "gzip": ".gz", "misnamed": ".gz"}
    assert (source.name, source.origin) == ("your own digits", "from your folder")
    assert source.train_labels == str(folder / (idx.TRAIN_LABELS + ending.get(kind, "")))
    assert source.test_images == str(folder / (idx.TEST_IMAGES + ending.get(kind, ".gz")))


def moved(folder, place):
    """Moves each file of a folder to where `place` says."""
    for name in idx.NAMES:
        target = folder / place(name)
        (folder / name).rename(folder / "spare")
        target.parent.mkdir(parents=True, exist_ok=True)
        (folder / "spare").rename(target)


@pytest.mark.parametrize(
    "place",
    [
        lambda name: name.replace("-idx", ".idx"),
        lambda name: name.replace("-idx", ".idx") + ".gz",
        lambda name: f"{name}/{name}",
        lambda name: f"{name}/{name.replace('-idx', '.idx')}",
        lambda name: f"{name.replace('-idx', '.idx')}/{name}.gz",
    ],
    ids=["a dot", "a dot and .gz", "folders", "folders, a dot in the file", "folders with a dot"],
)
def test_names_that_tools_give(place, folder):
    moved(folder, place)
    source = sources.find(folder)
    assert source.test_labels == str(folder / place(idx.TEST_LABELS))
    assert source.name == "your own digits"


@pytest.mark.parametrize("above", ["raw", "MNIST/raw"])
def test_files_in_a_folder_below_are_pointed_out(above, folder):
    moved(folder, lambda name: f"{above}/{name}")
    message = f"has no file .*All four lie in {re.escape(str(folder.resolve() / above))}: name that folder"
    with pytest.raises(FileNotFoundError, match=message):
        sources.find(folder)


def test_a_file_in_the_place_of_the_folder(folder):
    path = folder / idx.TRAIN_IMAGES
    with pytest.raises(FileNotFoundError, match=f"{re.escape(str(path.resolve()))} is a file; expected is the fold"):
        sources.find(path)


def test_a_relative_folder_stays_where_it_was(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert sources.find(folder.name).train_images == str(folder / idx.TRAIN_IMAGES)


@pytest.mark.parametrize("address", ["https://example.org/mnist", "s3://bucket/mnist"])
def test_an_address_is_no_folder(address):
    with pytest.raises(FileNotFoundError, match="looks like an address. Expected is a folder on this machine, or"):
        sources.find(address)


def test_tilde_without_a_home(monkeypatch):
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # what Python does where it knows no home
    with pytest.raises(FileNotFoundError, match="There is no .*~/mnist, the folder with the MNIST files"):
        sources.find("~/mnist")


def test_tilde_and_variable(folder, plain_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    expected = str(folder / idx.TRAIN_IMAGES)
    assert sources.find(f"~/{folder.name}").train_images == expected
    monkeypatch.setenv("MNIST_DATA_DIR", f"~/{folder.name}")
    assert sources.find().train_images == expected
    assert sources.find(plain_folder).train_images == str(plain_folder / idx.TRAIN_IMAGES)  # data_dir comes first


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("digits", "{here}/digits"),
        ("~/digits", "{home}/digits"),
        ("gs://bucket/digits", "gs://bucket/digits"),
        ("practice digits", "practice digits"),
        ("./practice digits", "{here}/practice digits"),  # a folder of that name
    ],
)
def test_relative_folder_becomes_absolute(given, expected, tmp_path, monkeypatch):
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setenv("MNIST_DATA_DIR", given)
    sources.make_data_dir_absolute()
    expected = expected.format(here=tmp_path.resolve(), home=(tmp_path / "home").resolve())
    assert os.environ["MNIST_DATA_DIR"].replace(os.sep, "/") == expected.replace(os.sep, "/")


def test_real_mnist_is_recognized(mnist_folder):
    source = sources.find(mnist_folder)
    assert (source.name, source.origin) == ("MNIST", "from your folder")


def test_no_folder(tmp_path):
    with pytest.raises(
        FileNotFoundError,
        match="There is no .*nowhere, the folder with .*Correct data_dir or .*MNIST_DATA_DIR",
    ):
        sources.find(tmp_path / "nowhere")


def test_folder_without_the_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="it holds: nothing. Expected are the four files train-images"):
        sources.find(tmp_path)
    for number in range(8):
        (tmp_path / f"holiday{number}.jpg").touch()
    with pytest.raises(FileNotFoundError, match="it holds: holiday0.jpg, .*holiday5.jpg, …. Expected are the four"):
        sources.find(tmp_path)


@pytest.mark.parametrize("name", idx.NAMES)
def test_one_file_missing(name, folder):
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"has no file {name} or {name}.gz; it holds: .*Add the missing one"):
        sources.find(folder)


def test_truncated_plain_file(folder):
    for name, expected in ((idx.TEST_LABELS, "10,008"), (idx.TEST_IMAGES, "7,840,016"), (idx.TRAIN_LABELS, "60,008")):
        content = (folder / name).read_bytes()
        idx.replace(folder / name, content[:-1])
        found = f"{len(content) - 1:,}"
        with pytest.raises(ValueError, match=f"{name} is truncated: {found} bytes; expected are {expected}. Put the"):
            sources.find(folder)


@pytest.mark.parametrize("content", [b"", b"\x00\x00\x08\x03\x00\x00"], ids=["empty", "part of a header"])
def test_file_without_a_whole_header(content, folder):
    idx.replace(folder / idx.TRAIN_IMAGES, content)
    message = rf"{idx.TRAIN_IMAGES} has {len(content)} bytes, less than an IDX header \(16\). Put the original"
    with pytest.raises(ValueError, match=message):
        sources.find(folder)


@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[:5],
        lambda packed: packed[: len(packed) // 2],
        lambda packed: packed[:-4],
        lambda packed: packed[:1000] + b"\xff" * 100 + packed[1100:],
        lambda packed: packed + b"more",
    ],
    ids=["header only", "half", "end missing", "altered", "trailing"],
)
def test_damaged_gzip_file(damage, folder):
    content = (folder / idx.TRAIN_LABELS).read_bytes()
    (folder / idx.TRAIN_LABELS).unlink()
    (folder / f"{idx.TRAIN_LABELS}.gz").write_bytes(damage(idx.compress(content)))
    message = f"{idx.TRAIN_LABELS}.gz is a damaged or truncated gzip file .*Put the original {idx.TRAIN_LABELS} there"
    with pytest.raises(ValueError, match=message):
        sources.find(folder)


def swap(folder, first, second):
    (folder / first).rename(folder / "spare")
    (folder / second).rename(folder / first)
    (folder / "spare").rename(folder / second)


def test_images_and_labels_swapped(folder):
    swap(folder, idx.TRAIN_IMAGES, idx.TRAIN_LABELS)
    message = (
        rf"{idx.TRAIN_IMAGES} begins with the magic number 2049 \(labels\); expected is 2051 \(images\). Are two files"
    )
    with pytest.raises(ValueError, match=message):
        sources.find(folder)


def test_training_and_test_files_swapped(folder):
    swap(folder, idx.TRAIN_IMAGES, idx.TEST_IMAGES)
    message = f"{idx.TRAIN_IMAGES} holds 10,000 images; expected are 60,000. Are the training and the test files swap"
    with pytest.raises(ValueError, match=message):
        sources.find(folder)


no_digits = np.zeros((0, 28 * 28), np.uint8)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            idx.TRAIN_IMAGES,
            idx.image_file(no_digits, magic=1234),
            r"magic number 1234 \(not an MNIST file\); expected is 2051 \(images\)",
        ),
        (
            idx.TEST_LABELS,
            idx.label_file(np.zeros(10_000, np.uint8), magic=2050),
            r"magic number 2050 \(not an MNIST file\); expected is 2049 \(labels\)",
        ),
        (
            idx.TEST_IMAGES,
            idx.image_file(np.zeros((10_000, 27 * 28), np.uint8), rows=27),
            "holds images of 27×28 pixels; expected are 28×28",
        ),
        (
            idx.TEST_LABELS,
            idx.label_file(np.append(np.zeros(9_999, np.uint8), np.uint8(10))),
            "has a label 10; expected are 0 to 9",
        ),
        (
            idx.TRAIN_LABELS,
            idx.label_file(np.zeros(60_000, np.uint8)) + b"\n",
            "is too long: 60,009 bytes; expected are 60,008",
        ),
        (idx.TRAIN_IMAGES, mirror.LOGIN_PAGE, "holds a web page"),
        (idx.TEST_LABELS, b"version https://git-lfs.github.com/spec/v1\n", r"\(not an MNIST file\); expected is 2049"),
    ],
    ids=["images' magic", "labels' magic", "27x28", "label 10", "trailing byte", "web page", "LFS pointer"],
)
def test_wrong_content(name, content, message, folder):
    idx.replace(folder / name, content)
    with pytest.raises(ValueError, match=f"{name} .*{message}.*Put the original {name} there, plain or with .gz"):
        sources.find(folder)
