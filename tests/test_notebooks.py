"""The notebooks as they are committed: their frame, their length, their outputs, and what they promise."""

import ast
import json
import re
from pathlib import Path

import nbconvert
import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

import mnist_helpers
from mnist_helpers import exercises, runner

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
TRAINING = [path for path in NOTEBOOKS if "scoreboard.record(" in path.read_text(encoding="utf-8")]
REFERENCE = json.loads((Path(mnist_helpers.__file__).parent / "results.json").read_text(encoding="utf-8"))
ASIDE = {"setup", "exercise", "picture"}  # code that a reader need not understand to follow
FILLER = re.compile(r"\b(just|simply|easily|obviously|of course)\b", re.IGNORECASE)
NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
NUMBERS = {word: number for number, word in enumerate(NUMBERS)} | {"twenty": 20, "thirty": 30, "forty": 40}
NOISE = re.compile(r"warning|deprecat|traceback|oneDNN|cuda_|^[EWI]0000", re.IGNORECASE | re.MULTILINE)


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def code_lines(cell):
    return [line for line in cell.source.splitlines() if line.strip() and not line.strip().startswith("#")]


def printed(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            yield output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))


def word_count(notebook):
    text = re.sub(r"<[^>]+>|\]\([^)]*\)", " ", prose(notebook))
    return len(re.findall(r"[A-Za-z0-9'’%-]+", text))


def tagged(notebook, tag):
    return [cell.source for cell in code_cells(notebook) if tag in cell.metadata.get("tags", ())]


def repository():
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return re.search(r'^Repository = "(https://github.com/[^"]+)"', pyproject, re.MULTILINE)[1]


def test_the_series_is_whole():
    assert len(NOTEBOOKS) >= 6 and len(TRAINING) >= 5
    assert [path.name[:2] for path in NOTEBOOKS] == sorted({path.name[:2] for path in NOTEBOOKS})


@each(NOTEBOOKS)
def test_badge_and_setup_name_the_repository(path):
    notebook = read(path)
    owner_and_name = repository().removeprefix("https://github.com/")
    badge = notebook.cells[0].source.splitlines()[0]
    link = f"https://colab.research.google.com/github/{owner_and_name}/blob/main/notebooks/{path.name}"
    assert badge == f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({link})"
    (setup,) = tagged(notebook, "setup")
    assert setup.splitlines()[-2] == f"    %pip install --quiet git+{repository()}"
    assert 'if not find_spec("mnist_helpers"):' in setup and len(setup.splitlines()) <= 5
    assert code_cells(notebook)[0].source == setup


@each(NOTEBOOKS)
def test_metadata_asks_for_a_gpu(path):
    notebook = read(path)
    assert notebook.metadata["accelerator"] == "GPU"
    assert notebook.metadata["idea"]
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    assert notebook.metadata["language_info"] == runner.LANGUAGE  # nothing of one machine's Python


@each(NOTEBOOKS)
def test_seed_is_set_once_among_the_parameters(path):
    notebook = read(path)
    (parameters,) = tagged(notebook, "parameters")
    assert re.search(r"^SEED = \d+$", parameters, re.MULTILINE)
    source = "\n".join(cell.source for cell in code_cells(notebook))
    seeded = re.findall(r"set_random_seed\((.*?)\)", source)
    assert seeded[0] == "SEED" and set(seeded[1:]) <= {"SEED", "seed"}  # a comparison begins each training alike
    assert all(loop == "range(SEED, SEED + SEEDS)" for loop in re.findall(r"for seed in (.+?)(?::|\])", source))
    assert "set_random_seed(" not in parameters  # papermill puts another SEED below this cell
    capitals = set(re.findall(r"^([A-Z_]+) = ", source, re.MULTILINE))
    assert capitals == set(re.findall(r"^([A-Z_]+) = ", parameters, re.MULTILINE))


@each(NOTEBOOKS)
def test_cells_import_what_teaches(path):
    """What lies behind `data` stays there: cells ask it where the digits are from."""
    source = "\n".join(cell.source for cell in code_cells(read(path)))
    imported = re.findall(r"^from mnist_helpers import (.+)$", source, re.MULTILINE)
    names = {name for line in imported for name in line.split(", ")}
    hidden = {
        "architecture",
        "centering",
        "camera",
        "console",
        "files",
        "ink",
        "pad",
        "photo",
        "pictures",
        "practice_files",
        "readers",
        "runner",
        "sources",
        "strokes",
    }
    assert names and not names & hidden
    assert "mnist_helpers." not in source


