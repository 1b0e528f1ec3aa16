"""Measures what oneDNN gains on this processor: `python tools/onednn.py [--seeds 2 --first-seed 0]`.

oneDNN is a library of fast convolutions and matrix products, which TensorFlow brings along. Each network is trained
without it and with it by turns, each time in a process of its own. Writes docs/onednn.json after each seed, and at the
end docs/onednn.md.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

import reports
from reports import percent, say, table

from mnist_helpers import device, scoreboard
from mnist_helpers.runner import environment, in_words

DOCS = Path(__file__).resolve().parents[1] / "docs"
NETWORKS = (
    *("01_watch_it_train", "05_going_deeper", "06_overfitting"),
    *("07_convolutions", "08_ninety_nine_percent", "09_one_epoch"),
)
SETTINGS = {"without": "0", "with": "1"}  # of TF_ENABLE_ONEDNN_OPTS
FOR_NETWORKS = ("avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16")
INSTRUCTIONS = ("avx", "avx2", "avx512f", *FOR_NETWORKS)  # those that matter here


def instructions():
    """Returns which of `INSTRUCTIONS` this processor has, a list; empty where the system doesn't tell."""
    words = device.cpu_instructions()
    return [name for name in INSTRUCTIONS if name in words]


def measure(seeds, keep):
    """Trains each network without oneDNN and with it.

    Args:
        seeds: range of whole numbers; for each, every network is trained twice.
        keep: function that takes all results so far, after each seed: a dictionary, as docs/onednn.json holds it.
    """
    trainings = {name: {setting: [] for setting in SETTINGS} for name in NETWORKS}
    for number, seed in enumerate(seeds, start=1):
        for name in NETWORKS:
            for setting in SETTINGS if number % 2 else reversed(SETTINGS):
                variables = os.environ | {"TF_ENABLE_ONEDNN_OPTS": SETTINGS[setting]}
                result = reports.in_process("train_one.py", name, seed, env=variables, stderr=subprocess.PIPE)
                seconds, accuracy = sum(result["seconds"]), result["accuracies"][-1]
                trainings[name][setting].append({"seconds": seconds, "accuracy": accuracy})
                say(f"seed {number} of {len(seeds)}: {name}, {setting} oneDNN: {seconds:.1f} s, {accuracy:.2%}")
        keep(
            {
                **environment(),
                "instructions": instructions(),
                "seeds": list(seeds)[:number],
                "trainings": trainings,
            }
        )


def report(measured):
    """Returns docs/onednn.md as a string, from what docs/onednn.json holds."""
    rows = []
    for name, trainings in measured["trainings"].items():
        slow, fast = ([training["seconds"] for training in trainings[setting]] for setting in SETTINGS)
        accuracies = [
            percent(statistics.mean(training["accuracy"] for training in trainings[setting])) for setting in SETTINGS
        ]
        ratio = f"{statistics.median(slow) / statistics.median(fast):.1f}"
        if min(slow) > max(fast) or min(fast) > max(slow):
            ratio = f"**{ratio}**"
        rows.append((name.replace("_", " "), _spread(slow), _spread(fast), ratio, *accuracies))
    headings = ("network", "without oneDNN", "with oneDNN", "times as fast", "accuracy without", "accuracy with")
    has = measured["instructions"]
    default = "switch oneDNN on" if set(has) & set(FOR_NETWORKS) else "leave oneDNN off"
    return f"""# What oneDNN gains

oneDNN is a library of fast convolutions and matrix products, which TensorFlow brings along. On x86 processors
TensorFlow uses it by itself under Windows, and under Linux where the processor has instructions made for neural
networks: one of {", ".join(FOR_NETWORKS)}. `device.start` switches it on for all
x86 processors.

What does that gain? Each network was trained without oneDNN and with it by turns, with the random seeds
{", ".join(map(str, measured["seeds"]))}, on {measured["machine"]}, with {in_words(measured["versions"])}.
Of the instructions that matter here, this processor has {", ".join(has) or "none"}, so under Linux TensorFlow by itself
would {default}. Other reports may come from other processors, so their times can't be compared with these.

Time is the training of all epochs, without any evaluation: median (lowest–highest). In rows whose factor is bold, each
training in one way was faster than all in the other. Accuracy is the mean on the test digits. The first three networks
have no convolutions. `make onednn` measures it again.

{table(headings, rows)}
"""


def _spread(seconds):
    return f"{statistics.median(seconds):.1f} s ({min(seconds):.1f}–{max(seconds):.1f} s)"


def main():
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2, help="trainings of each network, without and with oneDNN")
    parser.add_argument("--first-seed", type=int, default=0, help="seed of the first of them")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the report of docs/onednn.json")
    arguments = parser.parse_args()
    if arguments.seeds < 1:
        parser.error(f"--seeds is {arguments.seeds}; expected is 1 or more")
    results_file, report_file = DOCS / "onednn.json", DOCS / "onednn.md"
    if not arguments.report:
        if platform.machine() not in device.X86:
            sys.exit(f"oneDNN is switched on for x86 processors only; this one is {platform.machine()}.")
        reports.require_mnist()
        seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
        measure(seeds, lambda measured: scoreboard.save(measured, results_file))
    report_file.write_text(report(json.loads(results_file.read_text(encoding="utf-8"))), encoding="utf-8")
    print(report_file.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
