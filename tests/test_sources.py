"""Folders, the cache and mirrors, with every fault made for real: on the disk, or by a server on this machine."""

import gzip
import http.server
import os
import re
import socket
import threading

import idx
import numpy as np
import pytest

from mnist_helpers import sources

LOGIN_PAGE = b"\n<!DOCTYPE html><html><body>Please log in to the guest network</body></html>"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder, far from the user's own."""
    monkeypatch.delenv("MNIST_DATA_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = sources.cache_folder()
    if tmp_path not in folder.parents:  # where the system has another way to say it
        folder = tmp_path / "cache" / "mnist_helpers"
        monkeypatch.setattr(sources, "cache_folder", lambda: folder)
    return folder


# --- a folder of yours ---


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
    assert source.name == "your own digits"
    assert source.train_labels == str(folder / (idx.TRAIN_LABELS + ending.get(kind, "")))
    assert source.test_images == str(folder / (idx.TEST_IMAGES + ending.get(kind, ".gz")))


def test_compression_is_told_by_the_content(tmp_path):
    (tmp_path / "plain.gz").write_bytes(b"\x00\x00\x08\x01")
    (tmp_path / "compressed").write_bytes(gzip.compress(b"digits"))
    (tmp_path / "empty").write_bytes(b"")
    assert sources.compression(tmp_path / "plain.gz") == ""
    assert sources.compression(tmp_path / "compressed") == "GZIP"
    assert sources.compression(tmp_path / "empty") == ""


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
    [("digits", "{here}/digits"), ("~/digits", "{home}/digits"), ("gs://bucket/digits", "gs://bucket/digits")],
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
    assert sources.find(mnist_folder).name == "MNIST"


def test_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no folder .*nowhere.*Correct data_dir or .*MNIST_DATA_DIR"):
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
    message = f"{idx.TRAIN_LABELS}.gz is a damaged or truncated gzip file .*Expected is a whole one; copy or download"
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
        (idx.TRAIN_IMAGES, LOGIN_PAGE, "holds a web page"),
        (idx.TEST_LABELS, b"version https://git-lfs.github.com/spec/v1\n", r"\(not an MNIST file\); expected is 2049"),
    ],
    ids=["images' magic", "labels' magic", "27x28", "label 10", "trailing byte", "web page", "LFS pointer"],
)
def test_wrong_content(name, content, message, folder):
    idx.replace(folder / name, content)
    with pytest.raises(ValueError, match=f"{name} .*{message}.*Put the original {name} there, plain or with .gz"):
        sources.find(folder)


# --- mirrors ---


