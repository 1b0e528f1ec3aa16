"""The runner, with notebooks so small that they need no TensorFlow."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from mnist_helpers import __main__, runner, scoreboard, sources

pytestmark = pytest.mark.slow
RECORD = """\
from mnist_helpers import scoreboard  # stands for scoreboard.record(...)
row = {{"notebook": "{name}", "parameters": 7850, "epochs": 2, "train_seconds": 1.5, "test_accuracy": {accuracy},
       "data_source": "MNIST"}}
scoreboard.save([*scoreboard.load(scoreboard.results_file()), row], scoreboard.results_file())"""


def write_notebook(path, *sources):
    cells = [nbformat.v4.new_markdown_cell("# A title")] + [nbformat.v4.new_code_cell(source) for source in sources]
    cells[1].metadata["tags"] = ["parameters"]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def printed(path):
    """What the cells of an executed notebook wrote to their output."""
    outputs = [output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", ())]
    return "".join(output.get("text", "") for output in outputs)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Every test begins in an empty folder, as the runner changes a variable that belongs to the user."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MNIST_RESULTS_FILE", os.environ["MNIST_RESULTS_FILE"])
    monkeypatch.setattr(scoreboard, "REFERENCE_FILE", tmp_path / "reference.json")
    return tmp_path


def call(monkeypatch, *arguments):
    """Calls `main` as the command line does, and returns the exit status: 0, or what `sys.exit` was given."""
    monkeypatch.setattr(sys, "argv", ["mnist_helpers", *map(str, arguments)])
    try:
        __main__.main()
    except SystemExit as exit:
        return exit.code
    return 0


def test_run_from_the_command_line(home):
    write_notebook(
        home / "notebooks/01_good.ipynb", "import os\nprint(os.getcwd())", RECORD.format(name="01_good", accuracy=0.92)
    )
    write_notebook(home / "notebooks/02_bad.ipynb", "print('before')", "1 / 0", "print('never')")
    write_notebook(home / "notebooks/03_good.ipynb", RECORD.format(name="03_good", accuracy=0.98))
    result = subprocess.run([sys.executable, "-m", "mnist_helpers", "run"], capture_output=True, encoding="utf-8")

    assert result.returncode == 1
    assert result.stderr.strip() == "02_bad.ipynb, code cell 2 (1 / 0): ZeroDivisionError: division by zero"
    lines = result.stdout.splitlines()
    assert lines[0].startswith("01_good: cell 1 of 2, ")
    assert [line.split(" in ")[0] for line in lines if " cells in " in line] == [
        "01_good: 2 of 2 cells",
        "02_bad: 2 of 3 cells",
        "03_good: 1 of 1 cells",
    ]
    assert "01_good   7,850" in result.stdout and "92.00%" in result.stdout  # the table of results

    assert sorted(path.name for path in (home / "build").iterdir()) == [
        "01_good.ipynb",
        "02_bad.ipynb",
        "03_good.ipynb",
        "results.json",
    ]
    assert printed(home / "build/01_good.ipynb").strip() == str(home / "notebooks")
    assert printed(home / "build/02_bad.ipynb") == "before\n"
    assert printed(home / "notebooks/01_good.ipynb") == ""  # the notebooks themselves stay as they were
    rows = json.loads((home / "build/results.json").read_text())
    assert [(row["notebook"], row["test_accuracy"]) for row in rows] == [("01_good", 0.92), ("03_good", 0.98)]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's peak memory")
def test_the_most_memory_is_told_also_once_it_is_free_again(home, capsys):
    path = write_notebook(home / "big.ipynb", "held = bytearray(500_000_000)", "del held")
    assert runner.execute(path, home / "copy.ipynb", home / "results.json") is None
    (memory,) = re.findall(r"2 of 2 cells in \d+ s, at most ([\d,]+) MB", capsys.readouterr().out)
    assert 500 < int(memory.replace(",", "")) < 800


def test_run_of_named_notebooks(home, monkeypatch, capsys):
    (home / "build").mkdir()
    (home / "build" / "results.json").write_text('[{"notebook": "left over from an earlier run"}]')
    path = write_notebook(home / "elsewhere/my own.ipynb", "SEED = 1234\nprint(SEED)")
    assert call(monkeypatch, "run", path, "--build", "build") == 0
    assert printed(home / "build/my own.ipynb") == "1234\n"
    assert json.loads((home / "build/results.json").read_text()) == []
    assert "The executed notebooks and results.json are in build." in capsys.readouterr().out


def test_outputs_stay_in_the_notebook(home, monkeypatch, on_mnist):
    path = write_notebook(home / "notebooks/01_one.ipynb", "print('kept')")
    assert call(monkeypatch, "outputs") == 0
    assert printed(path) == "kept\n"
    assert nbformat.read(path, as_version=4).metadata["language_info"] == runner.LANGUAGE


def test_seed_is_replaced_in_the_parameters_only(home):
    path = write_notebook(
        home / "one.ipynb", "BATCH_SIZE = 128\nSEED = 1234  # any number", "print(SEED)\nSEED = 5", "print(SEED)"
    )
    assert runner.execute(path, home / "copy.ipynb", home / "results.json", parameters={"SEED": 7, "EPOCHS": 1}) is None
    assert printed(home / "copy.ipynb") == "7\n5\n"
    assert "SEED = 7  # any number" in nbformat.read(home / "copy.ipynb", as_version=4).cells[1].source
    assert "SEED = 1234" in path.read_text()


def test_each_cell_twice(home):
    path = write_notebook(home / "one.ipynb", "count = 0", "count += 1\nprint(count)")
    assert runner.execute(path, home / "copy.ipynb", home / "results.json", times=2) is None
    assert printed(home / "copy.ipynb") == "1\n2\n"


def test_cells_with_a_tag_are_left_out(home):
    path = write_notebook(home / "one.ipynb", "print(1)", "print(2)", "print(3)")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2].metadata["tags"] = ["experiment"]
    nbformat.write(notebook, path)
    assert runner.execute(path, home / "copy.ipynb", home / "results.json", leave_out=("experiment",)) is None
    assert printed(home / "copy.ipynb") == "1\n3\n"


def test_dead_kernel(home):
    path = write_notebook(home / "one.ipynb", "import os", "os._exit(1)")
    problem = runner.execute(path, home / "copy.ipynb", home / "results.json")
    assert problem.startswith("one.ipynb, code cell 2: the kernel died. Out of memory, or a processor")


def test_no_notebooks(home, monkeypatch, capsys):
    assert call(monkeypatch, "run") == 2
    error = capsys.readouterr().err
    assert f"there are no notebooks in {home / 'notebooks'}; run this in the repository's root" in error


@pytest.fixture
def trained(home, monkeypatch, on_mnist):
    """Two notebooks that record a result, one that does not, and a stand-in for running them: no kernel is needed."""
    for name in ("01_one", "03_two"):
        write_notebook(home / f"notebooks/{name}.ipynb", RECORD.format(name=name, accuracy=0))
    write_notebook(home / "notebooks/00_start.ipynb", "print('no result')")
    settings = {"data_source": "MNIST", "fails": None, "silent": None}

    def execute(path, output_path, results_file, parameters, leave_out):
        assert leave_out == ("experiment", "exercise")
        seed = parameters["SEED"]
        if path.stem == settings["fails"]:
            return f"{path.name}, code cell 1: ValueError: too bad"
        if path.stem == settings["silent"]:
            return None
        row = {
            "notebook": path.stem,
            "parameters": 7850,
            "epochs": 2,
            "train_seconds": 10.0 + seed,
            "test_accuracy": 0.98 + seed / 100,
            "data_source": settings["data_source"],
        }
        scoreboard.save([*scoreboard.load(results_file), row], results_file)

    monkeypatch.setattr(runner, "execute", execute)
    return settings


@pytest.fixture
def on_mnist(monkeypatch):
    """Lets the runner believe that MNIST is what the notebooks read."""
    mnist = sources.Source("MNIST", "from the cache", *4 * ["no file"])
    monkeypatch.setattr(sources, "find", lambda: mnist)


def test_results_are_means_over_seeds(trained, monkeypatch):
    assert call(monkeypatch, "results", "--seeds", 2) == 0
    one, two = scoreboard.load(scoreboard.REFERENCE_FILE)
    assert (one["notebook"], two["notebook"]) == ("01_one", "03_two")
    assert (one["parameters"], one["epochs"], one["data_source"]) == (7850, 2, "MNIST")
    assert one["seeds"] == [0, 1]
    assert (one["train_seconds"], one["train_seconds_by_seed"]) == (10.5, [10, 11])
    assert (one["test_accuracy"], one["test_accuracy_by_seed"]) == (0.985, [0.98, 0.99])
    assert {"python", "tensorflow", "keras", "numpy"} == set(one["versions"])


def test_results_with_other_seeds(trained, monkeypatch):
    assert call(monkeypatch, "results", "--seeds", 2, "--first-seed", 7) == 0
    one, two = scoreboard.load(scoreboard.REFERENCE_FILE)
    assert one["seeds"] == two["seeds"] == [7, 8]
    assert one["train_seconds_by_seed"] == [17, 18]


@pytest.mark.parametrize("name", ["your own digits", "practice digits", "MNIST, tested on practice digits"])
def test_results_of_other_digits_are_not_kept(name, trained, monkeypatch):
    trained["data_source"] = name
    assert "must come from MNIST" in call(monkeypatch, "results", "--seeds", 1)
    assert not Path(scoreboard.REFERENCE_FILE).exists()


def test_results_of_models_tested_on_mnist_are_kept(trained, monkeypatch):
    trained["data_source"] = "practice digits, tested on MNIST"
    assert call(monkeypatch, "results", "--seeds", 1) == 0
    rows = scoreboard.load(scoreboard.REFERENCE_FILE)
    assert [row["data_source"] for row in rows] == 2 * ["practice digits, tested on MNIST"]


@pytest.mark.parametrize("command", ["outputs", "results"])
def test_what_is_kept_must_come_from_mnist(command, home, folder, monkeypatch):
    monkeypatch.setenv("MNIST_DATA_DIR", str(folder))
    path = write_notebook(home / "notebooks/01_one.ipynb", RECORD.format(name="01_one", accuracy=0.9))
    before = path.read_bytes()
    message = call(monkeypatch, command)
    assert f"What {command} writes is kept in the repository, so it must come from MNIST" in message
    assert "here are your own digits, from your folder. Nothing was changed." in message
    assert path.read_bytes() == before
    assert not Path(scoreboard.REFERENCE_FILE).exists()


@pytest.mark.parametrize("notebook", ["01_one", "03_two"])
def test_results_are_not_kept_when_a_notebook_fails(notebook, trained, monkeypatch):
    trained["fails"] = notebook
    assert f"{notebook}.ipynb, code cell 1: ValueError: too bad" in call(monkeypatch, "results", "--seeds", 1)
    assert not Path(scoreboard.REFERENCE_FILE).exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "typo.ipynb"], "there is no notebook .*typo.ipynb"),
        (["results", "--seeds", "0", "one.ipynb"], "--seeds is 0; expected is 1 or more"),
    ],
)
def test_wrong_arguments(arguments, message, home):
    write_notebook(home / "one.ipynb", "1")
    command = [sys.executable, "-m", "mnist_helpers", *arguments]
    result = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert result.returncode == 2
    assert re.search(message, result.stderr)


def test_a_notebook_that_is_none(home):
    (home / "broken.ipynb").write_text("<<<<<<< HEAD", encoding="utf-8")
    problem = runner.execute(home / "broken.ipynb", home / "copy.ipynb", home / "results.json")
    assert problem.startswith("broken.ipynb is no valid notebook: ")


def test_failed_outputs_leave_the_notebook_alone(home):
    path = write_notebook(home / "one.ipynb", "print(1)", "1 / 0")
    before = path.read_bytes()
    (problem,) = runner.outputs([path], home / "build")
    assert "ZeroDivisionError" in problem
    assert path.read_bytes() == before
    assert "ZeroDivisionError" in (home / "build" / "one.ipynb").read_text(encoding="utf-8")


def test_a_slider_leaves_its_picture_and_no_widget(home):
    source = "\n".join(
        [
            "from mnist_helpers import pictures, sliders",
            "sliders.Slider('size', [1, 2], 1, lambda size: pictures.new_figure(1, 1, size, 'an empty axis')[0])",
        ]
    )
    path = write_notebook(home / "01_slider.ipynb", source)
    assert runner.execute(path, home / "build/01_slider.ipynb", home / "results.json") is None
    notebook = nbformat.read(home / "build/01_slider.ipynb", as_version=4)
    (output,) = notebook.cells[1].outputs
    assert set(output.data) == {"text/html", "image/png", "text/plain"}
    assert "widgets" not in notebook.metadata


def test_the_variable_of_the_caller_stays(home, monkeypatch):
    """The kernel gets the results file; this process keeps the reader's own."""
    monkeypatch.setenv("MNIST_RESULTS_FILE", "mine.json")
    path = write_notebook(home / "one.ipynb", "import os\nprint(os.environ['MNIST_RESULTS_FILE'])")
    assert runner.execute(path, home / "copy.ipynb", home / "results.json") is None
    assert printed(home / "copy.ipynb") == f"{(home / 'results.json').resolve()}\n"
    assert os.environ["MNIST_RESULTS_FILE"] == "mine.json"


def test_results_are_not_kept_when_a_notebook_recorded_nothing(trained, monkeypatch):
    trained["silent"] = "03_two"
    message = call(monkeypatch, "results", "--seeds", 1)
    assert "Not every notebook ran through with every seed; results.json was left as it was." in message
    assert not Path(scoreboard.REFERENCE_FILE).exists()


def test_output_in_a_code_page(home):
    write_notebook(home / "notebooks/01_Größe_数字.ipynb", "1")
    command = [sys.executable, "-m", "mnist_helpers", "run"]
    environment = {**os.environ, "PYTHONIOENCODING": "cp437"}
    result = subprocess.run(command, capture_output=True, env=environment)
    assert result.returncode == 0, result.stderr
    assert b"01_Gr\x94\xe1e_??: 1 of 1 cells" in result.stdout
