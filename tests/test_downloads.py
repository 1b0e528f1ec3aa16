"""Mirrors, with every fault made for real by a server on this machine."""

import re

import idx
import mirror
import pytest

from mnist_helpers import downloads, sources

FAULTS = {
    "403": (mirror.status(403), "it answered 403 Forbidden"),
    "404": (mirror.status(404), "it answered 404 Not Found"),
    "500": (mirror.status(500), "it answered 500 Internal Server Error"),
    "login page": (mirror.login_page, r"it holds a web page \(a login page\?\)"),
    "redirected to a login page": (mirror.redirect_to_login_page, r"it holds a web page \(a login page\?\)"),
    "never answers": (mirror.never_answer, "no answer within 1 s"),
    "drips headers": (mirror.drip_headers, "no answer within 1 s"),
    "stalls": (mirror.stall, "nothing more came within 1 s after 5,002 of 9,912,422 bytes"),
    "drips": (mirror.drip, r"only \d+ bytes came in \d+ s"),
    "drips after a quick start": (mirror.drip_after_a_quick_start, r"only \d+ bytes came in \d+ s"),
    "breaks off": (mirror.break_off, "the connection broke after 5,000 of 9,912,422 bytes"),
    "truncated": (mirror.truncated_gzip, "it is a damaged or truncated gzip file"),
    "junk": (mirror.junk, r"it begins with the magic number \d+ \(not an MNIST file\)"),
    "other digits": (mirror.other_digits, "it is a well-formed file, but not MNIST's"),
}


def names_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


@pytest.fixture(autouse=True)
def blank_practice_digits(drawings):
    """Where no mirror delivers, practice digits come: here at once."""


@pytest.mark.parametrize(("answer", "reason"), FAULTS.values(), ids=FAULTS)
def test_mirrors_that_fail(answer, reason, cache, start_mirrors, monkeypatch, capsys):
    monkeypatch.setattr(downloads, "READ_SECONDS", 1)
    monkeypatch.setattr(downloads, "PATIENCE_SECONDS", 0.5)
    first, second = start_mirrors(answer, mirror.status(503))
    assert sources.find().name == "practice digits"
    lines = capsys.readouterr().out
    assert re.search(rf"^{first.url}{idx.TRAIN_IMAGES}.gz did not deliver: {reason}", lines, re.MULTILINE)
    assert f"{second.url}{idx.TRAIN_IMAGES}.gz did not deliver: it answered 503 Service Unavailable\n" in lines
    assert first.requests[0] == second.requests[0] == f"/mnist/{idx.TRAIN_IMAGES}.gz"
    assert len(second.requests) == 1  # who failed is not asked for the other files
    assert names_in(cache) == [sources._practice_folder(cache).name]


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (mirror.Refusal, "no connection"),
        (mirror.BlackHole, "no answer within 1 s"),
        (lambda: mirror.Mirror(None, head=mirror.never_answer), "no answer within 1 s"),
        (lambda: mirror.Mirror(None, head=mirror.status(403)), "it answered 403 Forbidden"),
    ],
    ids=["refuses connections", "black hole", "never answers", "403"],
)
def test_mirrors_that_do_not_answer_are_not_asked_for_a_file(server, reason, cache, start_mirrors, monkeypatch, capsys):
    monkeypatch.setattr(sources, "PROBE_SECONDS", 1)
    first, second = start_mirrors(server(), server())
    assert sources.find().name == "practice digits"
    lines = capsys.readouterr().out
    for url in (first.url, second.url):
        assert f"{url}{idx.TRAIN_IMAGES}.gz did not deliver: {reason}\n" in lines
    assert not getattr(first, "requests", None)


@pytest.mark.parametrize("code", [405, 501])
def test_mirror_that_refuses_only_to_be_asked(code, cache, start_mirrors, mnist_gz):
    start_mirrors(mirror.Mirror(mirror.serve(mnist_gz), head=mirror.status(code)))
    assert sources.find().name == "MNIST"


@pytest.mark.parametrize(
    "answer", [mirror.login_page, mirror.break_off, mirror.other_digits], ids=lambda answer: answer.__name__
)
def test_second_mirror_takes_over(answer, cache, start_mirrors, mnist_gz, capsys):
    first, second = start_mirrors(answer, mirror.serve(mnist_gz))
    source = sources.find()
    assert (source.name, source.origin) == ("MNIST", "from 127.0.0.1")
    assert (len(first.requests), len(second.requests)) == (1, 4)  # who failed is not asked for the other files
    assert names_in(cache) == sorted(mnist_gz)
    for name, content in mnist_gz.items():
        assert (cache / name).read_bytes() == content
    assert f"{first.url}{idx.TRAIN_IMAGES}.gz did not deliver: " in capsys.readouterr().out


def test_cached_files_need_no_network(cache, start_mirrors, mnist_gz, capsys):
    start_mirrors(mirror.serve(mnist_gz))
    downloaded = sources.find()
    lines = capsys.readouterr().out
    assert "MNIST is not on this machine yet; asking 127.0.0.1 for it.\n" in lines
    assert f"{idx.TRAIN_IMAGES}.gz: 100%" in lines  # progress is shown

    sources._found.clear()  # as in another process
    (dead,) = start_mirrors(mirror.Refusal())
    cached = sources.find()
    assert (cached.name, cached.origin) == ("MNIST", "from the cache")
    assert cached.test_labels == downloaded.test_labels == str(cache / f"{idx.TEST_LABELS}.gz")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "damaged", [b"", b"\x1f\x8b", b"\x1f\x8b\x08junk", mirror.LOGIN_PAGE, "half", "other digits"], ids=str
)
def test_damaged_cached_file_is_downloaded_again(damaged, cache, start_mirrors, mnist_gz, capsys):
    cache.mkdir(parents=True)
    for name, content in mnist_gz.items():
        (cache / name).write_bytes(content)
    name = f"{idx.TEST_LABELS}.gz"
    if damaged == "half":
        damaged = mnist_gz[name][: len(mnist_gz[name]) // 2]
    elif damaged == "other digits":
        damaged = idx.compress(idx.label_file(idx.marked_digits(10_000, mark=1)[1]))
    (cache / name).write_bytes(damaged)
    (server,) = start_mirrors(mirror.serve(mnist_gz))
    assert sources.find().name == "MNIST"
    assert server.requests == [f"/mnist/{name}"]
    assert (cache / name).read_bytes() == mnist_gz[name]
    assert names_in(cache) == sorted(mnist_gz)
    assert f"The cached file {cache / name} is damaged; downloading it again." in capsys.readouterr().out


def test_whole_files_stay_when_a_later_one_fails(cache, start_mirrors, mnist_gz):
    def images_only(handler):
        mirror.serve(mnist_gz)(handler) if "images" in handler.path else mirror.break_off(handler)

    start_mirrors(images_only)
    assert sources.find().name == "practice digits"
    assert names_in(cache) == [sources._practice_folder(cache).name, f"{idx.TRAIN_IMAGES}.gz"]
    sources._found.clear()
    (server,) = start_mirrors(mirror.serve(mnist_gz))
    assert sources.find().name == "MNIST"
    assert server.requests == [f"/mnist/{name}.gz" for name in idx.NAMES[1:]]
