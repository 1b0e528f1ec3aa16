"""Builds the web edition: lays the pages and the notebooks out for Sphinx and lets it write build/site.

`python tools/build_site.py` names the repository of pyproject.toml in badges and links; where GITHUB_REPOSITORY is set,
as in a workflow of GitHub, that one.
"""

import base64
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from publish import BADGE_LINE, check_repository, relink, repository_of, results_of
from reports import percent

from mnist_helpers import exercises, practice

ROOT = Path(__file__).resolve().parents[1]
BUTTONS = """<p class="open"><a class="button" href="{colab}">Open in Colab</a>
<a class="button" href="{file}" download>Download the notebook</a></p>"""
PADS = {  # the cells of a notebook that a live pad follows, and its networks
    ("01_watch_it_train.ipynb", "pad"): "one_layer",
    ("07_convolutions.ipynb", "pad"): "one_layer deeper convolutional",
    ("10_augmentation.ipynb", "pad"): "convolutional record",
    ("12_your_own_digits.ipynb", "pad"): "one_layer convolutional record",
    ("13_out_of_the_notebook.ipynb", "serve"): "convolutional",
}
LIVE = """This pad is alive: draw on it, and networks that the notebooks have trained answer in the page.

```{{live}} {networks}
```
"""
SLIDER = "*In a running notebook this picture has a slider. Here you see where it begins.*"
FOLDS = """<details><summary>Hints</summary>

{hints}

</details>
<details><summary>A solution</summary>

```python
{solution}
```

</details>"""
TRAIN, VALIDATION = 10_000, 1_000  # practice digits
CHECK = re.compile(r"^exercises\.(\w+)\.check\(", re.MULTILINE)
LINK = re.compile(r"\]\((https://colab[^)]*)\)$")


