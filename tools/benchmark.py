"""Measures networks, pipeline and live curves side by side: `python tools/benchmark.py [--seeds 3 --first-seed 0]`.

Each training has a process of its own, and the networks take turns, seed by seed, so that the machine's moods meet all
of them. After each seed it writes docs/benchmark.json, and from it docs/benchmark.md and docs/benchmark.png.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import publish
import reports
from matplotlib.figure import Figure
from nbclient import NotebookClient
from reports import percent, say, table

from mnist_helpers import device, pictures, scoreboard
from mnist_helpers.files import idx
from mnist_helpers.runner import QUIET, environment, in_words

device.start()  # before the imports below, which load TensorFlow; processes inherit the variables that it sets
import train_one  # noqa: E402

from mnist_helpers import data  # noqa: E402

TOOLS = Path(__file__).resolve().parent
DOCS = TOOLS.parent / "docs"
GOAL = 0.99

EPOCHS = {"one dense layer": 10, "convolutional model": 4}


def in_kernel(cell_sources):
    """Runs cells in a real IPython kernel, where the live curves are drawn.

    Args:
        cell_sources: list of strings, the cells' code.

    Returns:
        List of the numbers that they end with; `None` for a cell without one.
    """
    cells = [nbformat.v4.new_code_cell(source) for source in cell_sources]

    def show(cell, cell_index):
        say(f"{cell_index + 1} of {len(cells)}: {cell.source.strip().splitlines()[0]}")

    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=None, kernel_name="python3", extra_arguments=QUIET, on_cell_start=show).execute()
    for cell in cells:
        drawn = any("image/png" in output.get("data", {}) for output in cell.outputs)
        assert drawn == ("live=True" in cell.source), f"The curves were {'' if drawn else 'not '}drawn: {cell.source}"
    texts = [[out.data["text/plain"] for out in cell.outputs if out.output_type == "execute_result"] for cell in cells]
    return [float(text[0]) if text else None for text in texts]


def live_curves(runs):
    """Trains with and without `callbacks.TrainingCurves` by turns, and draws the practice digits once.

    Args:
        runs: pairs of trainings for each network.

    Returns:
        `(curves, drawing)`: dictionary from the network's name to its seconds `[without, with]`, the least of all runs,
        and seconds.
    """
    cells = [(TOOLS / "live_curves.py").read_text(encoding="utf-8")]
    for name in EPOCHS:
        # Warms up, and isn't counted. (One epoch would draw nothing, since a single point is no curve.)
        cells += [f"train({name!r}, epochs=2, live={live})" for live in (False, True)]
        for run in range(runs):
            order = (False, True) if run % 2 else (True, False)
            cells += [f"train({name!r}, epochs={EPOCHS[name]}, live={live})" for live in order]
    cells.append("draw()")
    seconds = in_kernel(cells)

    def least(cell):
        return min(value for source, value in zip(cells, seconds, strict=True) if source == cell)

    curves = {
        name: [least(f"train({name!r}, epochs={epochs}, live={live})") for live in (False, True)]
        for name, epochs in EPOCHS.items()
    }
    return curves, seconds[-1]


def in_process(script, *arguments):
    """Runs one of the tools in a process of its own; what it says is shown only where it fails. Returns its result."""
    try:
        return reports.in_process(script, *arguments, stderr=subprocess.PIPE)
    except RuntimeError as error:
        sys.exit(f"{error} Earlier seeds are kept.")


def measure(seeds, runs, keep):
    """Measures everything.

    Args:
        seeds: range of whole numbers, one training of each network for each.
        runs: pairs of trainings with and without live curves.
        keep: function that takes what was measured so far, after each seed: a dictionary, as docs/benchmark.json holds
            it.
    """
    start = time.monotonic()
    say("pipeline and settings")
    speed = in_process("speed.py")
    curves, drawing = live_curves(runs)
    names = [*train_one.CELLS, *train_one.OTHERS]
    trainings, trials = {name: [] for name in names}, []
    for number, seed in enumerate(seeds, start=1):
        for position, name in enumerate(names, start=1):
            trainings[name].append(in_process("train_one.py", name, seed))
            seconds, accuracy = sum(trainings[name][-1]["seconds"]), trainings[name][-1]["accuracies"][-1]
            done = f"seed {number} of {len(seeds)}, network {position} of {len(names)}"
            say(f"{done}: {name}, {seconds:.1f} s, {accuracy:.2%}")
        trials.append(in_process("train_one.py", "trials", seed))
        say(f"seed {number} of {len(seeds)}: notebook 09, one change at a time")
        keep(
            {
                **environment(),
                "minutes": round((time.monotonic() - start) / 60),
                "seeds": list(seeds)[:number],
                "trainings": trainings,
                "trials": trials,
                **speed,
                "live_curves": curves,
                "drawing": drawing,
            }
        )


def seconds_to(training, goal=GOAL):
    """Returns the training seconds after which the test accuracy was first at the goal; `None` if it never was."""
    for epoch, accuracy in enumerate(training["accuracies"], start=1):
        if accuracy >= goal:
            return sum(training["seconds"][:epoch])
    return None


def spread(values, form):
    """Returns the median of some numbers and, in parentheses, the lowest and the highest, each formatted."""
    median, lowest, highest = (form.format(value) for value in (statistics.median(values), min(values), max(values)))
    return f"**{median}** ({lowest}–{highest})" if len(values) > 1 else f"**{median}**"


def title(name):
    """Returns how a table calls a network: the notebooks' without underscores."""
    return name.replace("_", " ") if name in train_one.CELLS else name


