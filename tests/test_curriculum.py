"""What the series must teach: for every point, where it is taught, its picture and the cell that shows it is true."""

import functools
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"

TABLE = Path(__file__).with_name("curriculum.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")] for line in TABLE.splitlines() if line.startswith("| ")
][2:]


@functools.cache
def read(number):
    (path,) = FOLDER.glob(f"{number}_*.ipynb")
    return nbformat.read(path, as_version=4)


def find(number, name):
    (cell,) = [cell for cell in read(number).cells if cell.id == name]
    return cell


def test_the_table_is_whole():
    assert len(ROWS) > 70 and all(len(row) == 5 for row in ROWS)
    assert len({row[0] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("number", "heading"), sorted({(row[1], row[2]) for row in ROWS}))
def test_heading(number, heading):
    lines = "\n".join(cell.source for cell in read(number).cells if cell.cell_type == "markdown").splitlines()
    assert {f"# {heading}", f"## {heading}"} & set(lines)


@pytest.mark.parametrize(("number", "name"), sorted({(row[1], row[3]) for row in ROWS if row[3] != "–"}))
def test_picture(number, name):
    data = [output.get("data", {}) for output in find(number, name).outputs]
    assert any("image/png" in datum for datum in data)


@pytest.mark.parametrize(("number", "name"), sorted({(row[1], row[4]) for row in ROWS if row[4] != "–"}))
def test_cell_that_the_reader_runs(number, name):
    cell = find(number, name)
    assert cell.cell_type == "code"
    assert cell.outputs or name in ("parameters", "imports", "features", "pipeline")
