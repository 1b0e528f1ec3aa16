"""Measures what else could bring more: `python tools/longer.py [--seeds 3 --first-seed 0]`.

Trains notebook 10's network for 5, 10, 20 and 40 epochs, each time with a whole cycle of the learning rate, and for ten
epochs in each of the other ways of `ways.py`. Counts misread validation digits: as they are, moved and altered. Each
core has a training of its own, so time is processor time. Writes docs/longer.json after each training, and from it
docs/longer.md and docs/longer.png.
"""

import argparse
import contextlib
import functools
import json
import math
import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import publish
import reports
from matplotlib.figure import Figure
from reports import percent, say, table

from mnist_helpers import device, pictures, scoreboard
from mnist_helpers.files.idx import VALIDATION_COUNT
from mnist_helpers.runner import environment, in_words

with contextlib.redirect_stdout(sys.stderr):
    device.start()  # before the imports below, which load TensorFlow
import keras  # noqa: E402
import train_one  # noqa: E402
import ways  # noqa: E402

from mnist_helpers import alterations, augmentation, data  # noqa: E402

NAME = "10_augmentation"
EPOCHS = (5, 10, 20, 40)
OTHER_WAYS_EPOCHS = 10
COPIES = 4
GOAL = 25  # misread digits at an accuracy of 99.75 %
DOCS = Path(__file__).resolve().parents[1] / "docs"
ONE_CORE = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}


def train(epochs, seed, way):
    """Trains notebook 10's network.

    Args:
        epochs: how many.
        seed: whole number.
        way: a key of `ways.WAYS`.

    Returns:
        Dictionary: `way`, `epochs`, `seed`, `cpu_seconds` of training, and how many of 10,000 validation digits it
        misreads `as_they_are`, `moved` (mean of several copies) and `altered` (mean of all alterations).
        `of_checkpoints` is `as_they_are` for the mean of the weights at the end of the last epochs.
    """
    cells = train_one.CELLS[NAME][:-1]  # all but the training, which also validates and draws
    namespace = train_one.run_cells(NAME, seed, cells, EPOCHS=epochs)
    steps = len(namespace["train_dataset"])
    dataset = ways.WAYS[way](namespace, epochs)
    model = namespace["model"]
    checkpoints = ways.Checkpoints()
    start = time.process_time()
    model.fit(dataset.repeat(), epochs=epochs, steps_per_epoch=steps, shuffle=False, verbose=2, callbacks=[checkpoints])
    cpu_seconds = time.process_time() - start

    images, classes = data.to_arrays(namespace["validation_dataset"])
    reader = namespace.get("float32", model)
    reader.set_weights(model.get_weights())

    def mistakes(digits):
        return int((reader.predict(digits, batch_size=1000, verbose=0).argmax(axis=1) != classes).sum())

    keras.utils.set_random_seed(0)  # the same moved copies for all networks
    vary = augmentation.Vary(**namespace["moves"])
    result = {
        "way": way,
        "epochs": epochs,
        "seed": seed,
        "cpu_seconds": cpu_seconds,
        "as_they_are": mistakes(images),
        "moved": statistics.mean(mistakes(vary(images)) for _ in range(COPIES)),
        "altered": statistics.mean(mistakes(digits) for digits in alterations.alter(images).values()),
    }
    reader.set_weights(checkpoints.mean())
    return result | {"of_checkpoints": mistakes(images)}


def planned():
    """Returns the pairs `(epochs, way)` of all trainings."""
    return [(epochs, ways.USUAL) for epochs in EPOCHS] + other_ways(ways.WAYS)


def other_ways(names):
    """Returns the pairs `(epochs, way)` of those ways that aren't the notebook's."""
    return [(OTHER_WAYS_EPOCHS, way) for way in names if way != ways.USUAL]


def measure(pairs, seeds, keep, known=()):
    """Trains with all seeds, the longest trainings first.

    Args:
        pairs: list of `(epochs, way)`.
        seeds: range of whole numbers.
        keep: function that takes all results so far, after each training: a dictionary, as docs/longer.json holds it.
        known: results that stay; those of the pairs are replaced.
    """
    measured = {**environment(), "trainings": [row for row in known if (row["epochs"], row["way"]) not in pairs]}
    one_core = functools.partial(reports.in_process, Path(__file__).name, "--one", env=os.environ | ONE_CORE)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        longest_first = sorted(pairs, key=lambda pair: -pair[0])
        waiting = [pool.submit(one_core, epochs, seed, way) for epochs, way in longest_first for seed in seeds]
        try:
            for count, future in enumerate(as_completed(waiting), start=1):
                measured["trainings"].append(future.result())
                measured["trainings"].sort(key=_place)
                keep(measured)
                say(f"{count} of {len(waiting)} trainings: {future.result()}")
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # after a failure, no further training begins


