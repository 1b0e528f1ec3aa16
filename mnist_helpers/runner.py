"""Runs notebooks, each in a kernel of its own, and keeps what they reach."""

import copy
import os
import platform
import re
import shutil
import statistics
import sys
import threading
import time
from importlib import metadata
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from mnist_helpers import console, scoreboard

QUIET = ["--IPKernelApp.log_level=ERROR"]  # newer kernels warn about a connection that never leaves the machine
LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python", "nbconvert_exporter": "python"}


class Progress:
    """Says which code cell of which notebook runs, and for how long: in place on a terminal, else line by line.

    At the end it also says how much memory the notebook took, where the system tells (Linux does).
    """

    # By hand, since tqdm draws when something advances: during a training of minutes nothing does, and in a log, where
    # nothing can be drawn in place, it writes all on one line.

    def __init__(self, name, cell_count):
        self.name, self.cell_count = name, cell_count
        self.cell, self.source, self.peak_memory = 0, "", None
        self._start = self._cell_start = time.monotonic()
        self._in_place = sys.stdout.isatty()
        self._finished = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._finished.set()
        self._thread.join()
        clear = "\r\x1b[K" if self._in_place else ""
        seconds = time.monotonic() - self._start
        memory = f", at most {self.peak_memory:,.0f} MB" if self.peak_memory else ""
        console.say(f"{clear}{self.name}: {self.cell} of {self.cell_count} cells in {seconds:.0f} s{memory}")

    def start_cell(self, cell, cell_index):
        """Takes the call that nbclient makes as each code cell starts."""
        self._cell_start = time.monotonic()
        self.cell, self.source = self.cell + 1, cell.source
        if not self._in_place:
            self._say()

    def _tick(self):
        while not self._finished.wait(0.5 if self._in_place else 15):
            self._say()

    def _say(self):
        now = time.monotonic()
        line = f"{self.name}: cell {self.cell} of {self.cell_count}, {now - self._start:.0f} s so far"
        if now - self._cell_start >= 1:
            line += f", {now - self._cell_start:.0f} s in this cell"
        print(f"\r\x1b[K{line}" if self._in_place else line, end="" if self._in_place else "\n", flush=True)


def with_parameters(source, parameters):
    """Returns the code of a parameters cell with other numbers, `{name: number}`; a name that it lacks is left out."""
    for name, number in parameters.items():
        source = re.sub(rf"^{name} = [\d.]+", f"{name} = {number}", source, flags=re.MULTILINE)
    return source


def environment():
    """Returns on which machine and with which versions this runs: a dictionary to put beside what was measured."""
    return {
        "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in ("tensorflow", "keras", "numpy")},
        },
    }


def in_words(versions):
    """Returns the versions that `environment` kept, in words, such as "python 3.11.7, keras 3.15.1"."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def peak_memory(pid):
    """Returns the most memory that a running process has held so far, in MB (10⁶ bytes); `None` if it isn't known."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return None
    match = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(match[1]) * 1024 / 1e6 if match else None


def execute(path, output_path, results_file, parameters=None, times=1, leave_out=()):
    """Runs a notebook from top to bottom in a kernel of its own.

    Args:
        path: the notebook.
        output_path: where the executed copy goes, also when a cell fails.
        results_file: where the notebook's scoreboard row goes.
        parameters: dictionary of numbers to put in place of those in the notebook's parameters cell; `None` for none.
        times: how often each cell is run before the next.
        leave_out: tags; cells that have one of them are neither run nor kept.

    Returns:
        `None`, or a string that names the cell that failed and its error.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        return f"{path.name} is no valid notebook: {error}"
    notebook.cells = [cell for cell in notebook.cells if not set(leave_out) & set(cell.metadata.get("tags", ()))]
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", ()):
            cell.source = with_parameters(cell.source, parameters or {})
    if times > 1:
        notebook.cells = [copy.deepcopy(cell) for cell in notebook.cells for _ in range(times)]
        for index, cell in enumerate(notebook.cells):
            cell.id = str(index)
    problem = None
    with Progress(path.stem, sum(cell.cell_type == "code" for cell in notebook.cells)) as progress:

        def measure_memory(**_):
            progress.peak_memory = peak_memory(client.km.provisioner.pid)

        client = NotebookClient(
            notebook,
            timeout=None,
            kernel_name="python3",
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": str(path.parent)}},
            extra_arguments=QUIET,
            on_cell_execute=progress.start_cell,
            on_cell_executed=measure_memory,
        )
        try:
            client.execute(env={**os.environ, "MNIST_RESULTS_FILE": str(Path(results_file).resolve())})
        except CellExecutionError as error:
            last_line = progress.source.strip().splitlines()[-1]
            problem = f"{path.name}, code cell {progress.cell} ({last_line}): {error.ename}: {error.evalue}".rstrip(
                ": "
            )
        except DeadKernelError:
            problem = (
                f"{path.name}, code cell {progress.cell}: the kernel died. Out of memory, or a processor that "
                f"TensorFlow does not support? This may tell: {sys.executable} -c 'import tensorflow'"
            )
    notebook.metadata["language_info"] = LANGUAGE  # the kernel's own names the Python version of one machine
    _keep_pictures_of_widgets(notebook)
    output_path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, output_path)
    return problem


def _keep_pictures_of_widgets(notebook):
    """Removes the widgets, which end with their kernel; a picture stands beside each in its output."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)