class Mirror(http.server.ThreadingHTTPServer):
    """A server on this machine. `answer(handler)` answers each request; the paths asked for are in `requests`."""

    daemon_threads = True

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.requests, self.stopped = answer, [], threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/mnist/"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        self.stopped.set()
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        try:
            self.server.answer(self)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has given up, as it should

    def log_message(self, *_):
        pass

    def send(self, body, length=None, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def start_mirrors(monkeypatch):
    """Makes the package use one server for each given answer, in that order; returns the servers."""
    servers = []

    def start(*answers):
        servers.extend(map(Mirror, answers))
        monkeypatch.setattr(sources, "MIRRORS", tuple(server.url for server in servers))
        return servers

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def mnist_gz(mnist_folder):
    """Real MNIST as the mirrors serve it: `{"NAME.gz": bytes}`."""
    packed = {}
    for name in idx.NAMES:
        path = mnist_folder / f"{name}.gz"
        packed[path.name] = path.read_bytes() if path.exists() else idx.compress((mnist_folder / name).read_bytes())
    return packed


def serve(files):
    """An answer: the files as they are."""
    return lambda handler: handler.send(files[handler.path.rsplit("/", 1)[-1]])


def status(code):
    return lambda handler: handler.send(b"<html>an error page</html>", status=code)


def login_page(handler):
    handler.send(LOGIN_PAGE)


def redirect_to_login_page(handler):
    if handler.path == "/login":
        return login_page(handler)
    handler.send_response(302)
    handler.send_header("Location", "/login")
    handler.end_headers()


def never_answer(handler):
    handler.server.stopped.wait()


def stall(handler):
    handler.send(b"\x1f\x8b" + 5000 * b"\x00", length=9_912_422)
    handler.server.stopped.wait()


def drip(handler):
    handler.send(b"", length=9_912_422)
    while not handler.server.stopped.wait(0.1):
        handler.wfile.write(b"\x1f")


def break_off(handler):
    handler.send(5000 * b"\x1f", length=9_912_422)


def truncated_gzip(handler):
    handler.send_response(200)  # without a Content-Length, only the content can tell
    handler.end_headers()
    handler.wfile.write(idx.compress(idx.label_file(np.zeros(60_000, np.uint8)))[:50])


def junk(handler):
    handler.send(9_912_422 * b"\x07")


def other_digits(handler):
    pixels = np.zeros((60_000, 28 * 28), np.uint8)
    handler.send(idx.compress(idx.image_file(pixels)))


FAULTS = {
    "403": (status(403), "it answered 403 Forbidden"),
    "404": (status(404), "it answered 404 Not Found"),
    "500": (status(500), "it answered 500 Internal Server Error"),
    "login page": (login_page, r"web page \(a login page\?\)"),
    "redirected to a login page": (redirect_to_login_page, r"web page \(a login page\?\)"),
    "never answers": (never_answer, "no answer within 1 s"),
    "stalls": (stall, "nothing more came within 1 s after 5,002 of 9,912,422 bytes"),
    "drips": (drip, r"only \d+ bytes came in \d+ s"),
    "breaks off": (break_off, "the connection broke after 5,000 of 9,912,422 bytes"),
    "truncated": (truncated_gzip, "it is a damaged or truncated gzip file"),
    "junk": (junk, "not an MNIST file"),
    "other digits": (other_digits, "it is a well-formed file, but not MNIST's"),
}


def files_in(folder):
    return sorted(path.name for path in folder.rglob("*")) if folder.exists() else []


@pytest.mark.parametrize(("answer", "reason"), FAULTS.values(), ids=FAULTS)
def test_mirrors_that_fail(answer, reason, cache, start_mirrors, monkeypatch):
    monkeypatch.setattr(sources, "READ_SECONDS", 1)
    monkeypatch.setattr(sources, "PATIENCE_SECONDS", 0.5)
    first, second = start_mirrors(answer, status(503))
    with pytest.raises(ConnectionError) as caught:
        sources.find()
    message = str(caught.value)
    assert message.startswith(f"No mirror delivered {idx.TRAIN_IMAGES}.gz:\n")
    assert re.search(rf"{first.url}{idx.TRAIN_IMAGES}.gz: .*{reason}", message)
    assert f"{second.url}{idx.TRAIN_IMAGES}.gz: it answered 503 Service Unavailable" in message
    assert "Check the network and run the cell again" in message
    assert "MNIST_DATA_DIR" in message
    assert files_in(cache) == []


def test_no_network(cache, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as unused:  # bound and not listening: every connection is refused
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setattr(sources, "MIRRORS", (f"http://127.0.0.1:{unused.getsockname()[1]}/",))
        with pytest.raises(ConnectionError, match=f"{idx.TRAIN_IMAGES}.gz: no connection\nCheck the network"):
            sources.find()
    assert files_in(cache) == []


@pytest.mark.parametrize("answer", [status(403), login_page, break_off, other_digits], ids=lambda f: f.__name__)
def test_second_mirror_takes_over(answer, cache, start_mirrors, mnist_gz, capsys):
    first, second = start_mirrors(answer, serve(mnist_gz))
    source = sources.find()
    assert source.name == "MNIST"
    assert (len(first.requests), len(second.requests)) == (1, 4)  # who failed is not asked for the other files
    assert files_in(cache) == sorted(mnist_gz)
    for name, content in mnist_gz.items():
        assert (cache / name).read_bytes() == content
    assert f"{first.url}{idx.TRAIN_IMAGES}.gz did not deliver: " in capsys.readouterr().out


def test_cached_files_need_no_network(cache, start_mirrors, mnist_gz, capsys):
    (mirror,) = start_mirrors(serve(mnist_gz))
    first = sources.find()
    assert len(mirror.requests) == 4
    assert f"{idx.TRAIN_IMAGES}.gz: 100%" in capsys.readouterr().out  # progress is shown
    assert sources.find() == first
    assert len(mirror.requests) == 4
    assert capsys.readouterr().out == ""
    assert first.test_labels == str(cache / f"{idx.TEST_LABELS}.gz")


@pytest.mark.parametrize(
    "damaged", [b"", b"\x1f\x8b", b"\x1f\x8b\x08junk", LOGIN_PAGE, "half", "other digits"], ids=str
)
def test_damaged_cached_file_is_downloaded_again(damaged, cache, start_mirrors, mnist_gz, capsys):
    cache.mkdir(parents=True)
    for name, content in mnist_gz.items():
        (cache / name).write_bytes(content)
    name = f"{idx.TEST_LABELS}.gz"
    if damaged == "half":
        damaged = mnist_gz[name][: len(mnist_gz[name]) // 2]
    elif damaged == "other digits":
        damaged = idx.compress(idx.label_file(np.zeros(10_000, np.uint8)))
    (cache / name).write_bytes(damaged)
    (mirror,) = start_mirrors(serve(mnist_gz))
    assert sources.find().name == "MNIST"
    assert mirror.requests == [f"/mnist/{name}"]
    assert (cache / name).read_bytes() == mnist_gz[name]
    assert files_in(cache) == sorted(mnist_gz)
    assert f"The cached file {cache / name} is damaged; downloading it again." in capsys.readouterr().out


def test_whole_files_stay_when_a_later_one_fails(cache, start_mirrors, mnist_gz):
    def images_only(handler):
        serve(mnist_gz)(handler) if "images" in handler.path else break_off(handler)

    start_mirrors(images_only)
    with pytest.raises(ConnectionError, match=f"No mirror delivered {idx.TRAIN_LABELS}.gz"):
        sources.find()
    assert files_in(cache) == [f"{idx.TRAIN_IMAGES}.gz"]


def test_cache_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.delenv("MNIST_DATA_DIR", raising=False)
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(sources, "cache_folder", lambda: tmp_path / "file" / "mnist_helpers")
    with pytest.raises(OSError, match="The cache folder .*mnist_helpers cannot be written .*Set .*XDG_CACHE_HOME to a"):
        sources.find()
