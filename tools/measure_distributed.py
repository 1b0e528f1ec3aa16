"""Measures training on several workers: `python tools/measure_distributed.py [PART …]`, without a part all of them.

The losses of two and four workers are compared with those of one process; four workers train to the end with several
seeds; workers are killed and paused at random moments; and the costs of a step and of reading are measured. Each part
goes into docs/distributed.json as soon as it's done; docs/distributed.md is made from it. Needs MNIST and Ray.
"""

import argparse
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from reports import table

from mnist_helpers import device
from mnist_helpers.runner import environment, in_words

device.start()  # before the imports below, which load TensorFlow
import tensorflow as tf  # noqa: E402

from mnist_helpers import data  # noqa: E402
from mnist_helpers.distributed import digits, training  # noqa: E402
from mnist_helpers.distributed.job import Job  # noqa: E402

DOCS = Path(__file__).resolve().parents[1] / "docs"
STEPS = 50  # whose losses are compared
SEEDS, KILLS, PAUSES = 3, 10, 3
LOOPBACK = "lo"  # the network within a machine
SPLIT = Path(__file__).with_name("split_step.py")
READ = """
import os, sys
from mnist_helpers import device, runner
device.start()
from mnist_helpers.distributed import digits
count = sum(len(images) for images, _ in digits.Records(sys.argv[1], seed=0).batches(0, 128, 0, 1))
print(count, runner.peak_memory(os.getpid()))
"""


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


def faults():
    """Kills a worker at a random moment, again and again, and then pauses one, which is never continued.

    Returns:
        Dictionary: the validation accuracy "undisturbed", and a list of "faults": each "what", its "seconds" to the
        next step, the epochs that were safe "after_epoch", how many "epochs" were done in the end, their accuracy.
    """
    settings, chance = {"epochs": 4, "digits": 25_600}, random.Random(0)
    undisturbed = together(2, **settings)[0]
    duration = sum(figures["seconds"] for figures in undisturbed)
    measured = []
    for what in ["killed"] * KILLS + ["paused"] * PAUSES:
        with tempfile.TemporaryDirectory() as folder:
            job = Job(f"{folder}/training", 2, **settings)
            job.watch("begins at step")
            time.sleep(chance.uniform(0, 0.9 * duration))
            done = len(job.epochs())
            start = time.monotonic()
            os.kill(job.process_of(chance.randrange(2)), signal.SIGKILL if what == "killed" else signal.SIGSTOP)
            job.watch("all begin again")
            job.watch("begins at step")
            job.watch("step 1 of")
            seconds = time.monotonic() - start
            job.watch()
            epochs = job.epochs()
            measured.append(
                {
                    "what": what,
                    "seconds": seconds,
                    "after_epoch": done,
                    "epochs": len(epochs),
                    "validation_accuracy": epochs[-1]["validation_accuracy"],
                }
            )
    return {"faults": measured, "undisturbed": undisturbed[-1]["validation_accuracy"]}


def accuracies():
    """The test accuracy of four workers for each seed."""
    return {str(seed): together(4, seed=seed)[1] for seed in range(SEEDS)}


def sent():
    """Bytes that this machine has sent to itself so far."""
    lines = Path("/proc/net/dev").read_text(encoding="ascii").splitlines()
    (counts,) = [line.split(":")[1].split() for line in lines if line.strip().startswith(f"{LOOPBACK}:")]
    return int(counts[8])


def costs():
    """What a step takes and sends, for one, two and four workers on this machine's cores."""
    batch, digits, epochs = training.DEFAULTS["batch_size"], 25_600, 3
    gradient, measured = 4 * training.build().count_params(), {}
    for workers in (1, 2, 4):
        before = sent()
        done, _ = together(workers, epochs=epochs, digits=digits)
        seconds = statistics.median(figures["seconds"] for figures in done[1:])
        measured[workers] = {
            "images_per_second": digits / seconds,
            "bytes_per_step": (sent() - before) / (epochs * digits / batch),
            "formula": 2 * (workers - 1) * gradient,
            **split(workers),
        }
    return measured