def run(notebooks, build):
    """Runs the notebooks into `build` and prints the scoreboard. Returns the problems as a list of strings."""
    results_file = build / "results.json"
    results_file.unlink(missing_ok=True)
    problems = [problem for path in notebooks if (problem := execute(path, build / path.name, results_file))]
    rows = scoreboard.load(results_file)
    scoreboard.save(rows, results_file)
    console.say(f"\n{scoreboard.Scoreboard(rows, scoreboard.load(scoreboard.REFERENCE_FILE))}\n")
    console.say(f"The executed notebooks and results.json are in {build}.")
    return problems


def outputs(notebooks, build):
    """Runs the notebooks and keeps their outputs in them, unless a cell fails. Returns the problems."""
    results_file = build / "outputs.json"
    if len(notebooks) > 1:  # of one alone, the scoreboard still shows the rows before it
        results_file.unlink(missing_ok=True)
    problems = []
    for path in notebooks:
        if problem := execute(path, build / path.name, results_file):
            problems.append(problem)
        else:
            shutil.copyfile(build / path.name, path)
    return problems


def results(notebooks, build, seeds):
    """Trains every notebook's model with each seed of a range, writes the committed results. Returns the problems."""
    notebooks = [path for path in notebooks if "scoreboard.record(" in path.read_text(encoding="utf-8")]
    if not notebooks:
        return ["None of these notebooks has scoreboard.record(…), so there is nothing to measure; name one that has."]
    rows, problems = [], []
    for number, seed in enumerate(seeds, start=1):
        console.say(f"Seed {seed}, {number} of {len(seeds)}")
        results_file = build / "seeds" / f"{seed}.json"
        results_file.unlink(missing_ok=True)
        for path in notebooks:
            # Experiments compare networks by themselves: what a notebook promises doesn't hang on them.
            output_path, left_out = build / "seeds" / path.name, ("experiment", "exercise")
            if problem := execute(path, output_path, results_file, {"SEED": seed}, leave_out=left_out):
                problems.append(problem)
        rows += [{"seed": seed, **row} for row in scoreboard.load(results_file)]
    if problems or len(rows) != len(seeds) * len(notebooks):
        return [*problems, "Not every notebook ran through with every seed; results.json was left as it was."]
    if not all(row["data_source"].endswith("MNIST") for row in rows):
        return [*problems, "The committed results must come from MNIST; results.json was left as it was."]
    known = {path.stem for path in notebooks[0].parent.glob("*.ipynb")}  # a renamed notebook's row goes
    summaries = {row["notebook"]: row for row in scoreboard.load(scoreboard.REFERENCE_FILE) if row["notebook"] in known}
    summaries |= {path.stem: _summary(path.stem, rows) for path in notebooks}
    scoreboard.save([summaries[name] for name in sorted(summaries)], scoreboard.REFERENCE_FILE)
    console.say(f"Wrote {scoreboard.REFERENCE_FILE}.")
    return problems


def _summary(notebook, rows):
    """One row for all seeds: means, and the figures that they are the means of."""
    rows = [row for row in rows if row["notebook"] == notebook]
    accuracies = [row["test_accuracy"] for row in rows]
    return {
        **{key: rows[0][key] for key in ("notebook", "parameters", "epochs", "data_source")},
        "train_seconds": round(statistics.mean(row["train_seconds"] for row in rows), 2),
        "test_accuracy": round(statistics.mean(accuracies), 5),
        "seeds": [row["seed"] for row in rows],
        "train_seconds_by_seed": [row["train_seconds"] for row in rows],
        "test_accuracy_by_seed": accuracies,
        **environment(),
    }