@each(NOTEBOOKS)
def test_code_is_short(path):
    cells = code_cells(read(path))
    lengths = [len(code_lines(cell)) for cell in cells]
    lesson = [len(code_lines(cell)) for cell in cells if not ASIDE & set(cell.metadata.get("tags", ()))]
    assert sum(lesson) <= 100
    assert max(lengths) <= 20
    assert sorted(lengths)[len(lengths) // 2] <= 5


@each(NOTEBOOKS)
def test_a_sentence_stands_before_each_cell(path):
    cells = read(path).cells
    for before, cell in zip(cells, cells[1:], strict=False):
        assert cell.cell_type == "markdown" or before.cell_type == "markdown", cell.source


@each(NOTEBOOKS)
def test_no_helper_code_is_copied(path):
    lesson = {
        "03_how_it_learns": ["loss_at", "two_weights_loss", "saddle_loss", "valley_loss", "roll", "train"],
        "04_feed_the_network": ["decode", "prepare"],
        "05_going_deeper": ["build", "trial"],
        "06_overfitting": ["build", "trial"],
        "07_convolutions": ["scramble", "train"],
        "08_ninety_nine_percent": ["build", "one_cycle", "train", "accuracies"],
        "09_one_epoch": ["build_usual", "train", "build", "misread"],
        "10_augmentation": ["augmented", "build", "one_cycle", "train", "misread", "augment"],
        "11_from_drawn_digits": ["train_on"],
        "12_your_own_digits": ["one_layer", "convolutional", "vary_most"],
        "14_clinic": ["build", "train", "own_loss", "careful_loss"],
    }
    defined = []
    for cell in code_cells(read(path)):
        if not {"setup", "exercise"} & set(cell.metadata.get("tags", ())):
            tree = ast.parse(cell.source)
            defined += [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert defined == lesson.get(path.stem, [])


@each(NOTEBOOKS)
def test_frame(path):
    text = prose(read(path))
    for part in (
        "What you'll do:",
        "What you'll learn:",
        "What you'll need:",
        "## Your turn",
        "## Questions",
        "## In practice",
        "## Further reading",
        "**Next:**|**Where to go next:**",
        f"{repository()}/issues",
    ):
        assert any(choice in text for choice in part.split("|")), part
    assert 3 <= text.count("<details>") == text.count("</details>") <= 5


@each(NOTEBOOKS)
def test_opening_says_how_long_it_takes(path):
    notebook = read(path)
    time = re.search(
        r"^\*\*Time:\*\* (\w+) minutes to read, (less than )?(\w+) to run\.$", prose(notebook), re.MULTILINE
    )
    assert 50 <= word_count(notebook) / NUMBERS[time[1]] <= 150  # words a minute, with code and pictures between
    for row in REFERENCE:
        if row["notebook"] == path.stem:
            assert row["train_seconds"] < 60 * NUMBERS[time[3]]


@each(NOTEBOOKS)
def test_links_between_notebooks_lead_somewhere(path):
    for name in re.findall(r"\]\((\d\d_\w+\.ipynb)\)", prose(read(path))):
        assert (path.parent / name).exists(), name


@each(NOTEBOOKS)
def test_outputs_are_those_of_one_clean_run(path):
    cells = code_cells(read(path))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", output.text


@each(NOTEBOOKS)
def test_outputs_are_quiet_and_name_no_folder(path):
    for text in printed(read(path)):
        assert not NOISE.search(text), text
        assert not re.search(r"(?<!\w)(/[a-z]+){2,}/|[A-Z]:\\", text), text


@each(NOTEBOOKS)
def test_outputs_have_pictures_of_mnist(path):
    notebook = read(path)
    pictures = sum("image/png" in output.get("data", {}) for cell in code_cells(notebook) for output in cell.outputs)
    assert pictures >= (5 if path in TRAINING else 3)
    assert any(re.search(r"^MNIST, [^:]+: 50,000 training", text, re.MULTILINE) for text in printed(notebook))


@each(NOTEBOOKS)
def test_each_picture_is_described_and_fits_a_phone(path):
    for cell in code_cells(read(path)):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                metadata = output.metadata["image/png"]
                assert len(metadata["alt"]) > 20 and metadata["width"] <= 500, cell.source
                assert metadata["alt"] in output.data["text/plain"]


@each(NOTEBOOKS)
def test_moving_pictures_are_small_and_widgets_are_pictures(path):
    notebook = read(path)
    assert "widgets" not in notebook.metadata
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert not any("widget" in kind for kind in output.get("data", {}))
            if "<Animation" in str(output.get("data", {}).get("text/plain", "")):
                assert sum(len(str(value)) for value in output.data.values()) < 500_000, cell.source


@each(NOTEBOOKS)
def test_exercises_answer(path):
    cells = [cell for cell in code_cells(read(path)) if "exercise" in cell.metadata.get("tags", ())]
    assert 2 <= len(cells) <= (9 if path.stem == "14_clinic" else 4)  # there, each patient is one
    for cell in cells:
        (name,) = re.findall(r"^exercises\.(\w+)\.check\(", cell.source, re.MULTILINE)
        assert cell.source.endswith(f"# exercises.{name}.hint()\n# exercises.{name}.solution()")
        assert "Not attempted" in cell.outputs[0].data["text/plain"]


def test_every_exercise_is_in_a_notebook():
    text = "\n".join(cell.source for path in NOTEBOOKS for cell in code_cells(read(path)))
    assert sorted(re.findall(r"^exercises\.(\w+)\.check\(", text, re.MULTILINE)) == sorted(exercises.__all__)


@each(TRAINING)
def test_what_was_learned_is_looked_at(path):
    """Each notebook in the way that its own idea asks for."""
    source = "\n".join(cell.source for cell in code_cells(read(path)))
    assert re.search(r"plots\.(mistakes|confusion|weights|filters|feature_maps)\(", source)


@each(NOTEBOOKS)
def test_prose_has_no_filler(path):
    assert FILLER.findall(prose(read(path))) == []


@each(TRAINING)
def test_prose_and_code_are_in_balance(path):
    notebook = read(path)
    lines = sum(len(code_lines(cell)) for cell in code_cells(notebook))
    assert 6 <= word_count(notebook) / lines <= 25


@each(TRAINING)
def test_test_set_is_opened_once(path):
    source = "\n".join(cell.source for cell in code_cells(read(path)))
    loaded, evaluated, *later = re.finditer("test_dataset", source)
    assert source[: evaluated.start()].endswith("model.evaluate(") and source.index("model.fit(") < evaluated.start()
    # Notebook 08 looks into it afterwards: some labels are doubtful. No choice follows.
    assert len(later) == (path.stem == "08_ninety_nine_percent")


@each(TRAINING)
def test_checkpoint_holds_for_every_seed(path):
    (checkpoint,) = [cell.source for cell in code_cells(read(path)) if "scoreboard.checkpoint(" in cell.source]
    start = f'scoreboard.checkpoint("{path.stem}", curves, test_accuracy, '
    assert checkpoint.startswith(start) and checkpoint.endswith(")")
    promised = ast.literal_eval(checkpoint.removeprefix(start).removesuffix(")"))
    assert list(promised) == ["MNIST", "practice digits"]
    floor = promised["MNIST"]
    (row,) = [row for row in REFERENCE if row["notebook"] == path.stem]
    assert row["data_source"].endswith("MNIST")
    assert len(row["test_accuracy_by_seed"]) >= 5
    assert floor < min(row["test_accuracy_by_seed"])
    if row["data_source"] == "MNIST":  # practice digits are as hard: within 1.5 points of it
        assert promised["practice digits"] == pytest.approx(row["test_accuracy"] - 0.015, abs=0.001)


@each(NOTEBOOKS)
def test_nbconvert_makes_a_python_file(path):
    script, resources = nbconvert.get_exporter("script")().from_filename(str(path))
    assert resources["output_extension"] == ".py"
    compile(script, path.name, "exec")


HIDDEN = """\
import sys
from IPython import get_ipython

sys.modules["mnist_helpers"] = None  # as where it is not installed

def pip(line):
    print("pip", line)
    {pip}

get_ipython().register_magic_function(pip)
---
"""


@pytest.mark.slow
def test_a_notebook_alone_installs_the_package(run_notebook):
    (setup,) = tagged(read(NOTEBOOKS[0]), "setup")
    (_, outputs), _ = run_notebook(HIDDEN.format(pip='del sys.modules["mnist_helpers"]') + setup)
    assert outputs[0].text == f"pip install --quiet git+{repository()}\n"


@pytest.mark.slow
def test_a_notebook_alone_says_so_where_the_package_cannot_be_installed(run_notebook):
    (setup,) = tagged(read(NOTEBOOKS[0]), "setup")
    with pytest.raises(CellExecutionError, match="The helper package isn't installed; what pip says above tells why."):
        run_notebook(HIDDEN.format(pip="") + setup)


@pytest.mark.slow
def test_papermills_parameters_count(run_notebook):
    """It puts a cell of its own below the parameters."""
    cells = [cell.source for cell in code_cells(read(NOTEBOOKS[0]))]
    place = cells.index(tagged(read(NOTEBOOKS[0]), "parameters")[0])
    cells = [*cells[2 : place + 1], "SEED = 7", *cells[place + 1 : place + 2], "print(keras.config.floatx(), SEED)"]
    checks = "a = keras.random.uniform([3]); keras.utils.set_random_seed(7); b = keras.random.uniform([3])"
    (*_, outputs), _ = run_notebook("\n---\n".join([*cells, f"{checks}\nprint((a.numpy() == b.numpy()).all())"]))
    assert outputs[0].text == "True\n"
