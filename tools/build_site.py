"""Builds the web edition: lays the pages and the notebooks out for Sphinx and lets it write build/site.

`python tools/build_site.py` names the repository of pyproject.toml in badges and links; where GITHUB_REPOSITORY is set,
as in a workflow of GitHub, that one.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from publish import BADGE_LINE, check_repository, relink, repository_of

ROOT = Path(__file__).resolve().parents[1]
BUTTONS = """<p class="open"><a class="button" href="{colab}">Open in Colab</a>
<a class="button" href="{file}" download>Download the notebook</a></p>"""
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
    (source / "notebooks").mkdir()
    notebooks = {
        path.name: relink(path.read_text(encoding="utf-8"), [old], repository or old)
        for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    }
    for name, text in notebooks.items():
        (source / "notebooks" / name).write_text(with_buttons(text, name), encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", trees, source, out]
    subprocess.run(command, check=True)
    for name, text in notebooks.items():
        (out / "notebooks" / name).write_text(without_outputs(text), encoding="utf-8")
    (out / ".nojekyll").touch()  # else GitHub Pages leaves out the folders that begin with _


def with_buttons(text, name):
    """Puts buttons in the place of a notebook's badge, which another host would have to send.

    Args:
        text: the notebook's JSON.
        name: its file's name.

    Returns:
        The new JSON. A notebook without a badge is returned as it is.
    """
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        line, _, rest = source.partition("\n")
        if cell["cell_type"] == "markdown" and BADGE_LINE.fullmatch(line):
            cell["source"] = BUTTONS.format(colab=LINK.search(line)[1], file=name) + "\n" + rest
            return json.dumps(notebook, ensure_ascii=False)
    return text


def without_outputs(text):
    """Returns a notebook's JSON as a reader wants to run it, a hundredth as large."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(execution_count=None, outputs=[])
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def main():
    out = ROOT / "build" / "site"
    build(out, os.environ.get("GITHUB_REPOSITORY"))
    files = [path for path in out.rglob("*") if path.is_file()]
    pages, size = sum(path.suffix == ".html" for path in files), sum(path.stat().st_size for path in files)
    print(f"{pages} pages, {size / 1e6:.1f} MB: open {out.relative_to(ROOT) / 'index.html'}")


if __name__ == "__main__":
    main()
