"""`make publish`: what follows from the repository's name and from the results."""

import json
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import publish  # noqa: E402

OLD, NEW = "ada/digits", "grace-h/digits.v2"
README = """# Digits
[issues](https://github.com/ada/digits/issues), `git clone https://github.com/ada/digits.git`, and
not https://github.com/ada/digits-2 or https://github.com/ada/digits.js or https://github.com/eve/digits.
The [web edition](https://ada.github.io/digits/), and not https://ada.github.io/digits-2/.

<!-- results:begin -->
old
<!-- results:end -->
The end.
"""
ROW = {
    "notebook": "01_first",
    "parameters": 7850,
    "epochs": 12,
    "train_seconds": 4.6,
    "test_accuracy": 0.9225,
    "seeds": [0, 1],
    "test_accuracy_by_seed": [0.9238, 0.9212],
    "machine": "2 CPU cores, x86_64",
    "versions": {"python": "3.11.9", "keras": "3.15.1"},
    "data_source": "MNIST",
}


def notebook(file_name, badge=True):
    opening = publish.badge(OLD, file_name) + "\n\n" if badge else ""
    cells = [
        nbformat.v4.new_markdown_cell(opening + "# A title ✓", id="title"),
        nbformat.v4.new_code_cell(publish.SETUP.format(repository=OLD), id="setup", metadata={"tags": ["setup"]}),
        nbformat.v4.new_code_cell("1 + 1  # https://github.com/keras-team/keras", id="sum"),
        nbformat.v4.new_markdown_cell("[Tell us](https://github.com/ada/digits/issues/new).", id="end"),
    ]
    cells[2].outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": "2"}, execution_count=1)]
    return nbformat.v4.new_notebook(cells=cells, metadata={"idea": "one idea"})


@pytest.fixture
def root(tmp_path):
    for folder in ("notebooks", "mnist_helpers", ".github/ISSUE_TEMPLATE"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\nname = "x"\n[project.urls]\nRepository = "https://github.com/{OLD}"\n'
    )
    (tmp_path / "README.md").write_text(README)
    (tmp_path / "CONTRIBUTING.md").write_text("Fork https://github.com/ada/digits.\n")
    (tmp_path / ".github/ISSUE_TEMPLATE/config.yml").write_text("url: https://github.com/ada/digits/discussions\n")
    (tmp_path / "mnist_helpers/results.json").write_text(json.dumps([ROW]))
    for name in ("00_start.ipynb", "01_first.ipynb"):
        nbformat.write(notebook(name), tmp_path / "notebooks" / name)
    publish.write(tmp_path)
    return tmp_path