def networks_table(trainings):
    """Returns the table of all networks in Markdown; `trainings` as docs/benchmark.json holds them."""
    rows = []
    for name, runs in trainings.items():
        memories = [run["peak_memory"] for run in runs if run["peak_memory"]]
        reached = [seconds for run in runs if (seconds := seconds_to(run)) is not None]
        first = spread(reached, "{:.1f} s") if reached else "never"
        if 0 < len(reached) < len(runs):
            first += f", {len(reached)} of {len(runs)} seeds"
        rows.append(
            (
                title(name),
                f"{runs[0]['parameters']:,}",
                first,
                spread([100 * run["accuracies"][-1] for run in runs], "{:.2f} %"),
                len(runs[0]["seconds"]),
                spread([sum(run["seconds"]) for run in runs], "{:.1f} s"),
                f"{statistics.median(sum(run['cpu_seconds']) for run in runs):.0f} s",
                f"{statistics.median(memories):,.0f} MB" if memories else "not known",
            )
        )
    headings = ("network", "parameters", "to 99.0 %", "at the end", "epochs", "training", "CPU time", "memory")
    return table(headings, rows)


def trials_table(trials):
    """Returns the table of notebook 09's trials in Markdown; `trials` as docs/benchmark.json holds them."""
    rows = []
    for runs in zip(*trials, strict=True):
        seconds, accuracies = [run[1] for run in runs], [run[2] for run in runs]
        rows.append((runs[0][0], spread(seconds, "{:.1f} s"), spread(accuracies, "{:.2f} %")))
    return table(("trial", "one epoch", "validation accuracy"), rows)


def altered_table(trainings):
    """Returns the table of mistakes on altered test digits in Markdown: means over the seeds, mean and worst."""
    rows = []
    for name, runs in trainings.items():
        shares = [statistics.mean(run["altered"][kind] for run in runs) for kind in runs[0]["altered"]]
        unaltered = 1 - statistics.mean(run["accuracies"][-1] for run in runs)
        numbers = [unaltered, *shares, statistics.mean(shares), max(shares)]
        rows.append((title(name), *map(percent, numbers)))
    kinds = next(iter(trainings.values()))[0]["altered"]
    return table(("network", "as they are", *kinds, "**mean**", "**worst**"), rows)