def build(out, repository=None):
    """Builds the web edition.

    Args:
        out: the folder for it; what was there before is gone. What Sphinx reads and remembers lies beside it.
        repository: `"owner/name"`, where badges and links lead; `None` for that of pyproject.toml.

    Raises:
        ValueError: `repository` is no owner and name.
        CalledProcessError: Sphinx found something wrong, and said what.
    """
    out, old = Path(out), repository_of((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    if repository:
        check_repository(repository)
    source, trees = (out.with_name(f"{out.name}-{name}") for name in ("source", "trees"))
    for folder in (source, out):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "site", source, ignore=shutil.ignore_patterns("__pycache__"))
    measured = json.loads((ROOT / "docs" / "web.json").read_text(encoding="utf-8"))["training"]
    measured |= {row["notebook"]: row for row in results_of()}
    for page in source.glob("*.md"):
        text = relink(page.read_text(encoding="utf-8"), [old], repository or old)
        page.write_text(with_figures(text, measured), encoding="utf-8")
    (source / "notebooks").mkdir()
    notebooks = {
        path.name: json.loads(relink(path.read_text(encoding="utf-8"), [old], repository or old))
        for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    }
    for name, notebook in notebooks.items():
        page = notebook | {"cells": page_cells(notebook["cells"], name)}
        (source / "notebooks" / name).write_text(json.dumps(page, ensure_ascii=False), encoding="utf-8")
    live = source / "static" / "live"
    widget = (ROOT / "mnist_helpers" / "pad.js").read_text(encoding="utf-8")
    (live / "pad.js").write_text(as_script(widget), encoding="utf-8")
    shutil.copy(ROOT / "mnist_helpers" / "pad.css", live)
    (live / "digits.js").write_text(digits_script(), encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", trees, source, out]
    subprocess.run(command, check=True)
    for name, notebook in notebooks.items():
        plain = notebook | {"cells": list(map(without_outputs, notebook["cells"]))}
        text = json.dumps(plain, ensure_ascii=False, indent=1)
        (out / "notebooks" / name).write_text(f"{text}\n", encoding="utf-8")
    (out / ".nojekyll").touch()  # else GitHub Pages leaves out the folders that begin with _


def with_figures(text, measured):
    """Puts what was measured into a page, in the place of `[[one_layer practice]]` and its like: shares in percent."""

    def figure(match):
        value = measured[match[1]][match[2]]
        return percent(value, ".1%") if isinstance(value, float) else str(value)

    return re.sub(r"\[\[(\w+) (\w+)\]\]", figure, text)


def page_cells(cells, name):
    """Makes a page's cells of a notebook's.

    Args:
        cells: list of dictionaries, as nbformat has them.
        name: the notebook's file name.

    Returns:
        A new list: buttons stand in the place of the badge, which another host would have to send, and the title has
        the notebook's number. After a cell comes what stands in for a kernel: live pads where `PADS` says so, hints and
        solutions in the place of an exercise's verdict, a word where a slider stands still.
    """
    made = []
    for cell in cells:
        source = "".join(cell["source"])
        line, _, rest = source.partition("\n")
        if cell["cell_type"] == "markdown" and BADGE_LINE.fullmatch(line):
            numbered = rest.replace("\n# ", f"\n# {name[:2]} · ", 1) if name[:2].isdigit() else rest
            cell = cell | {"source": BUTTONS.format(colab=LINK.search(line)[1], file=name) + "\n" + numbered}
        instead = ""
        if networks := PADS.get((name, cell["id"])):
            instead = LIVE.format(networks=networks)
        elif check := CHECK.search(source):
            cell, instead = without_outputs(cell), folds(getattr(exercises, check[1]))
        elif "sliders.Slider(" in source:
            instead = SLIDER
        made.append(cell)
        if instead:
            made.append({"cell_type": "markdown", "id": f"{cell['id']}-page", "metadata": {}, "source": instead})
    return made


def folds(exercise):
    """The hints and the solution of an `exercises.Exercise`, in Markdown, folded."""
    hints = "\n".join(f"{number}. {hint}" for number, hint in enumerate(exercise.hints, start=1))
    return FOLDS.format(hints=hints, solution=exercise.solution().message)


def practice_digits():
    """`TRAIN` practice digits, and after them `VALIDATION` ones by other writers; as from `practice.digits`."""
    return practice.digits(range((TRAIN + VALIDATION) // 10))


def digits_script():
    """Makes a script that sets the practice digits, for train.js to unpack.

    Returns:
        The text. Pixels have 8 steps of gray, two to a byte; after them come the labels; all is compressed.
    """
    images, classes = practice_digits()
    steps = np.rint(images.reshape(-1, 2) * (7 / 255)).astype(np.uint8)
    packed = (steps[:, 0] << 4 | steps[:, 1]).tobytes() + classes.tobytes()
    data = base64.b64encode(gzip.compress(packed, mtime=0)).decode()
    file = {"count": len(images), "validation": VALIDATION, "data": data}
    return f"globalThis.practiceDigits = {json.dumps(file)};\n"


def as_script(module):
    """Makes a plain script of the notebooks' pad, since a page that is opened from a folder may load no modules."""
    body, export, rest = module.partition("export default { render };")
    if not export or rest.strip():
        raise ValueError("mnist_helpers/pad.js doesn't end with `export default { render };`.")
    return f"(() => {{\n{body}globalThis.DrawingPad = {{ render, trace, SIDE, PEN }};\n}})();\n"


def without_outputs(cell):
    """Returns a cell as a reader wants to run it: a notebook of such cells is a hundredth as large."""
    return cell | {"execution_count": None, "outputs": []} if cell["cell_type"] == "code" else cell


def sizes(out):
    """The bytes of a site's files, and of its pages alone: two lists."""
    files = [path for path in out.rglob("*") if path.is_file()]
    return [path.stat().st_size for path in files], [path.stat().st_size for path in files if path.suffix == ".html"]


def main():
    out = ROOT / "build" / "site"
    build(out, os.environ.get("GITHUB_REPOSITORY"))
    files, pages = sizes(out)
    print(f"{len(pages)} pages, {sum(files) / 1e6:.1f} MB: open {out.relative_to(ROOT) / 'index.html'}")


if __name__ == "__main__":
    main()