def _place(training):
    return list(ways.WAYS).index(training["way"]), training["epochs"], training["seed"]


def by_epochs(trainings):
    """Returns the notebook's trainings of each length, `{epochs: trainings}`."""
    lengths = {}
    for training in trainings:
        if training["way"] == ways.USUAL:
            lengths.setdefault(training["epochs"], []).append(training)
    return lengths


def by_way(trainings):
    """Returns the trainings for ten epochs in each way, `{way: trainings}`, the notebook's first."""
    found = {}
    for training in trainings:
        if training["epochs"] == OTHER_WAYS_EPOCHS:
            found.setdefault(training["way"], []).append(training)
    return found


def mean(trainings, key):
    """Returns the mean over trainings of one of their numbers."""
    return statistics.mean(training[key] for training in trainings)


def difference(others, key):
    """Compares the ways' means of one of their numbers with the notebook's.

    Args:
        others: as `by_way` returns them, with as many seeds in each.
        key: of the number.

    Returns:
        The way with the largest difference, this difference, and the standard error of a difference of two means: from
        the variance of seeds within a way, its mean over all ways.
    """
    usual = mean(others[ways.USUAL], key)
    differences = {name: mean(group, key) - usual for name, group in others.items() if name != ways.USUAL}
    name = max(differences, key=lambda name: abs(differences[name]))
    variance = statistics.mean(statistics.variance(row[key] for row in group) for group in others.values())
    return name, differences[name], math.sqrt(2 * variance / len(others[ways.USUAL]))


def _rows(groups):
    """Returns the rows of a table, one for each group of trainings, of those that `by_epochs` and `by_way` return."""
    return [
        (
            name,
            f"{mean(trainings, 'cpu_seconds') / 60:.1f} min",
            ", ".join(str(training["as_they_are"]) for training in trainings),
            f"**{mean(trainings, 'as_they_are'):.1f}**",
            percent(1 - mean(trainings, "as_they_are") / VALIDATION_COUNT),
            f"{mean(trainings, 'moved'):.1f}",
            f"{mean(trainings, 'altered'):.1f}",
        )
        for name, trainings in groups.items()
    ]


def report(measured):
    """Returns docs/longer.md as a string, from what docs/longer.json holds."""
    trainings = measured["trainings"]
    lengths, others = by_epochs(trainings), by_way(trainings)
    versions = in_words(measured["versions"])
    headings = ("processor time", "as they are", "mean", "accuracy", "moved", "altered")
    seeds = ", ".join(str(training["seed"]) for training in next(iter(lengths.values())))
    (shorter, before), (longest, after) = list(lengths.items())[-2:]
    still, moved, altered = (mean(after, key) - mean(before, key) for key in ("as_they_are", "moved", "altered"))
    ranges = " and ".join(
        f"{min(values)} to {max(values)}"
        for values in ([training["as_they_are"] for training in trainings] for trainings in (before, after))
    )
    found = [training["as_they_are"] for training in after]
    less = "less" if abs(still) < max(found) - min(found) else "not less"
    explained = "\n".join(f"- **{name}**: {way.__doc__.splitlines()[0]}" for name, way in ways.WAYS.items())
    count = len(others[ways.USUAL])
    differences = []
    for key in ("as_they_are", "moved", "altered"):
        way, largest, error = difference(others, key)
        differences.append((key.replace("_", " "), way, f"{largest:+.1f}", f"{error:.1f}"))
    tried = [training for name, group in others.items() if name != ways.USUAL for training in group]
    changes = [training["of_checkpoints"] - training["as_they_are"] for training in tried]
    return f"""# What would bring more

Would notebook 10's network read more digits if it were trained for longer, or in another way? `make longer` trains it
for several numbers of epochs, each time with a whole cycle of the learning rate, and in other ways. It counts misread
validation digits, of {VALIDATION_COUNT:,}. This was measured on {measured["machine"]},
with {versions}, with the seeds {seeds}.

## Longer

![Misread validation digits against processor time](longer.png)

{table(("epochs", *headings), _rows(lengths))}

On digits as they are, the mistakes of each seed are given. The other columns are means: over {COPIES} copies that were
moved as in training, and over seven ways to alter digits. Each core had a training of its own, so time is CPU time.

From {shorter} to {longest} epochs the mean changes by {still:+.1f} on digits as they are (seeds: {ranges}),
by {moved:+.1f} on moved ones and by {altered:+.1f} on altered ones.
On digits as they are, that is {less} than the seeds of {longest} epochs differ. The dotted line is an accuracy of
99.75 %, {GOAL} misread digits.

## In another way

Each way differs from the notebook's in one thing. The notebook trains for 20 epochs. To save time, these trainings
have {OTHER_WAYS_EPOCHS}, so they don't show what a way would bring in a longer one. Varied digits are moved, and some
of them also get other strokes, blur or noise.

{explained}

{table(("way", *headings), _rows(others))}

Two means of {count} seeds also differ by chance. Here is the way that differs most from the first row, beside the
standard error of such a difference. Where it isn't larger than two standard errors, chance could have made it.

{table(("digits", "way", "difference", "standard error"), differences)}

At the end, the notebook puts the moving averages of the weights in their place. Another candidate is the mean of the
weights, and of batch normalization's statistics, at the end of the last three epochs. In {len(changes)} trainings (all
but those of the first row) it misreads {mean(tried, "of_checkpoints"):.1f} digits in the mean, and the moving averages
misread {mean(tried, "as_they_are"):.1f}. It misreads fewer in {sum(change < 0 for change in changes)} trainings, and
more in {sum(change > 0 for change in changes)}.
"""


