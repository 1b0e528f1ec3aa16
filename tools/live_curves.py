"""What `benchmark.py` runs in a notebook's kernel: trainings with and without live curves, and the drawing."""

import time

from mnist_helpers import device

device.start()  # before the imports below, which load TensorFlow

import keras  # noqa: E402
from keras import layers  # noqa: E402

from mnist_helpers import callbacks, data, practice_files  # noqa: E402

train_dataset, validation_dataset, _ = data.load_datasets(batch_size=128)
HIDDEN = {
    "one dense layer": lambda: [],
    "convolutional model": lambda: [layers.Conv2D(filters, 3, strides=2, activation="relu") for filters in (8, 16)],
}


def train(name, epochs, live):
    """Trains one of the networks in `HIDDEN`; `live` says whether curves are drawn. Returns the seconds."""
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), *HIDDEN[name](), layers.Flatten(), layers.Dense(10, activation="softmax")]
    )
    optimizer = keras.optimizers.SGD(learning_rate=0.2)
    model.compile(optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    curves = [callbacks.TrainingCurves()] if live else []
    start = time.perf_counter()
    model.fit(train_dataset, epochs=epochs, shuffle=False, validation_data=validation_dataset, callbacks=curves)
    return time.perf_counter() - start


def draw():
    """Draws all practice digits. Returns the seconds."""
    start = time.perf_counter()
    practice_files.draw()
    return time.perf_counter() - start
