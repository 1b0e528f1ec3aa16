"""Times a step of one of several workers: `python tools/split_step.py RANK PORT…`, at once for each rank.

Worker 0 prints, as JSON, the seconds of a step that sums no gradients ("computing") and of one that does ("whole").
Both learn from the same share of a batch, and all workers run at once, so both share the processor in the same way.
"""

import json
import os
import statistics
import sys
import time

from mnist_helpers import device

device.start()

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from mnist_helpers.distributed import digits, training  # noqa: E402

ROUNDS, STEPS = 7, 100


def timed(step, share):
    """The mean time of a step, in seconds."""
    start = time.perf_counter()
    for _ in range(STEPS):
        step(*share)
    return (time.perf_counter() - start) / STEPS


def main():
    """Runs the command line."""
    rank, ports = int(sys.argv[1]), sys.argv[2:]
    together = tf.distribute.get_strategy()
    if len(ports) > 1:
        cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
        os.environ["TF_CONFIG"] = json.dumps({"cluster": cluster, "task": {"type": "worker", "index": rank}})
        together = tf.distribute.MultiWorkerMirroredStrategy()
    batch_size, seconds, steps = training.DEFAULTS["batch_size"], {}, {}
    for name, strategy in {"computing": tf.distribute.get_strategy(), "whole": together}.items():
        with strategy.scope():
            model, optimizer = training.build(), keras.optimizers.Adam()
            optimizer.build(model.trainable_variables)
        steps[name], seconds[name] = training.make_step(strategy, model, optimizer, batch_size), []
    share = [part[rank :: len(ports)] for part in digits.read("training", batch_size)]
    for _ in range(1 + ROUNDS):
        for name, step in steps.items():  # the last step of "whole" lets all begin the next round at once
            seconds[name].append(timed(step, share))
    if rank == 0:
        print(json.dumps({name: statistics.median(values[1:]) for name, values in seconds.items()}))


if __name__ == "__main__":
    main()