def figure(measured):
    """Draws misread validation digits against processor time: a line through the means, a dot for each seed."""
    lengths = by_epochs(measured["trainings"])
    minutes = [mean(trainings, "cpu_seconds") / 60 for trainings in lengths.values()]
    drawn = Figure(figsize=(5, 3.6), layout="constrained", facecolor="white")
    axis = drawn.subplots()
    looks = {"as_they_are": (pictures.TRAIN_COLOR, "o-"), "moved": (pictures.VALIDATION_COLOR, "s--")}
    for key, (color, line) in looks.items():
        label = key.replace("_", " ")
        axis.plot(minutes, [mean(trainings, key) for trainings in lengths.values()], line, color=color, label=label)
        for minute, trainings in zip(minutes, lengths.values(), strict=True):
            axis.plot([minute] * len(trainings), [training[key] for training in trainings], ".", color=color, alpha=0.5)
    axis.axhline(GOAL, color="gray", linewidth=0.8, linestyle=":", label="99.75 %")
    axis.set(xscale="log", xlabel="minutes of processor time (epochs)", ylabel=f"misread, of {VALIDATION_COUNT:,}")
    axis.set_xticks(minutes, [f"{minute:.1f}\n({length})" for minute, length in zip(minutes, lengths, strict=True)])
    axis.minorticks_off()
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False)
    return drawn


def write(measured, docs):
    """Writes the report and its picture. Returns their paths."""
    (docs / "longer.md").write_text(report(measured), encoding="utf-8")
    (docs / "longer.png").write_bytes(publish.png(figure(measured)))
    return [docs / "longer.md", docs / "longer.png"]


def main():
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each kind")
    parser.add_argument("--first-seed", type=int, default=0, help="seed of the first of them")
    parser.add_argument(
        "--ways", nargs="+", choices=ways.WAYS, help="only these, beside the notebook's; the rest stays"
    )
    parser.add_argument("--one", nargs=3, metavar=("EPOCHS", "SEED", "WAY"), help="train once, print JSON")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the report of docs/longer.json")
    arguments = parser.parse_args()
    if arguments.one:
        with contextlib.redirect_stdout(sys.stderr):
            epochs, seed, way = arguments.one
            result = train(int(epochs), int(seed), way)
        print(json.dumps(result))
        return
    results_file = DOCS / "longer.json"
    if not arguments.report:
        reports.require_mnist()
        pairs, known = planned(), []
        if arguments.ways:
            before = json.loads(results_file.read_text(encoding="utf-8"))
            if {key: before[key] for key in environment()} != environment():
                sys.exit(f"{results_file} is of another machine or other versions, so all must be measured again.")
            pairs, known = [(OTHER_WAYS_EPOCHS, ways.USUAL), *other_ways(arguments.ways)], before["trainings"]
        seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
        measure(pairs, seeds, lambda measured: scoreboard.save(measured, results_file), known)
    measured = json.loads(results_file.read_text(encoding="utf-8"))
    if missing := set(planned()) - {(row["epochs"], row["way"]) for row in measured["trainings"]}:
        names = ", ".join(f"{epochs} epochs in {way}" for epochs, way in sorted(missing))
        sys.exit(f"{results_file} has no training of {names}. Measure them before you report.")
    write(measured, DOCS)


if __name__ == "__main__":
    main()