def contents(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_renaming_changes_the_repository_everywhere_and_nothing_else(root):
    before = contents(root)
    changed = publish.write(root, NEW)
    untouched = {"mnist_helpers/results.json", "docs/progress.png"}
    assert {path.relative_to(root).as_posix() for path in changed} == before.keys() - untouched
    after = contents(root)
    for name, old in before.items():
        if name.endswith(".png"):
            assert after[name] == old
            continue
        others = ("ada/digits-2", "ada/digits.js")
        expected = old.decode().replace(others[0], "<0>").replace(others[1], "<1>").replace(OLD, NEW)
        expected = expected.replace("ada.github.io/digits/", "grace-h.github.io/digits.v2/")
        assert after[name].decode() == expected.replace("<0>", others[0]).replace("<1>", others[1])


def test_a_second_run_changes_nothing(root):
    assert publish.write(root) == []
    publish.write(root, NEW)
    assert publish.write(root, NEW) == publish.write(root) == []


def test_renaming_back_restores_every_byte(root):
    before = contents(root)
    publish.write(root, NEW)
    publish.write(root, OLD)
    assert contents(root) == before


@pytest.mark.parametrize(
    "name",
    ["digits", "ada/", "/digits", "ada/b/c", "a da/digits", "-ada/digits", "ada-/digits", "a--b/digits", "a_b/digits"]
    + [
        "ada/..",
        "ada/digits.git",
        "ada/dígits",
        "https://github.com/ada/digits",
        "a" * 40 + "/digits",
        'ada/"x"',
        "a/b\n",
    ],
)
def test_a_bad_name_is_rejected_before_anything_is_written(root, name):
    before = contents(root)
    with pytest.raises(ValueError, match="expected is owner/name"):
        publish.write(root, name)
    assert contents(root) == before


@pytest.mark.parametrize("name", ["a/b", "ada/digits", "Ada-L-1/my_digits.v2-x", "a" * 39 + "/.github"])
def test_a_good_name_is_accepted(name):
    publish.check_repository(name)


def test_an_unchanged_notebook_keeps_its_bytes_and_a_changed_one_is_as_nbformat_writes_it(root):
    compact = json.dumps(nbformat.read(root / "notebooks/01_first.ipynb", as_version=4))
    assert publish.notebook_text(compact, "01_first.ipynb", {OLD}, OLD) == compact
    renamed = publish.notebook_text(compact, "01_first.ipynb", {OLD}, NEW)
    nbformat.write(nbformat.reads(renamed, as_version=4), root / "again.ipynb")
    assert (root / "again.ipynb").read_text(encoding="utf-8") == renamed
    assert "✓" in renamed and OLD not in renamed


def test_a_notebook_from_elsewhere_is_brought_into_line(root):
    path = root / "notebooks/02_new.ipynb"
    nbformat.write(notebook("wrong_name.ipynb"), path)
    publish.write(root, NEW)
    nbformat.write(notebook("another_name.ipynb"), path)  # with the old repository in its badge and links
    publish.write(root)
    nbformat.write(notebook("02_new.ipynb"), root / "expected.ipynb")
    assert path.read_text(encoding="utf-8") == (root / "expected.ipynb").read_text(encoding="utf-8").replace(OLD, NEW)


def test_a_missing_badge_is_added(root):
    text = publish.notebook_text(nbformat.writes(notebook("a.ipynb", badge=False)), "a.ipynb", {OLD}, OLD)
    assert nbformat.reads(text, as_version=4).cells == notebook("a.ipynb").cells


def test_the_table_shows_each_notebook_with_its_result_or_a_dash(root):
    head, _, start, first, _, method = publish.table({"00_start": "tools", "01_first": "one idea"}, [ROW], OLD).split(
        "\n"
    )
    assert head == "| notebook | idea | test accuracy | training time |"
    assert start.endswith("| tools | – | – |")
    assert f"[01 first](notebooks/01_first.ipynb) {publish.badge(OLD, '01_first.ipynb')}" in first
    assert first.endswith("| one idea | **92.25 %** (92.12 %–92.38 %) | 5 s |")
    for fact in ("2 seeds", "10,000", "2 CPU cores, x86_64", "python 3.11.9, keras 3.15.1", "`make results`"):
        assert fact in method


def test_without_results_the_table_has_dashes_and_no_picture_is_drawn(root):
    (root / "mnist_helpers/results.json").unlink()
    (root / "docs/progress.png").unlink()
    publish.write(root)
    assert "| one idea | – | – |\n<!-- results:end -->" in (root / "README.md").read_text(encoding="utf-8")
    assert not (root / "docs/progress.png").exists()


def test_a_readme_without_markers_is_an_error_that_says_what_to_add(root):
    (root / "README.md").write_text("# Digits\n<!-- results:end --> <!-- results:begin -->\n")
    with pytest.raises(ValueError, match="put them where the table belongs"):
        publish.write(root)


def test_the_picture_counts_the_misread_digits_and_is_the_same_each_time(root):
    ideas, rows = {"01_first": "one", "03_next": "two"}, [ROW, {**ROW, "notebook": "03_next", "test_accuracy": 0.98004}]
    figure = publish.progress_figure(ideas, rows)
    assert [bar.get_width() for bar in figure.axes[0].patches] == [775, 200]
    assert {"one", "two", "775", "200"} <= {text.get_text() for text in figure.axes[0].texts}
    assert publish.png(figure) == publish.png(publish.progress_figure(ideas, rows))


def test_the_picture_leaves_out_what_learned_from_other_digits(root):
    picture = root / "docs/progress.png"
    publish.write(root)
    before = picture.read_bytes()
    rows = [ROW, {**ROW, "notebook": "09_drawn", "data_source": "practice digits, tested on MNIST"}]
    (root / "mnist_helpers/results.json").write_text(json.dumps(rows))
    publish.write(root)
    assert picture.read_bytes() == before


def test_the_committed_files_are_up_to_date():
    for path, text in publish.expected_files(ROOT).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is not up to date; run `make publish`."