def split(workers):
    """How long a step takes, "computing" and as a "whole", in seconds: workers at once, on the same digits again."""
    sockets = [socket.socket() for _ in range(workers)]
    for free in sockets:
        free.bind(("127.0.0.1", 0))
    ports = [str(free.getsockname()[1]) for free in sockets]
    for free in sockets:
        free.close()
    commands = [[sys.executable, SPLIT, str(rank), *ports] for rank in range(workers)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    said = [process.communicate()[0] for process in processes]
    return json.loads(said[0].splitlines()[-1])


def read_all(folder):
    """Reads record files in a process of its own. Returns how many digits it read, and the most MB that it took."""
    command = [sys.executable, "-c", READ, str(folder)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    count, peak = said.splitlines()[-1].split()
    return int(count), float(peak)


def memory():
    """The most memory that a process takes which reads record files, in MB, for 20,000 to 200,000 digits."""
    peaks = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in (20_000, 50_000, 100_000, 200_000):
            digits.write(f"{folder}/{count}", count, files=10)
            _, peaks[count] = read_all(f"{folder}/{count}")
    return peaks


def report(measured):
    """Returns docs/distributed.md as a string, from what docs/distributed.json holds."""
    versions = in_words(measured["versions"])
    differences = [(workers, f"{one:.1g}", f"{mean:.1g}") for workers, (one, mean) in measured["differences"].items()]
    passage = waiting(measured["costs"]["2"]) / passages(2)
    costs = [
        (
            workers,
            f"{row['images_per_second']:,.0f}",
            f"{1000 * row['whole']:.1f} ms",
            f"{1000 * row['computing']:.1f} ms",
            f"{1000 * waiting(row):.1f} ms",
            f"{1000 * passage * passages(int(workers)):.1f} ms",
            f"{row['bytes_per_step'] / 1e6:.2f} MB",
            f"{row['formula'] / 1e6:.2f} MB",
        )
        for workers, row in measured["costs"].items()
    ]
    faults = [
        (
            row["what"],
            row["after_epoch"],
            f"{row['seconds']:.0f} s",
            row["epochs"],
            f"{row['validation_accuracy']:.2%}",
        )
        for row in measured["faults"]["faults"]
    ]
    seeds = [(seed, f"{share:.2%}") for seed, share in measured["accuracies"].items()]
    memory = [(f"{int(count):,}", f"{peak:,.0f} MB") for count, peak in measured["memory"].items()]
    return f"""# Several workers, measured

All of this was measured by `make measure-distributed` on {measured["machine"]}, with {versions}.
All workers share these cores, so more of them are no faster here.

## The same losses

The largest difference over the first {STEPS} steps between one process and several workers, of the loss of a step, and
of the mean of all losses so far, as `fit` reports it:

{table(("workers", "of a step", "of the mean so far"), differences)}

## The same accuracy

Four workers, with the settings of `training.DEFAULTS`, on MNIST's test digits:

{table(("seed", "test accuracy"), seeds)}

## A worker is lost

Of two workers one is killed, or paused and never continued, at a random moment of four epochs of 25,600 digits.
Undisturbed, the validation accuracy ends at {measured["faults"]["undisturbed"]:.2%}.
The time is that from the fault to the first step that is done after it.

{table(("worker", "epochs kept", "to the next step", "epochs in the end", "validation accuracy"), faults)}

## What a step costs

Batches of {
        training.DEFAULTS["batch_size"]
    } digits, shared among the workers. Images per second are those of a training.
The times of a step are measured without input: "computing" is that of workers who sum no gradients but compute at the
same time, and the rest is sending and waiting for each other. The prediction takes the time of one of the ring's
2 (N − 1) passages from two workers. The formula for what a ring of N workers sends in a step is 2 (N − 1) times the
gradient of 4 bytes a parameter; measured is all that the machine sends to itself, what Ray says included.

{
        table(
            (
                "workers",
                "images per second",
                "a step",
                "computing",
                "sending and waiting",
                "predicted",
                "sent in a step",
                "by the formula",
            ),
            costs,
        )
    }

## Data larger than memory

The most memory that a process takes which reads practice digits from ten record files, TensorFlow included:

{table(("digits", "memory"), memory)}
"""


def waiting(row):
    """The seconds of a step in which a worker doesn't compute."""
    return row["whole"] - row["computing"]


def passages(workers):
    """How often pieces of the gradient go from one worker to the next in a step."""
    return 2 * (workers - 1)


PARTS = [differences, costs, memory, accuracies, faults]


def main():
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [part.__name__ for part in PARTS]
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(names)}; without one, all")
    wanted = parser.parse_args().parts or names
    if unknown := set(wanted) - set(names):
        parser.error(f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(names)}.")
    data.load_datasets()
    if data.source().name != "MNIST":
        raise SystemExit("Its accuracies are those on MNIST, so this needs it; set MNIST_DATA_DIR.")
    path = DOCS / "distributed.json"
    for part in PARTS:
        if part.__name__ in wanted:
            measured = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            measured |= {**environment(), part.__name__: part()}
            path.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    measured = json.loads(path.read_text(encoding="utf-8"))
    if missing := set(names) - set(measured):
        raise SystemExit(f"{path} lacks {', '.join(sorted(missing))}; measure these as well.")
    (DOCS / "distributed.md").write_text(report(measured), encoding="utf-8")
    print(report(measured))


if __name__ == "__main__":
    main()