def report(measured):
    """Returns docs/benchmark.md as a string, from what docs/benchmark.json holds."""
    trainings = measured["trainings"]
    seeds = ", ".join(map(str, measured["seeds"]))
    versions = in_words(measured["versions"])
    pipelines = [(name, f"{first:,}", f"{later:,}") for name, (first, later) in measured["pipelines"].items()]
    waiting = [
        (title(name), f"{pipeline:.2f} s", f"{batch:.2f} s", percent(pipeline / batch - 1, "+.0%"))
        for name, (pipeline, batch) in measured["waiting"].items()
    ]
    settings = next(iter(measured["choices"].values()))
    choices = [
        (setting, *(f"{seconds[setting]:.2f} s" for seconds in measured["choices"].values())) for setting in settings
    ]
    curves = [
        (
            name,
            EPOCHS[name],
            f"{without:.2f} s",
            f"{with_curves:.2f} s",
            percent(with_curves / without - 1, "+.1%"),
        )
        for name, (without, with_curves) in measured["live_curves"].items()
    ]
    return f"""# How fast, and how good

All of this was measured by one `make benchmark` of {measured["minutes"]} minutes on {measured["machine"]},
with {versions}.
Each network was trained with the random seeds {seeds} on the same {data.TRAIN_COUNT:,} digits.
Networks take turns, so that all meet the machine's moods.

![Misread test digits against training time](benchmark.png)

## Networks

Time is training alone, without any evaluation. "To 99.0 %" is the time until the test accuracy was first at 99.0 % at
the end of an epoch. Median (lowest–highest). CPU time counts the seconds of all cores; memory is the most that the
process held, where the system tells. Notebook 10 averages weights: its last accuracy is that of the averages.

{networks_table(trainings)}

The networks of others are rebuilt from their published layers and rates: both convolutional ones of "TensorFlow, Keras
and deep learning, without a PhD", and Keras's example mnist_convnet.

## One change at a time

Notebook 09's trials, each from new weights. Median (lowest–highest).

{trials_table(measured["trials"])}

## Altered digits

Misread test digits when all are shifted, turned, scaled and so on (`mnist_helpers/alterations.py` says by how much).
Mean of the seeds.

{altered_table(trainings)}

## The pipeline

Images per second that `data.load_datasets` delivers, and that a pipeline would which decodes image by image.

{table(("decoding", "first epoch", "later epochs"), pipelines)}

Does a network wait for its data? Seconds of an epoch on the pipeline, and on one batch that lies in memory; the least
of several runs, since other work of the machine only adds to it. On a CPU both share the cores: the pipeline's own
work shows here even where no step waits. The first step of an epoch does, while the shuffle buffer is filled.

{table(("network", "pipeline", "one batch", "difference"), waiting)}

## Settings

Seconds of an epoch with Adam and other settings of Keras and TensorFlow, reckoned from the least of several runs.

{table(("setting", *map(title, measured["choices"])), choices)}

## Live curves

Seconds of training without and with `callbacks.TrainingCurves`, the least of several runs.

{table(("network", "epochs", "without", "with", "difference"), curves)}

Drawing all practice digits takes {measured["drawing"]:.1f} s.
"""


def figure(trainings):
    """Draws misread test digits against training time, one line a network, of its median seed.

    Args:
        trainings: as docs/benchmark.json holds them.

    Returns:
        A figure with logarithmic axes.
    """
    total = idx.FILES["test_images"].count
    drawn = Figure(figsize=(5, 5.6), layout="constrained", facecolor="white")
    axis = drawn.subplots()
    colors = iter(("tab:orange", "tab:red", "tab:purple"))
    for name, runs in trainings.items():
        run = sorted(runs, key=lambda run: run["accuracies"][-1])[len(runs) // 2]
        seconds = [sum(run["seconds"][:epoch]) for epoch in range(1, len(run["seconds"]) + 1)]
        mistakes = [total * (1 - accuracy) for accuracy in run["accuracies"]]
        if name in train_one.CELLS:
            axis.plot(seconds, mistakes, "o-", color=pictures.TRAIN_COLOR, markersize=3)
            axis.annotate(name[:2], (seconds[-1], mistakes[-1]), (5, -3), textcoords="offset points", fontweight="bold")
        else:
            axis.plot(seconds, mistakes, "o-", color=next(colors), markersize=3, linewidth=1, label=name)
    axis.plot([], [], "o-", color=pictures.TRAIN_COLOR, markersize=3, label="these notebooks, by number")
    axis.axhline(total * (1 - GOAL), color="gray", linewidth=0.8, linestyle="--")
    axis.set(xscale="log", yscale="log", xlabel="seconds of training", ylabel=f"misread, of {total:,} test digits")
    axis.set_xticks([1, 3, 10, 30, 100, 300], ["1", "3", "10", "30", "100", "300"])
    axis.set_yticks([30, 50, 100, 200, 500, 1000], ["30", "50", "100", "200", "500", "1,000"])
    axis.minorticks_off()
    axis.margins(x=0.1)  # room for the numbers
    drawn.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return drawn


def write(measured, docs):
    """Writes the report and its picture. Returns their paths."""
    docs.mkdir(exist_ok=True)
    (docs / "benchmark.md").write_text(report(measured), encoding="utf-8")
    (docs / "benchmark.png").write_bytes(publish.png(figure(measured["trainings"])))
    return [docs / "benchmark.md", docs / "benchmark.png"]


def main():
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each network")
    parser.add_argument("--first-seed", type=int, default=0, help="seed of the first of them")
    parser.add_argument("--runs", type=int, default=5, help="pairs of trainings with and without live curves")
    parser.add_argument(
        "--report", action="store_true", help="measure nothing, write the report of docs/benchmark.json"
    )
    arguments = parser.parse_args()
    if arguments.seeds < 1:
        parser.error(f"--seeds is {arguments.seeds}; expected is 1 or more")
    results_file = DOCS / "benchmark.json"
    if not arguments.report:
        reports.require_mnist()
        seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)

        def keep(measured):
            scoreboard.save(measured, results_file)
            write(measured, DOCS)

        measure(seeds, arguments.runs, keep)
    write(json.loads(results_file.read_text(encoding="utf-8")), DOCS)
    print((DOCS / "benchmark.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
