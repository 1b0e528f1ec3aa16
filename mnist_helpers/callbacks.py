"""`TrainingCurves`: loss and accuracy, drawn while the network trains."""

import io
import time

import keras
from IPython.core.getipython import get_ipython
from IPython.display import HTML, Image, display

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
            self._show(Image(_png(self.figure)))

    def _sketch(self):
        if hasattr(get_ipython(), "kernel"):  # a notebook, which can update a picture
            self._show(HTML(plots.training_sketch(self.history, epochs=self.params["epochs"])))

    def _show(self, picture):
        if self._handle:
            self._handle.update(picture)
        else:
            self._handle = display(picture, display_id=True)


def _png(figure):
    """The figure as PNG: half the time of handing it to the front end, which would also trim its margins."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
