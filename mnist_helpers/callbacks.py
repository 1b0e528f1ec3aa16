"""What is seen of a network while it trains: its loss and accuracy, and what it makes of some images."""

import time
import weakref
from dataclasses import dataclass, field

import keras
import numpy as np
from IPython.core.getipython import get_ipython
from IPython.display import display

from mnist_helpers import console, pictures, plots

_trainings = weakref.WeakKeyDictionary()  # by model: its `_Training`


@dataclass
class _Training:
    """What is known of a network's training, however many calls of `fit` it took."""

    first_weights: list
    history: dict = field(default_factory=dict)
    seconds: float = 0.0
    steps: int = 0

    @property
    def epochs(self):
        return max(map(len, self.history.values()), default=0)


class TrainingCurves(keras.callbacks.Callback):
    """Draws the training and validation curves, live where the front end can update a picture.

    In a notebook one picture is updated in place after every epoch. While training lasts it is a sketch that costs
    next to nothing; the figure of `plots.training_curves` takes its place at the end. In an IPython terminal it is
    shown once, at the end. Outside IPython nothing is shown.

    `fit` trains anew: a network that was trained before, since the cell is run again or was interrupted, begins again
    with its first weights (one that learned its input's shape only in training, with new ones), and a line says so. To
    train it on, pass `initial_epoch` to `fit`: the curves go on, too.

    Attributes:
        history: dictionary from each metric's name to its list of values, one per epoch up to its latest; NaN for an
            epoch without one, as `validation_freq` makes them.
        epochs: how many epochs are complete.
        steps: how many steps were taken, also in an epoch that was interrupted.
        seconds: the training time so far, in seconds, validation and sketches included.

    Example:

    >>> curves = callbacks.TrainingCurves()
    >>> model.fit(train_dataset, epochs=10, shuffle=False, validation_data=validation_dataset, callbacks=[curves])
    >>> curves.figure
    """

    def __init__(self):
        super().__init__()
        self._training = _Training(first_weights=[])
        self._epochs_planned = None

    @property
    def figure(self):
        """The `matplotlib.figure.Figure` of the training so far; `None` before the first."""
        return plots.training_curves(self.history, self._epochs_planned) if self._epochs_planned else None

    @property
    def history(self):
        return self._training.history

    @property
    def epochs(self):
        return self._training.epochs

    @property
    def steps(self):
        return self._training.steps

    @property
    def seconds(self):
        return self._training.seconds

    def on_train_begin(self, logs=None):
        self._handle, self._begun = None, False
        self._clock = time.perf_counter()

    def on_epoch_begin(self, epoch, logs=None):
        if not self._begun:  # on_train_begin isn't told at which epoch `fit` begins
            self._begun = True
            self._begin(epoch)
        self._steps_before = self._training.steps

    def on_train_batch_end(self, batch, logs=None):
        self._training.steps = self._steps_before + batch + 1
        self._count_seconds()

    def on_epoch_end(self, epoch, logs=None):
        if self.params["steps"]:  # a batch's number is inexact where several steps are taken at once
            self._training.steps = self._steps_before + self.params["steps"]
        epochs = self.epochs
        for name, value in (logs or {}).items():
            values = self.history.setdefault(name, [])
            values += [float("nan")] * (epochs - len(values))
            values.append(float(value))
        self._sketch()
        self._count_seconds()

    def on_train_end(self, logs=None):
        if get_ipython() and self._epochs_planned:
            self._show(*self.figure.bundle())

    def _begin(self, epoch):
        """Begins a new training at epoch 0, or goes on with an earlier one at a later epoch."""
        known = _trainings.get(self.model)
        if known and not known.first_weights:  # it had none, since it learned the shape of its input in training
            known.first_weights = type(self.model).from_config(self.model.get_config()).get_weights()
        if known and list(map(np.shape, known.first_weights)) != list(map(np.shape, self.model.get_weights())):
            known = None  # layers were added or taken away: this is another network
        if epoch == 0:
            if known:
                self.model.set_weights(known.first_weights)
                _begin_anew(self.model.optimizer, self.model.trainable_variables)
                epochs = known.epochs
                line = "This network was trained before: it begins anew, with its first weights."
                if epochs:
                    last = epochs + self.params["epochs"]
                    line += f" (To train it on instead: initial_epoch={epochs}, epochs={last}.)"
                console.say(line)
            known = _Training(known.first_weights if known else self.model.get_weights())
        elif known is None:  # trained elsewhere: of those epochs nothing is known but their number
            known = _Training(self.model.get_weights(), {"loss": [float("nan")] * epoch})
        _trainings[self.model] = self._training = known
        self._epochs_planned = self.epochs + self.params["epochs"] - epoch
        self._sketch()

    def _count_seconds(self):
        now = time.perf_counter()
        self._training.seconds += now - self._clock
        self._clock = now

    def _sketch(self):
        if pictures.in_notebook():  # it can update a picture
            self._show({"text/html": plots.training_sketch(self.history, self._epochs_planned)}, {})

    def _show(self, data, metadata):
        if self._handle:
            self._handle.update(data, metadata=metadata, raw=True)
        else:
            self._handle = display(data, metadata=metadata, raw=True, display_id=True)


def _begin_anew(optimizer, variables):
    """Gives an optimizer the state of a new one: no steps taken, no momentum."""
    if not optimizer.built:  # it is new
        return
    new = type(optimizer).from_config(optimizer.get_config())
    new.build(variables)
    for old_variable, new_variable in zip(optimizer.variables, new.variables, strict=True):
        old_variable.assign(new_variable)


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
        self._rows = []

    def on_train_batch_begin(self, batch, logs=None):
        if not self._rows:  # by now, `TrainingCurves` has put the first weights back, whichever of both comes first
            self._rows = [self._predict()]

    def on_epoch_end(self, epoch, logs=None):
        self._rows.append(self._predict())

    def _predict(self):
        return keras.ops.convert_to_numpy(self.model(self.images, training=False))
