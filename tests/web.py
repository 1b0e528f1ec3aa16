"""The web edition, served or in a folder, and a browser to look at it with, for tests of both."""

import contextlib
import html.parser
import http.server
import shutil
import sys
import threading
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCREENSHOTS = ROOT / "build" / "screenshots"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MISSING = [name for name in ("sphinx", "myst_nb", "furo", "sphinx_copybutton") if not find_spec(name)]
needs_sphinx = pytest.mark.skipif(bool(MISSING), reason=f"needs {' and '.join(MISSING)}: pip install -e '.[site]'")
needs_browser = pytest.mark.skipif(
    not (CHROMIUM and find_spec("playwright")), reason="needs Playwright and Chromium on this machine"
)


def browsed(test):
    """Marks a test that looks at the web edition in a browser."""
    return pytest.mark.browser(needs_browser(test))


def build_site(folder):
    """Builds the web edition for the repository ada/digits; returns its folder."""
    sys.path.insert(0, str(ROOT / "tools"))
    import build_site

    sys.path.remove(str(ROOT / "tools"))
    build_site.build(folder / "site", "ada/digits")
    return folder / "site"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and logs nothing."""

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder):
    """Serves a folder below its own name, as GitHub Pages serves a project's site; gives the address of its pages."""
    handler = partial(QuietHandler, directory=folder.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{folder.name}/"
        server.shutdown()


def watch(page, address=None):
    """Lets a page note in `troubles` what goes wrong in it, and what it asks of other hosts than `address`."""
    page.troubles = []

    def asked(request):
        if request.url.startswith("http") and not (address and request.url.startswith(address)):
            page.troubles.append(f"asks for {request.url}")

    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("console", lambda line: page.troubles.append(line.text) if line.type == "error" else None)
    page.on("request", asked)


def screenshot(page, name, whole=False):
    """Keeps what a page looks like under build/screenshots, for people to look at."""
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)


class Page(html.parser.HTMLParser):
    """A page's elements, their ids and their text."""

    def __init__(self, path):
        super().__init__()
        self.path, self.elements, self.text = path, [], ""
        self.feed(path.read_text(encoding="utf-8"))
        self.ids = {attributes["id"] for _, attributes in self.elements if "id" in attributes}

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    def all(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]
