"""What is seen of a network while it trains: its loss and accuracy, and what it makes of some images."""

import time

import keras
import numpy as np
from IPython.core.getipython import get_ipython
from IPython.display import display

from mnist_helpers import plots


class TrainingCurves(keras.callbacks.Callback):
    """Draws the training and validation curves, live where the front end can update a picture.

    In a notebook one picture is updated in place after every epoch. While training lasts it is a sketch that costs
    next to nothing; the figure of `plots.training_curves` takes its place at the end. In an IPython terminal it is
    shown once, at the end. Outside IPython nothing is shown.

    Attributes:
        figure: the `matplotlib.figure.Figure` of the latest training, or `None` while it lasts.
        history: dictionary from each metric's name to its list of values, one per epoch.
        seconds: the training time so far, in seconds, validation and sketches included.

    Example:

    >>> curves = callbacks.TrainingCurves()
    >>> model.fit(train_dataset, epochs=10, shuffle=False, validation_data=validation_dataset, callbacks=[curves])
    >>> curves.figure
    """

    def __init__(self):
        super().__init__()
        self.figure = None
        self.history = {}
        self.seconds = 0.0

    def on_train_begin(self, logs=None):
        self.figure, self.history, self.seconds = None, {}, 0.0
        self._start = time.perf_counter()
        self._handle = None
        self._sketch()

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        self._sketch()
        self.seconds = time.perf_counter() - self._start

    def on_train_end(self, logs=None):
        self.figure = plots.training_curves(self.history, epochs=self.params["epochs"])
        if get_ipython():
            self._show(*self.figure.bundle())

    def _sketch(self):
        if hasattr(get_ipython(), "kernel"):  # a notebook, which can update a picture
            self._show({"text/html": plots.training_sketch(self.history, epochs=self.params["epochs"])}, {})

    def _show(self, data, metadata):
        if self._handle:
            self._handle.update(data, metadata=metadata, raw=True)
        else:
            self._handle = display(data, metadata=metadata, raw=True, display_id=True)


class Predictions(keras.callbacks.Callback):
    """Keeps what the network makes of some images before training and after each epoch.

    Args:
        images: float array `[count, 28, 28, 1]` in [0, 1].

    Attributes:
        probabilities: float array `[epochs + 1, count, 10]` of the latest training.

    Example:

    >>> predictions = callbacks.Predictions(validation_images[:100])
    >>> model.fit(train_dataset, epochs=10, shuffle=False, callbacks=[predictions])
    >>> predictions.probabilities.shape
    (11, 100, 10)
    """

    def __init__(self, images):
        super().__init__()
        self.images = images
        self._rows = []

    @property
    def probabilities(self):
        return np.array(self._rows)

    def on_train_begin(self, logs=None):
        self._rows = [self._predict()]

    def on_epoch_end(self, epoch, logs=None):
        self._rows.append(self._predict())

    def _predict(self):
        return keras.ops.convert_to_numpy(self.model(self.images, training=False))
