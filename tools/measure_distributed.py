"""Measures training on several workers: `python tools/measure_distributed.py [--kills 10] [--seeds 3]`.

The losses of two and four workers are compared with those of one process; four workers train to the end with several
seeds; workers are killed at random moments; and the costs of a step are measured. Writes docs/distributed.json, and
from it docs/distributed.md. Needs MNIST and Ray.
"""

import argparse
import json
import random
import re
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import tensorflow as tf
from benchmark import table

from mnist_helpers import data
from mnist_helpers.distributed import training
from mnist_helpers.distributed.job import Job
from mnist_helpers.runner import environment

DOCS = Path(__file__).resolve().parents[1] / "docs"
STEPS = 50  # whose losses are compared
LOOPBACK = "lo"  # the network within a machine


def alone(**settings):
    """Trains in this process; returns the figures of all epochs."""
    epochs, config = [], training.DEFAULTS | settings
    training.train(
        tf.distribute.get_strategy(), 0, 1, config, lambda figures, _: epochs.append(figures), lambda _: None
    )
    return epochs


def together(workers, **settings):
    """Trains on workers; returns the figures of all epochs, and the test accuracy."""
    with tempfile.TemporaryDirectory() as folder:
        job = Job(f"{folder}/training", workers, **settings)
        job.watch()
        return job.epochs(), test_accuracy(job)


def test_accuracy(job):
    """The test accuracy that a training has printed at its end."""
    return float(re.search(r"test accuracy ([\d.]+)%", job.output())[1]) / 100


def differences():
    """How far two or four workers are from one process over the first steps, at most.

    Returns:
        Dictionary from the number of workers to two differences: of the loss of a step, and of the mean of all losses
        so far, as `fit` reports it.
    """
    settings = {"epochs": 1, "digits": STEPS * training.DEFAULTS["batch_size"]}
    expected = alone(**settings)[0]["losses"]
    measured = {}
    for workers in (2, 4):
        losses = together(workers, **settings)[0][0]["losses"]
        apart = np.subtract(expected, losses)
        measured[workers] = [
            float(np.abs(values).max()) for values in (apart, np.cumsum(apart) / np.arange(1, STEPS + 1))
        ]
    return measured


def kills(count):
    """Kills a worker at a random moment, again and again.

    Returns:
        List of dictionaries: "seconds" from the kill to the next step, the epochs that were safe "after_epoch", how
        many "epochs" were done in the end, and their "validation_accuracy"; and that accuracy without a kill.
    """
    settings, chance = {"epochs": 4, "digits": 25_600}, random.Random(0)
    undisturbed = together(2, **settings)[0]
    duration = sum(figures["seconds"] for figures in undisturbed)
    measured = []
    for _ in range(count):
        with tempfile.TemporaryDirectory() as folder:
            job = Job(f"{folder}/training", 2, **settings)
            job.watch("begins at step")
            time.sleep(chance.uniform(0, 0.9 * duration))
            done = len(job.epochs())
            start = time.monotonic()
            job.kill(chance.randrange(2))
            job.watch("all begin again")
            job.watch("begins at step")
            job.watch("step 1 of")
            seconds = time.monotonic() - start
            job.watch()
            epochs = job.epochs()
            measured.append(
                {
                    "seconds": seconds,
                    "after_epoch": done,
                    "epochs": len(epochs),
                    "validation_accuracy": epochs[-1]["validation_accuracy"],
                }
            )
            print(measured[-1], flush=True)
    return measured, undisturbed[-1]["validation_accuracy"]


def sent():
    """Bytes that this machine has sent to itself so far."""
    lines = Path("/proc/net/dev").read_text(encoding="ascii").splitlines()
    (counts,) = [line.split(":")[1].split() for line in lines if line.strip().startswith(f"{LOOPBACK}:")]
    return int(counts[8])


def costs():
    """Images per second and bytes a step, for one, two and four workers on this machine's cores."""
    parameters, measured = training.build().count_params(), {}
    batch, digits = training.DEFAULTS["batch_size"], 25_600
    for workers in (1, 2, 4):
        before = sent()
        epochs, _ = together(workers, epochs=3, digits=digits)
        steps = 3 * digits // batch
        seconds = statistics.median(figures["seconds"] for figures in epochs[1:])
        measured[workers] = {
            "images_per_second": digits / seconds,
            "milliseconds_per_step": 1000 * seconds * batch / digits,
            "bytes_per_step": (sent() - before) / steps,
            "formula": 2 * (workers - 1) * 4 * parameters,
        }
    return measured


def report(measured):
    """Returns docs/distributed.md as a string, from what docs/distributed.json holds."""
    versions = ", ".join(f"{name} {version}" for name, version in measured["versions"].items())
    differences = [(workers, f"{one:.1g}", f"{mean:.1g}") for workers, (one, mean) in measured["differences"].items()]
    costs = [
        (
            workers,
            f"{row['images_per_second']:,.0f}",
            f"{row['milliseconds_per_step']:.1f} ms",
            f"{row['bytes_per_step'] / 1e6:.2f} MB",
            f"{row['formula'] / 1e6:.2f} MB",
        )
        for workers, row in measured["costs"].items()
    ]
    kills = [
        (number, row["after_epoch"], f"{row['seconds']:.0f} s", row["epochs"], f"{row['validation_accuracy']:.2%}")
        for number, row in enumerate(measured["kills"], 1)
    ]
    seeds = [(seed, f"{share:.2%}") for seed, share in measured["test_accuracy"].items()]
    return f"""# Several workers, measured

All of this was measured by `make measure-distributed` on {measured["machine"]}, with {versions}. All workers share
these cores, so more of them are no faster here.

## The same losses

The largest difference over the first {STEPS} steps between one process and several workers, of the loss of a step, and
of the mean of all losses so far, as `fit` reports it:

{table(("workers", "of a step", "of the mean so far"), differences)}

## The same accuracy

Four workers, with the settings of `training.DEFAULTS`, on MNIST's test digits:

{table(("seed", "test accuracy"), seeds)}

## A worker dies

Of two workers one is killed at a random moment of four epochs of 25,600 digits. Without a kill the validation accuracy
ends at {measured["undisturbed"]:.2%}. The time is that from the kill to the first step that is done after it.

{table(("kill", "epochs kept", "to the next step", "epochs in the end", "validation accuracy"), kills)}

## What a step costs

Batches of {training.DEFAULTS["batch_size"]} digits, shared among the workers. The formula for what a ring of N workers
sends in a step is 2 (N − 1) times the gradient of 4 bytes a parameter; measured is all that the machine sends to
itself, what Ray says included.

{table(("workers", "images per second", "a step", "sent in a step", "by the formula"), costs)}
"""


def main():
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=10, help="how many workers are killed")
    parser.add_argument("--seeds", type=int, default=3, help="with how many seeds four workers train to the end")
    arguments = parser.parse_args()
    data.load_datasets()
    if data.source().name != "MNIST":
        raise SystemExit("Its accuracies are those on MNIST, so this needs it; set MNIST_DATA_DIR.")
    measured = {**environment(), "differences": differences(), "costs": costs()}
    measured["kills"], measured["undisturbed"] = kills(arguments.kills)
    measured["test_accuracy"] = {seed: together(4, seed=seed)[1] for seed in range(arguments.seeds)}
    (DOCS / "distributed.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    measured = json.loads((DOCS / "distributed.json").read_text(encoding="utf-8"))  # with names as JSON has them
    (DOCS / "distributed.md").write_text(report(measured), encoding="utf-8")
    print(report(measured))


if __name__ == "__main__":
    main()
