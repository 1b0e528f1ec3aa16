"""What the unit tests share: MNIST, IDX files written by hand, a cache, mirrors, a notebook's kernel."""

import sys
from pathlib import Path

import idx
import mirror
import nbformat
import numpy as np
import pytest
import web
from nbclient import NotebookClient

from mnist_helpers import practice, sources
from mnist_helpers.files import buckets, mirrors


@pytest.fixture(autouse=True)
def float32():
    """Cells that a test runs may choose another kind of numbers; the next test computes with float32 again."""
    yield
    if "keras" in sys.modules:
        sys.modules["keras"].config.set_dtype_policy("float32")


@pytest.fixture(scope="session")
def mnist_folder():
    """The folder with the real MNIST files: that in MNIST_DATA_DIR, or the cache, filled by a download."""
    source = sources.find()
    if source.name != "MNIST" or buckets.is_bucket(source.train_images):
        pytest.skip(f"needs MNIST on this machine; here are {source.name}, {source.origin}")
    return Path(source.train_images).parent


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


@pytest.fixture(scope="session")
def mnist_gz(mnist_folder):
    """Real MNIST as the mirrors serve it: `{"NAME.gz": bytes}`."""
    packed = {}
    for name in idx.NAMES:
        path = mnist_folder / f"{name}.gz"
        packed[path.name] = path.read_bytes() if path.exists() else idx.compress((mnist_folder / name).read_bytes())
    return packed


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder, far from the user's own; the folders above it have spaces and letters of many scripts."""
    monkeypatch.delenv("MNIST_DATA_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "my cache – Zwischenspeicher 快取"))
    folder = sources.cache_folder()
    if tmp_path not in folder.parents:  # where the system has another way to say it
        folder = tmp_path / "my cache – Zwischenspeicher 快取" / "mnist_helpers"
        monkeypatch.setattr(sources, "cache_folder", lambda: folder)
    sources.forget()
    yield folder
    sources.forget()


@pytest.fixture
def start_mirrors(monkeypatch):
    """Makes the package use these servers, in this order; where one is a function, that is how it answers a GET."""
    servers = []

    def start(*answers):
        started = [mirror.Mirror(answer) if callable(answer) else answer for answer in answers]
        servers.extend(started)
        monkeypatch.setattr(mirrors, "MIRRORS", tuple(server.url for server in started))
        return started

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield start
    for server in servers:
        server.stop()


class Client(NotebookClient):
    """Runs a notebook and keeps, in `shown`, every picture that its kernel shows or puts in the place of another."""

    def process_message(self, message, cell, cell_index):
        if message["msg_type"] in ("display_data", "update_display_data"):
            self.shown.append(message["content"])
        return super().process_message(message, cell, cell_index)


@pytest.fixture
def run_notebook(tmp_path, monkeypatch):
    """Runs code in the kernel of a notebook, its cells divided by lines of `---`.

    Returns the outputs of each cell and the client, which knows the widgets, and what was `shown` in between.
    """
    monkeypatch.delenv("MPLBACKEND", raising=False)

    def run(code):
        cells = [nbformat.v4.new_code_cell(cell) for cell in code.split("\n---\n")]
        notebook = nbformat.v4.new_notebook(cells=cells)
        client = Client(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}})
        client.shown = []
        client.execute()
        return [cell.outputs for cell in cells], client

    return run


@pytest.fixture
def channels_first():
    """Keras as somebody's keras.json may have it."""
    import keras  # here, since most tests do without

    keras.config.set_image_data_format("channels_first")
    yield
    keras.config.set_image_data_format("channels_last")


@pytest.fixture
def drawings(monkeypatch):
    """Makes practice digits that carry the number of their writer in two pixels; returns the writers drawn so far."""
    drawn = []

    def digits(writers):
        drawn.extend(writers)
        numbers = np.repeat(np.asarray(writers), 10)
        images = np.zeros((len(numbers), 28, 28), np.uint8)
        images[:, 0, 0], images[:, 0, 1] = numbers >> 8, numbers & 255
        return images, np.tile(np.arange(10, dtype=np.uint8), len(writers))

    monkeypatch.setattr(practice, "digits", digits)
    return drawn


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The web edition, built once."""
    return web.build_site(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="session", params=["folder", "served"])
def address(site, request):
    """Where the pages are: a folder that somebody unpacked, or a server's."""
    if request.param == "folder":
        yield f"{site.as_uri()}/"
    else:
        with web.served(site) as address:
            yield address


@pytest.fixture(scope="session")
def chromium():
    """A browser without windows."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=web.CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
