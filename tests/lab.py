"""A real JupyterLab on a folder, and its notebooks in a real browser, for tests of what a reader's hands do."""

import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
import requests
from web import CHROMIUM

ROOT = Path(__file__).parents[1]
PATIENCE = 60  # seconds; a loaded machine is slow
MISSING = ([] if find_spec("jupyterlab") else ["JupyterLab"]) + ([] if CHROMIUM else ["Chromium"])
in_a_browser = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(bool(MISSING), reason=f"needs {' and '.join(MISSING)} on this machine"),
]
expect = pytest.importorskip("playwright.sync_api").expect
expect.set_options(timeout=1000 * PATIENCE)

# Runs code in the notebook's kernel; returns what it prints.
RUN = """async (code) => {
  const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel, future = kernel.requestExecute({ code });
  let printed = "";
  future.onIOPub = ({ header, content }) => {
    if (header.msg_type === "stream") printed += content.text;
    if (header.msg_type === "error") printed += content.traceback.join("\\n");
  };
  await future.done;
  return printed;
}"""
CONNECTED = """() => {
  const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
  return kernel?.status === "idle" && kernel.connectionStatus === "connected";
}"""


class Lab:
    """JupyterLab, serving a folder, with settings of its own."""

    def __init__(self, folder):
        self.folder = folder / "notebooks"
        config = folder / "config" / "labconfig" / "page_config.json"
        for path in (self.folder, config.parent):
            path.mkdir(parents=True)
        config.write_text(json.dumps({"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}))
        places = {f"JUPYTER_{name.upper()}_DIR": str(folder / name) for name in ("config", "data", "runtime")}
        options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0", "--IdentityProvider.token="]
        options += ["--ServerApp.disable_check_xsrf=True"]  # `end_kernels` has no cookie
        options += ["--LabApp.expose_app_in_browser=True", f"--ServerApp.root_dir={self.folder}"]
        self._log = open(folder / "log", "w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env=os.environ | places | {"PYTHONPATH": str(ROOT)},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self.url = self._wait_for_url(folder / "runtime")

    def _wait_for_url(self, folder):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            for path in folder.glob("jpserver-*.json"):
                if (content := path.read_text()).endswith("}"):
                    return json.loads(content)["url"]
            time.sleep(0.1)
        self.stop()
        raise AssertionError(f"JupyterLab doesn't start: {Path(self._log.name).read_text()[-2000:]}")

    def end_kernels(self):
        for kernel in requests.get(f"{self.url}api/kernels").json():
            requests.delete(f"{self.url}api/kernels/{kernel['id']}")

    def stop(self):
        self._process.terminate()  # it ends its kernels, too
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._log.close()


class Notebook:
    """A notebook in a page of a browser: one of the lab's folder, or one of these cells, which are run once."""

    def __init__(self, lab, context, name, *cells):
        if cells:
            notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
            notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
            nbformat.write(notebook, lab.folder / f"{name}.ipynb")
        self.page = context.new_page()
        self.page.set_default_timeout(1000 * PATIENCE)
        self.page.goto(f"{lab.url}doc/tree/{name}.ipynb")
        self.page.wait_for_function(CONNECTED)
        if cells:
            self.run_cells()

    def run_cells(self):
        self.page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")

    def run(self, code):
        """Runs code; returns what it prints."""
        return self.page.evaluate(RUN, code)

    def pad(self, number=0):
        pad = Pad(self.page, number)
        pad.sheet.wait_for()
        return pad


class Pad:
    """A pad in a page, by what a reader sees."""

    def __init__(self, page, number):
        self.page, self.root = page, page.locator(".mnist-pad").nth(number)
        self.sheet, self.seen = self.part("sheet"), self.part("seen")
        self.spoken, self.remark, self.tally = self.part("spoken"), self.part("remark"), self.part("tally")

    def part(self, name):
        return self.root.locator(f".mnist-pad-{name}")

    def button(self, name):
        return self.root.get_by_role("button", name=name, exact=True)

    def place(self, x, y):
        """Where a point of the sheet, from 0 to 1, is in the page."""
        box = self.sheet.bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def stroke(self, *points):
        """Draws a line with the mouse."""
        self.sheet.scroll_into_view_if_needed()
        self.page.mouse.move(*self.place(*points[0]))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.place(*point), steps=4)
        self.page.mouse.up()

    def wait(self):
        """Waits until the kernel has answered to all that was done."""
        self.page.wait_for_function("(root) => root.ariaBusy === 'false'", arg=self.root.element_handle())

    def ink(self, part="sheet"):
        """The pixels of one of its pictures, their red, a list of rows."""
        return self.part(part).evaluate(
            """(canvas) => {
              const { width, height } = canvas, { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
              const red = data.filter((_, index) => index % 4 === 0);
              return [...Array(height).keys()].map((row) => [...red.slice(row * width, (row + 1) * width)]);
            }"""
        )

    def bars(self):
        """The lengths of the bars, in shares of the longest that can be, a list of ten for each network."""
        networks = self.part("network")
        return [
            networks.nth(number).evaluate(
                """(network) => [...network.querySelectorAll(".mnist-pad-bar")].map(
                  (bar) => bar.getBoundingClientRect().width / bar.parentElement.clientWidth)"""
            )
            for number in range(networks.count())
        ]
