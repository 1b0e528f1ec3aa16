"""Writes what follows from the repository's name and from the results: badges, setup cells, links, table, picture.

`python tools/publish.py` makes them agree with pyproject.toml; `python tools/publish.py owner/name` renames first.
"""

import io
import re
import sys
from pathlib import Path

import nbformat
import reports
from matplotlib.figure import Figure
from reports import percent

from mnist_helpers import pictures, scoreboard
from mnist_helpers.files import idx
from mnist_helpers.runner import in_words

ROOT = Path(__file__).resolve().parents[1]
BADGE_IMAGE = "https://colab.research.google.com/assets/colab-badge.svg"
COLAB = "https://colab.research.google.com/github"
SETUP = """from importlib.util import find_spec

if not find_spec("mnist_helpers"):  # where TensorFlow is missing as well, this takes minutes
    %pip install --quiet git+https://github.com/{repository}
assert find_spec("mnist_helpers"), "The helper package isn't installed; what pip says above tells why.\""""
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"

OWNER_AND_NAME = re.compile(
    r"(?=[^/]{1,39}/)[A-Za-z0-9]+(-[A-Za-z0-9]+)*/(?!\.{1,2}$)(?!.*\.git$)[\w.-]{1,100}", re.ASCII
)
REPOSITORY_LINE = re.compile(r'^(Repository = "https://github\.com/)([^/"]+/[^/"]+)"', re.MULTILINE)
BADGE_LINE = re.compile(rf"\[!\[Open in Colab\]\([^)]*\)\]\({re.escape(COLAB)}/([^/)]+/[^/)]+)/[^)]*\)")


def repository_of(pyproject):
    """Finds the repository in pyproject.toml.

    Args:
        pyproject: the file's text.

    Returns:
        `"owner/name"`.

    Raises:
        ValueError: there is no such URL.
    """
    if match := REPOSITORY_LINE.search(pyproject):
        return match[2]
    raise ValueError('pyproject.toml has no line Repository = "https://github.com/owner/name"; add it.')


def check_repository(repository):
    """Raises a ValueError unless `repository` is an owner and a name that GitHub accepts."""
    if not OWNER_AND_NAME.fullmatch(repository):
        raise ValueError(
            f"{repository!r} is no GitHub repository; expected is owner/name, such as ada/mnist-codelab "
            f"(letters, digits and hyphens in the owner; also dots and underscores in the name)."
        )


def relink(text, old, repository):
    """Makes links lead to another repository.

    Args:
        text: any text.
        old: the repositories that the links may lead to, an iterable of `"owner/name"`.
        repository: `"owner/name"`, where they lead afterwards.

    Returns:
        The new text.
    """
    names = "|".join(map(re.escape, sorted(old)))
    whole = r"(?![\w-]|\.(?!git\b)\w)"  # mnist-codelab, and not the beginning of mnist-codelab-2 or mnist-codelab.js
    text = re.sub(rf"(github\.com/|githubusercontent\.com/|{COLAB}/)({names}){whole}", rf"\g<1>{repository}", text)
    owner, name = repository.split("/")
    for old_owner, old_name in (names.split("/") for names in old):  # the web edition
        pages = rf"https://{re.escape(old_owner)}\.github\.io/{re.escape(old_name)}/"
        text = re.sub(pages, f"https://{owner}.github.io/{name}/", text)
    return text


def badge(repository, file_name):
    """Returns the Markdown of the badge that opens a notebook in Colab."""
    return f"[![Open in Colab]({BADGE_IMAGE})]({COLAB}/{repository}/blob/main/notebooks/{file_name})"


def notebook_text(text, file_name, old, repository):
    """Gives a notebook its badge, its setup cell and its links.

    Args:
        text: the notebook's JSON.
        file_name: such as `"05_going_deeper.ipynb"`.
        old, repository: as for `relink`.

    Returns:
        The new JSON, as nbformat writes it; `text` itself where nothing changes.
    """
    notebook = nbformat.reads(text, as_version=4)
    before = nbformat.writes(notebook)
    for cell in notebook.cells:
        is_setup = "setup" in cell.metadata.get("tags", ())
        cell.source = SETUP.format(repository=repository) if is_setup else relink(cell.source, old, repository)
    first = next(cell for cell in notebook.cells if cell.cell_type == "markdown")
    line, newline, rest = first.source.partition("\n")
    if not BADGE_LINE.fullmatch(line):
        newline, rest = "\n\n", first.source
    first.source = badge(repository, file_name) + newline + rest
    after = nbformat.writes(notebook)
    return text if after == before else after.rstrip("\n") + "\n"


def table(ideas, rows, repository):
    """Makes the README's table of notebooks.

    Args:
        ideas: dictionary from each notebook's name, without its ending, to its idea; in the table's order.
        rows: the results file's rows. A notebook without one gets dashes.
        repository: `"owner/name"`.

    Returns:
        Markdown: the table and, where there are results, a line that says how they were made.
    """
    results = {row["notebook"]: row for row in rows}
    cells = []
    for name, idea in ideas.items():
        accuracy = seconds = "–"
        if row := results.get(name):
            lowest, highest = min(row["test_accuracy_by_seed"]), max(row["test_accuracy_by_seed"])
            accuracy = f"**{percent(row['test_accuracy'])}** ({percent(lowest)}–{percent(highest)})"
            seconds = f"{row['train_seconds']:.0f} s"
        link = f"[{name.replace('_', ' ')}](notebooks/{name}.ipynb) {badge(repository, f'{name}.ipynb')}"
        cells.append((link, idea, accuracy, seconds))
    notebooks = reports.table(("notebook", "idea", "test accuracy", "training time"), cells)
    return f"{notebooks}\n\n{_method(rows)}" if rows else notebooks


