"""Practice digits where MNIST cannot be had: what is written, what is said, and that it stays so in one process."""

import gzip
import struct
from types import SimpleNamespace

import idx
import mirror
import numpy as np
import pytest

from mnist_helpers import data, practice, scoreboard, sources

COUNTS = "50,000 training, 10,000 validation and 10,000 test digits"


@pytest.fixture
def no_network(cache, start_mirrors, drawings):
    return start_mirrors(mirror.Refusal(), mirror.Refusal())


def test_what_the_reader_is_told(no_network, capsys):
    for _ in range(2):
        data.load_datasets()
    first, second = (f"{dead.url}{idx.TRAIN_IMAGES}.gz did not deliver: no connection" for dead in no_network)
    lines = capsys.readouterr().out.replace("\r", "\n").splitlines()
    assert [line for line in lines if not line.startswith("Drawing practice digits")] == [
        "MNIST is not on this machine yet; asking 127.0.0.1 and 127.0.0.1 for it.",
        first,
        second,
        "",
        "You are working with practice digits. This package drew them; they are nobody's handwriting.",
        "What you reach on them can't be compared with results on MNIST.",
        "For MNIST, connect to the internet and restart the kernel. "
        "Or name a folder with its four files in MNIST_DATA_DIR.",
        f"practice digits, drawn by this package: {COUNTS}.",
        f"practice digits, drawn by this package: {COUNTS}.",
    ]
    assert any(line.startswith("Drawing practice digits: 100%") for line in lines)


def test_each_set_has_its_own_writers(no_network, cache, drawings):
    source = sources.find()
    assert sorted(drawings) == list(range(7_000))
    for kind, writers in (("train", np.arange(6_000)), ("test", np.arange(6_000, 7_000))):
        count = 10 * len(writers)
        images = gzip.open(getattr(source, f"{kind}_images")).read()
        labels = gzip.open(getattr(source, f"{kind}_labels")).read()
        assert images[:16] == struct.pack(">IIII", 2051, count, 28, 28)
        assert labels[:8] == struct.pack(">II", 2049, count)
        pixels = np.frombuffer(images, np.uint8, offset=16).reshape(count, 784).astype(int)
        np.testing.assert_array_equal(256 * pixels[:, 0] + pixels[:, 1], np.repeat(writers, 10))
        np.testing.assert_array_equal(np.frombuffer(labels, np.uint8, offset=8), np.arange(count) % 10)
    assert source.test_labels == str(cache / f"practice-{practice.VERSION}" / f"{idx.TEST_LABELS}.gz")


def test_drawn_once_and_read_from_then_on(no_network, drawings, capsys):
    first = sources.find()
    drawings.clear()
    capsys.readouterr()
    sources.forget()  # as in another process
    assert sources.find() == first
    assert drawings == []
    assert "What you reach on them can't be compared with results on MNIST." in capsys.readouterr().out


@pytest.mark.parametrize("damage", ["half", "altered", "missing", "swapped"])
def test_damaged_practice_digits_are_drawn_again(damage, no_network, cache, capsys):
    source = sources.find()
    folder = cache / f"practice-{practice.VERSION}"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    path, content = folder / f"{idx.TRAIN_IMAGES}.gz", before[f"{idx.TRAIN_IMAGES}.gz"]
    if damage == "missing":
        path.unlink()
    else:
        bad = {
            "half": content[: len(content) // 2],
            "altered": content[:-5] + bytes([content[-5] ^ 1]) + content[-4:],
            "swapped": before[f"{idx.TEST_IMAGES}.gz"],
        }
        path.write_bytes(bad[damage])
    sources.forget()
    assert sources.find() == source
    assert f"The practice digits in {folder} are damaged; drawing them again.\n" in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_source_stays_when_the_network_comes_back(
    no_network, start_mirrors, mnist_gz, capsys, monkeypatch, tmp_path
):
    practice_source = sources.use()
    (server,) = start_mirrors(mirror.serve(mnist_gz))
    capsys.readouterr()
    assert sources.use() == practice_source
    monkeypatch.setenv("MNIST_RESULTS_FILE", str(tmp_path / "results.json"))
    model = SimpleNamespace(trainable_weights=[np.zeros((784, 10)), np.zeros(10)])
    table = scoreboard.record("01_watch_it_train", model, SimpleNamespace(epochs=1, seconds=1), 0.9)
    assert table.rows()[0][-1] == "practice digits"
    assert server.requests == []
    assert capsys.readouterr().out == ""
    sources.forget()  # the kernel is restarted
    assert sources.find().name == "MNIST"
    assert len(server.requests) == 4


def test_digits_that_vanished_are_found_again(no_network, cache, drawings):
    first = sources.find()
    for path in (cache / f"practice-{practice.VERSION}").iterdir():
        path.unlink()
    assert sources.find() == first
    assert len(drawings) == 14_000


@pytest.fixture
def asked(start_mirrors):
    """What a mirror was asked for; it would hang up without an answer."""
    requests = []
    start_mirrors(mirror.Mirror(requests.append, head=requests.append))
    return requests


@pytest.mark.parametrize("named_by", ["data_dir", "variable"])
def test_practice_digits_by_name(named_by, cache, asked, drawings, monkeypatch, capsys):
    if named_by == "variable":
        monkeypatch.setenv("MNIST_DATA_DIR", "practice digits")
    data_dir = "practice digits" if named_by == "data_dir" else None
    source = sources.find(data_dir)
    assert (source.name, source.origin) == ("practice digits", "drawn by this package")
    assert source.train_images == str(cache / f"practice-{practice.VERSION}" / f"{idx.TRAIN_IMAGES}.gz")
    assert sorted(drawings) == list(range(7_000))
    lines = capsys.readouterr().out.replace("\r", "\n").splitlines()
    assert all(line.startswith("Drawing practice digits") for line in lines if line)  # and no word of MNIST

    drawings.clear()
    assert sources.find(data_dir) == source
    sources.forget()  # as in another process
    assert sources.find(data_dir) == source
    assert drawings == asked == []
    assert capsys.readouterr().out == ""


def test_practice_digits_by_name_although_mnist_is_in_the_cache(cache, asked, drawings, mnist_gz):
    cache.mkdir(parents=True)
    for name, content in mnist_gz.items():
        (cache / name).write_bytes(content)
    assert sources.find().name == "MNIST"
    assert sources.find("practice digits").name == "practice digits"
    assert sources.find().name == "MNIST"
    assert asked == []


def test_practice_digits_by_name_in_the_banner(cache, asked, drawings, capsys):
    train, validation, test = data.load_datasets(128, "practice digits")
    assert capsys.readouterr().out.splitlines()[-1] == f"practice digits, drawn by this package: {COUNTS}."
    assert [len(dataset) for dataset in (train, validation, test)] == [391, 79, 79]
    (images, labels) = next(test.as_numpy_iterator())
    pixels = np.rint(255 * images[:, 0, :2, 0]).astype(int)
    np.testing.assert_array_equal(256 * pixels[:, 0] + pixels[:, 1], 6_000 + np.arange(128) // 10)  # the writers
    np.testing.assert_array_equal(labels.argmax(axis=1), np.arange(128) % 10)
    assert asked == []
