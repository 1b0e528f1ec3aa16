"""The web edition: every page, link and picture of it, as files, and as a reader's browser shows it."""

import itertools
import json
import re
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from web import ROOT, Page, browsed, needs_sphinx, screenshot, watch

pytestmark = [pytest.mark.slow, needs_sphinx]


@pytest.fixture(scope="module")
def pages(site):
    return {path.relative_to(site).as_posix(): Page(path) for path in site.rglob("*.html")}


def names():
    return sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_every_notebook_is_a_page_in_reading_order(pages):
    links = [link.get("href", "") for link in pages["index.html"].all("a")]
    listed = [link for link in dict.fromkeys(links) if link.startswith("notebooks/") and "#" not in link]
    assert sorted(listed) == [f"notebooks/{name}.html" for name in names()]
    numbered = [link for link in listed if link[10].isdigit() and "catalog" not in link]
    assert sorted(numbered) == [link for link in numbered]


def test_each_link_leads_somewhere(pages, site):
    broken = []
    for page in pages.values():
        for tag, attributes in page.elements:
            for link in filter(None, (attributes.get("href"), attributes.get("src"))):
                if urlsplit(link).scheme or tag == "base":
                    continue
                path, anchor = urldefrag(link)
                path = path.partition("?")[0]
                target = (page.path.parent / unquote(path)).resolve() if path else page.path
                if not target.exists():
                    broken.append((page.path.name, link))
                elif anchor and target.suffix == ".html":
                    ids = pages[target.relative_to(site.resolve() if target != page.path else site).as_posix()].ids
                    if unquote(anchor) not in ids:
                        broken.append((page.path.name, link))
    assert not broken


def test_nothing_is_fetched_from_another_host(pages):
    for page in pages.values():
        fetched = page.all("img", "script", "iframe", "source", "video") + [
            link for link in page.all("link") if "stylesheet" in link.get("rel", "") or "icon" in link.get("rel", "")
        ]
        for attributes in fetched:
            for link in (attributes.get("src"), attributes.get("href")):
                assert not link or urlsplit(link).scheme in ("", "data"), (page.path.name, link)


def test_buttons_lead_to_this_repository(pages, site):
    for name in names():
        if not name[0].isdigit():
            continue
        links = [link.get("href", "") for link in pages[f"notebooks/{name}.html"].all("a")]
        assert f"https://colab.research.google.com/github/ada/digits/blob/main/notebooks/{name}.ipynb" in links
        assert f"{name}.ipynb" in links
    for name in names():
        notebook = json.loads((site / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
        assert "YOUR_GITHUB_NAME" not in json.dumps(notebook)
        assert not any(cell.get("outputs") for cell in notebook["cells"])
        kept = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
        assert len(notebook["cells"]) == len(kept["cells"])


def test_every_picture_is_described_and_loads_when_it_is_seen(pages):
    for page in pages.values():
        for picture in page.all("img"):
            assert picture.get("alt"), (page.path.name, picture)
            if "pictures/" in picture.get("src", ""):
                assert picture["loading"] == "lazy" and int(picture["width"]) and int(picture["height"])


def test_exercises_unfold_where_nothing_runs(pages):
    for name in names():
        notebook = (ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
        count = len(re.findall(r'^ *"exercises\.\w+\.check\(', notebook, re.MULTILINE))
        text = pages[f"notebooks/{name}.html"].text
        assert text.count("A solution") == text.count("Hints\n") == count and "Not attempted" not in text, name
    assert "steps = 782" in pages["notebooks/01_watch_it_train.html"].text


def test_films_are_complete(pages):
    for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"):
        films = path.read_text(encoding="utf-8").count('<div class=\\"animation-')
        page = pages[f"notebooks/{path.stem}.html"]
        assert len([box for box in page.all("div") if "animation-" in box.get("class", "")]) == films
        frames = re.findall(r"const frames = (\[.*?\])", page.text)
        assert len(frames) == films
        for frame in itertools.chain.from_iterable(map(json.loads, frames)):
            assert (page.path.parent / frame).read_bytes()[8:12] == b"WEBP"


def test_formulas_need_no_script(pages):
    page = pages["notebooks/03_how_it_learns.html"]
    assert len(page.all("math")) > 5 and "\\begin{" not in page.text and "$$" not in page.text


def test_small_enough(pages, site):
    for page in pages.values():
        scripts = [script["src"].partition("?")[0] for script in page.all("script") if "src" in script]
        size = sum((page.path.parent / script).stat().st_size for script in scripts)
        assert page.path.stat().st_size + size < 300_000, page.path.name
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 10_000_000


@pytest.fixture(params=[(390, "dark"), (1000, "light")], ids=["phone, dark", "wide, light"])
def tab(chromium, address, request):
    """A tab that notes what goes wrong, and what it asks other hosts for."""
    width, mode = request.param
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=mode)
    page = context.new_page()
    watch(page, address)
    page.look = f"{width} {mode}"
    yield page
    context.close()


@browsed
def test_each_page_fits_and_is_quiet(tab, address, pages):
    for name in pages:
        tab.goto(f"{address}{name}")
        assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), name
        assert tab.troubles == [], name
        screenshot(tab, f"site/{tab.look}/{name.removesuffix('.html').replace('/', ' ')}")


@browsed
def test_every_film_plays(tab, address, pages):
    seen, expected = 0, sum("animation-" in box.get("class", "") for page in pages.values() for box in page.all("div"))
    for name in pages:
        tab.goto(f"{address}{name}")
        for film in tab.locator("[class^=animation-]").all():
            film.scroll_into_view_if_needed()
            image, slider = film.locator("img"), film.get_by_role("slider")
            slider.fill("0")
            first = image.get_attribute("src")
            film.get_by_role("button", name="Play").click()
            tab.wait_for_function("slider => Number(slider.value) > 0", arg=slider.element_handle())
            assert image.get_attribute("src") != first, name
            assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 200, name
            film.get_by_role("button", name="Stop").click()
            seen += 1
    assert seen == expected >= 8 and tab.troubles == []


@browsed
def test_search_finds_a_word(tab, address):
    tab.goto(f"{address}search.html?q=backpropagation")
    tab.get_by_role("link", name="See how a network learns").first.wait_for()
    assert tab.troubles == []


@browsed
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_accessible(chromium, site, pages, mode):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    context = chromium.new_context(color_scheme=mode, viewport={"width": 1200, "height": 900})
    tab, found = context.new_page(), []
    for name in pages:
        tab.goto((site / name).as_uri())
        tab.wait_for_load_state("networkidle")
        found += [
            (name, violation["id"], violation["nodes"][0]["html"][:200])
            for violation in axe.run(tab).response["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
    context.close()
    assert not found
