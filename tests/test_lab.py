"""The notebooks in a real JupyterLab: each opens, and three of them run from the menu, as readers run them."""

import shutil

import pytest
from lab import ROOT, Lab, Notebook, expect, in_a_browser
from web import screenshot

from mnist_helpers import pad

pytestmark = in_a_browser
NOTEBOOKS = {path.stem: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
CELLS = "jupyterapp.shell.currentWidget.content.widgets.map(({ model }) => model)"
BUSY = "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'busy'"
ERRORS = f"""{CELLS}.filter((cell) => cell.type === "code").flatMap((cell) => cell.outputs.toJSON())
  .filter((output) => output.output_type === "error")"""
RAN = f"""() => {ERRORS}.length > 0 || {CELLS}
  .filter((cell) => cell.type === "code" && cell.sharedModel.source.trim())
  .every((cell) => cell.executionCount !== null)"""
LONGEST = 1_800  # seconds for all cells of a notebook, on a loaded machine


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("lab"))
    for path in NOTEBOOKS.values():
        shutil.copy(path, lab.folder)
    yield lab
    lab.stop()


@pytest.fixture
def context(chromium, lab):
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    yield context
    context.close()
    lab.end_kernels()


def scroll_to(element):
    """Scrolls until an element stays in view: JupyterLab scrolls to the last cell, more than once."""
    while True:
        element.scroll_into_view_if_needed()
        before = element.bounding_box()
        element.page.wait_for_timeout(1000)
        if element.bounding_box() == before:
            return


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_each_notebook_opens(lab, context, name):
    notebook = Notebook(lab, context, name)
    page = notebook.page
    page.locator(".jp-RenderedMarkdown h1").first.wait_for()
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    assert notebook.page.evaluate(f"{CELLS}.length") > 3
    screenshot(page, f"lab/{name}")


@pytest.mark.parametrize(
    ("name", "network"),
    [("00_start_here", None), ("01_watch_it_train", "network"), ("12_your_own_digits", "convolutional")],
)
def test_all_cells_run_from_the_menu(lab, context, name, network):
    notebook = Notebook(lab, context, name)
    page = notebook.page
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(BUSY)
    page.wait_for_function(RAN, timeout=1000 * LONGEST)
    assert page.evaluate(ERRORS) == []
    if network:
        drawn = notebook.pad()
        scroll_to(drawn.sheet)
        for line in pad.sample(7):
            drawn.stroke(*line)
        expect(drawn.spoken).to_contain_text(f"{network}: 7")
    screenshot(page, f"lab/{name}, run")
