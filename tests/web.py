"""The web edition and a browser to look at it with, for tests of both."""

import html.parser
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
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
