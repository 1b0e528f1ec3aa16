"""The training loop of several workers, in the words of `tf.distribute`: each worker runs `train`, all at once.

What a worker needs to know of the others stands in three places: its part of each batch (`digits.py`), the sum of all
gradients in `make_step`, and the sum of all counts in `accuracy`. The rest is the training of a single machine. "SUM"
without an axis adds up what the workers have, and gives the sum to each of them.
"""

import time

import keras
import tensorflow as tf
from keras import layers

from mnist_helpers import data
from mnist_helpers.distributed import digits

DEFAULTS = {"batch_size": 128, "epochs": 8, "learning_rate": 0.003, "seed": 0, "digits": 50_000, "records": ""}


def build():
    """The network of notebook 07, without dropout, which would leave out other neurons on each replica."""
    model = keras.Sequential([keras.Input([28, 28, 1])])
    for filters, kernel_size in ((16, 5), (32, 3)):
        model.add(layers.Conv2D(filters, kernel_size, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dense(64, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def make_step(strategy, model, optimizer, batch_size):
    """The training step of all workers: forward, backward, all-reduce, update; returns its loss."""

    def on_a_replica(images, labels):
        with tf.GradientTape() as tape:
            losses = keras.losses.categorical_crossentropy(labels, model(images, training=True))
            loss = tf.nn.compute_average_loss(losses, global_batch_size=batch_size)  # divided by the whole batch
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)  # sums the gradients of all replicas first: all-reduce
        return loss

    @tf.function
    def step(images, labels):
        return strategy.reduce("SUM", strategy.run(on_a_replica, args=(images, labels)), axis=None)

    return step


def accuracy(strategy, model, images, labels, rank, workers):
    """The share of digits that is read right: each worker reads its part, and their counts are summed."""
    right = 0
    for first in range(rank, len(images), 500 * workers):
        mine = slice(first, first + 500 * workers, workers)  # with two workers every second digit, 500 of them
        right += (model(images[mine]).numpy().argmax(axis=1) == labels[mine].argmax(axis=1)).sum()
    right = strategy.reduce("SUM", strategy.run(tf.identity, args=(tf.constant(float(right)),)), axis=None)
    return float(right) / len(images)


def train(strategy, rank, workers, config, report, say, checkpoint=None):
    """Trains on this worker.

    Args:
        strategy: a `tf.distribute.Strategy` that knows the other workers.
        rank, workers: which worker this is, from 0 on, and how many there are.
        config: dictionary with the keys of `DEFAULTS`; "records" is a folder of record files in the place of "digits".
        report: function that gets, after each epoch, a dictionary with its figures and a `tf.train.Checkpoint`.
        say: function that gets a line of text now and then.
        checkpoint: path of a checkpoint to go on from; `None` to begin.
    """
    batch_size, seed, records = config["batch_size"], config["seed"], config["records"]
    source = digits.Records(records, seed) if records else digits.InMemory(config["digits"], seed)
    steps = source.steps(batch_size, workers)
    keras.utils.set_random_seed(seed)  # so all workers begin with the same weights
    epoch = tf.Variable(0)
    with strategy.scope():
        model = build()
        rate = keras.optimizers.schedules.CosineDecay(config["learning_rate"], config["epochs"] * steps)
        optimizer = keras.optimizers.Adam(rate)
        optimizer.build(model.trainable_variables)  # so that a checkpoint finds Adam's averages
    state = tf.train.Checkpoint(model=model, optimizer=optimizer, epoch=epoch)
    if checkpoint:
        state.read(checkpoint).assert_consumed()  # an error if a part of it finds no place
    step = make_step(strategy, model, optimizer, batch_size)
    validation = digits.read("validation", data.VALIDATION_COUNT)
    say(f"begins at step {int(epoch) * steps} of {config['epochs'] * steps}")
    while int(epoch) < config["epochs"]:
        start, losses = time.perf_counter(), []
        batches = source.batches(int(epoch), batch_size, rank, workers)
        for number, (images, labels) in enumerate(batches):
            losses.append(float(step(images, labels)))
            if number % 100 == 0:
                say(f"epoch {int(epoch) + 1}, step {number + 1} of {steps}, loss {losses[-1]:.3f}")
        seconds = time.perf_counter() - start
        reached = accuracy(strategy, model, *validation, rank, workers)
        epoch.assign_add(1)
        report({"epoch": int(epoch), "losses": losses, "seconds": seconds, "validation_accuracy": reached}, state)
        say(f"epoch {int(epoch)} of {config['epochs']} done in {seconds:.1f} s, validation accuracy {reached:.2%}")