def _method(rows):
    counts = sorted({len(row["seeds"]) for row in rows})
    machines = sorted({row["machine"] for row in rows})
    versions = sorted({in_words(row["versions"]) for row in rows})
    return (
        f"Mean of {' or '.join(map(str, counts))} seeds (lowest–highest) on the "
        f"{idx.FILES['test_images'].count:,} test digits, which no choice was made on; "
        f"trained on {' or '.join(machines)}, with {' or '.join(versions)}. `make results` measures it again."
    )


def readme_text(text, new_table):
    """Puts the table between its two markers.

    Args:
        text: the README.
        new_table: what `table` returns.

    Returns:
        The new text.

    Raises:
        ValueError: the markers are missing, or in the wrong order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"README.md has no lines {BEGIN} and, after it, {END}; put them where the table belongs.")
    return f"{before}{begin}\n{new_table}\n{end}{after}"


def progress_figure(ideas, rows):
    """Draws how many test digits each notebook's model misreads.

    Args:
        ideas: as for `table`.
        rows: the results file's rows, in the order of the bars.

    Returns:
        A figure, drawn large enough to be read on a phone.
    """
    total = idx.FILES["test_images"].count
    counts = [round(total * (1 - row["test_accuracy"])) for row in rows]
    figure = Figure(figsize=(5, 0.6 + 0.66 * len(rows)), layout="constrained", facecolor="white")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)
    axis = figure.subplots()
    bars = axis.barh(range(len(rows)), counts, height=0.36, color=pictures.TRAIN_COLOR)
    axis.bar_label(bars, [f"{count:,}" for count in counts], padding=5, fontsize=14, fontweight="bold")
    for position, row in enumerate(rows):
        axis.text(0, position - 0.25, ideas[row["notebook"]], fontsize=12.5)
    axis.set_title(f"Misread, of {total:,} test digits", loc="left", fontsize=14)
    axis.set(xlim=(0, 1.12 * max(counts)), ylim=(len(rows) - 0.75, -0.62))
    axis.axis("off")
    return figure


def png(figure):
    """Returns a figure as the bytes of a PNG file, the same ones each time."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=200, metadata={"Software": None})
    return file.getvalue()


def ideas_of(root=ROOT):
    """Returns each numbered notebook's idea, from its metadata, by its name without the ending."""
    paths = [path for path in _notebooks(root) if path.name[0].isdigit()]
    return {path.stem: nbformat.read(path, as_version=4).metadata.get("idea", "–") for path in paths}


def results_of(root=ROOT):
    """Returns the rows of the committed results file; none where it does not exist yet."""
    return scoreboard.load(root / "mnist_helpers" / "results.json")


def expected_files(root=ROOT, repository=None):
    """Says what the text files must hold.

    Args:
        root: the repository's folder.
        repository: `"owner/name"`; `None` for that in pyproject.toml.

    Returns:
        Dictionary from paths to texts. Where these equal what is on disk, nothing is to be done.

    Raises:
        ValueError: pyproject.toml, the README's markers or `repository` is not as it should be.
    """
    texts = {path: path.read_text(encoding="utf-8") for path in _text_files(root)}
    pyproject = root / "pyproject.toml"
    old = {repository_of(texts[pyproject])}
    if repository:
        check_repository(repository)
        texts[pyproject] = REPOSITORY_LINE.sub(rf'\g<1>{repository}"', texts[pyproject])
    repository = repository_of(texts[pyproject])
    for path in _notebooks(root):  # one that came from elsewhere still has its old badge
        old.update(BADGE_LINE.findall(texts[path])[:1])
    for path in texts.keys() - {pyproject}:
        if path.suffix == ".ipynb":
            texts[path] = notebook_text(texts[path], path.name, old, repository)
        else:
            texts[path] = relink(texts[path], old, repository)
    readme = root / "README.md"
    texts[readme] = readme_text(texts[readme], table(ideas_of(root), results_of(root), repository))
    return texts


def _notebooks(root):
    return sorted((root / "notebooks").glob("*.ipynb"))


def _text_files(root):
    named = [root / name for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md")]
    return [*named, *sorted((root / ".github" / "ISSUE_TEMPLATE").glob("*")), *_notebooks(root)]


def write(root=ROOT, repository=None):
    """Brings the files up to date; arguments and errors as for `expected_files`. Returns the paths that changed."""
    contents = {path: text.encode() for path, text in expected_files(root, repository).items()}
    # The picture tells what each step of the series gains; one who learned from other digits is no step of it.
    if rows := [row for row in results_of(root) if row["data_source"] == "MNIST"]:
        contents[root / "docs" / "progress.png"] = png(progress_figure(ideas_of(root), rows))
    changed = [path for path, content in contents.items() if not path.exists() or path.read_bytes() != content]
    for path in changed:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(contents[path])
    return changed


def main():
    """Runs the command line, names the changed files, and exits with 1 and one line where something is wrong."""
    if len(sys.argv) > 2:
        sys.exit("Usage: python tools/publish.py [owner/name]")
    try:
        changed = write(repository=sys.argv[1] if len(sys.argv) == 2 else None)
    except (ValueError, FileNotFoundError) as error:
        sys.exit(str(error))
    print("\n".join(f"wrote {path.relative_to(ROOT)}" for path in changed) or "Everything is up to date.")


if __name__ == "__main__":
    main()
