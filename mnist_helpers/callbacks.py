"""What is seen of a network while it trains: its loss and accuracy, and what it makes of some images."""

import time
import weakref

import keras
import numpy as np
from IPython.core.getipython import get_ipython
from IPython.display import display

from mnist_helpers import console, pictures, plots

_trainings = weakref.WeakKeyDictionary()  # by model: its `_Training`


class _Training:
    """What is known of a network's training, however many calls of `fit` it took.

    Args:
        model: the network; its present weights are the first ones.
        history: of the epochs so far.
    """

    def __init__(self, model=None, history=None):
        self.first_weights = [] if model is None else model.get_weights()
        self.optimizer = _OptimizerState(model.optimizer, model.trainable_variables) if self.first_weights else None
        self.history = history or {}
        self.seconds, self.steps, self.planned = 0.0, 0, 0

    @property
    def epochs(self):
        return max(map(len, self.history.values()), default=0)


class _OptimizerState:
    """An optimizer and what it began with: no steps taken, no momentum, its learning rate.

    Args:
        optimizer: a Keras optimizer before its first step.
        variables: those that it will train.
    """

    def __init__(self, optimizer, variables):
        if not optimizer.built:
            optimizer.build(variables)
        self.optimizer, self._first = optimizer, [variable.numpy() for variable in optimizer.variables]
        rate = optimizer.learning_rate
        self._rate = rate if isinstance(rate, keras.Variable) else None  # of a schedule it is a number
        self.note_rate()

    def note_rate(self):
        """Notes the learning rate that the training has come to: some callbacks lower it."""
        self._last_rate = None if self._rate is None else float(self._rate)

    def restore(self):
        """Puts the optimizer back. Only a learning rate that the reader has set since stays."""
        for variable, value in zip(self.optimizer.variables, self._first, strict=False):
            if variable is not self._rate or float(variable) == self._last_rate:
                variable.assign(value)


class TrainingCurves(keras.callbacks.Callback):
    """Draws the training and validation curves, live where the front end can update a picture.

    In a notebook one picture is updated in place after every epoch. While training lasts it is a sketch that costs
    next to nothing; the figure of `plots.training_curves` takes its place at the end. In an IPython terminal it is
    shown once, at the end. Outside IPython nothing is shown, and neither is a training of one epoch: a single point is
    no curve.

    `fit` trains anew: a network that was trained before, since the cell is run again or was interrupted, begins again
    with its first weights, and a line says so. (One that learns its input's shape only in training trains on.) To train
    any network on, pass `initial_epoch` to `fit`: the curves go on, too. It stands first among the callbacks, so that
    others that change the learning rate find it as it was.

    Args:
        loss_limit: where the axis of the loss ends in the figure, which begins at 0; `None` to fit all values in.

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

    def __init__(self, loss_limit=None):
        super().__init__()
        self.loss_limit = loss_limit
        self._training = _Training()
        self._epochs_planned = 0

    @property
    def figure(self):
        """The `matplotlib.figure.Figure` of the training so far; `None` before the first."""
        if not self._epochs_planned:
            return None
        return plots.training_curves(self.history, self._epochs_planned, self.loss_limit)

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
        if self._training.steps == self._steps_before:  # once an epoch, after other callbacks have set it at its begin
            self._note_rate()  # each time, reading it would take a share of a short step
        # Where several steps are taken at once, Keras's number may be one of the first or beyond the last.
        self._training.steps = self._steps_before + min(batch + 1, self.params["steps"] or batch + 1)
        self._count_seconds()

    def on_epoch_end(self, epoch, logs=None):
        if self.params["steps"]:
            self._training.steps = self._steps_before + self.params["steps"]
        epochs = self.epochs
        for name, value in (logs or {}).items():
            if np.ndim(value):  # a metric with a number for each class
                continue
            values = self.history.setdefault(name, [])
            values += [float("nan")] * (epochs - len(values))
            values.append(float(value))
        self._sketch()
        self._count_seconds()

    def on_train_end(self, logs=None):
        self._note_rate()
        if get_ipython() and self._has_curves():
            self._show(*self.figure.bundle())

    def _begin(self, epoch):
        """Begins a new training at epoch 0, or goes on with an earlier one at a later epoch."""
        training = _trainings.get(self.model)
        if training and _shapes(training.first_weights) not in (_shapes([]), _shapes(self.model.get_weights())):
            training = None  # layers were added or taken away: this is another network
        if epoch > 0:
            if training is None:  # trained elsewhere: of those epochs nothing is known but their number
                training = _Training(self.model, {"loss": [float("nan")] * epoch})
        elif training is None:
            training = _Training(self.model)
        else:
            training = self._begin_anew(training)
        _trainings[self.model] = self._training = training
        self._epochs_planned = training.planned = training.epochs + self.params["epochs"] - epoch
        self._sketch()

    def _begin_anew(self, training):
        """Puts a network and its optimizer back to where they were before a training; returns the new one."""
        if not training.first_weights:  # there were none: it learned its input's shape in training
            console.say("This network was trained before, and its first weights aren't known: it trains on.")
            return training
        self.model.set_weights(training.first_weights)
        if training.optimizer.optimizer is self.model.optimizer:  # else it was compiled since, and is new
            training.optimizer.restore()
        epochs = training.epochs
        last = training.planned if training.planned > epochs else epochs + self.params["epochs"]
        advice = f" (initial_epoch={epochs}, epochs={last} would have trained it on.)" if epochs else ""
        console.say(f"This network was trained before, so it begins anew, with its first weights.{advice}")
        return _Training(self.model)

    def _note_rate(self):
        if self._training.optimizer:
            self._training.optimizer.note_rate()

    def _count_seconds(self):
        now = time.perf_counter()
        self._training.seconds += now - self._clock
        self._clock = now

    def _sketch(self):
        if pictures.in_notebook() and self._has_curves():  # it can update a picture
            self._show({"text/html": plots.training_sketch(self.history, self._epochs_planned)}, {})

    def _has_curves(self):
        return self._epochs_planned > 1

    def _show(self, data, metadata):
        if self._handle:
            self._handle.update(data, metadata=metadata, raw=True)
        else:
            self._handle = display(data, metadata=metadata, raw=True, display_id=True)


def _shapes(weights):
    return [np.shape(weight) for weight in weights]


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
        self._begun = False

    def on_epoch_begin(self, epoch, logs=None):
        if not self._begun and epoch == 0:  # with a later one, `fit` trains on
            self._rows = []
        self._begun = True

    def on_train_batch_begin(self, batch, logs=None):
        if not self._rows:  # by now, `TrainingCurves` has put the first weights back, whichever of both comes first
            self._rows = [self._predict()]

    def on_epoch_end(self, epoch, logs=None):
        self._rows.append(self._predict())

    def _predict(self):
        return keras.ops.convert_to_numpy(self.model(self.images, training=False))


class Weights(keras.callbacks.Callback):
    """Keeps the weights of a layer while they change: before training, after 1, 2, 4, 8 … steps, and at the end.

    Args:
        layer: a layer with a kernel, such as `model.layers[-1]`.

    Attributes:
        steps: list of integers, after how many steps the weights were kept.
        kernels: list of float arrays, the layer's kernel at each of these moments.

    Example:

    >>> noted = callbacks.Weights(model.layers[-1])
    >>> model.fit(train_dataset, shuffle=False, callbacks=[noted])
    >>> noted.steps
    [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 391]
    """

    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.steps, self.kernels = [], []

    def on_train_begin(self, logs=None):
        self.steps, self.kernels, self._count = [], [], 0

    def on_train_batch_begin(self, batch, logs=None):
        if not self.steps:  # by now, `TrainingCurves` has put the first weights back, whichever of both comes first
            self._keep()

    def on_train_batch_end(self, batch, logs=None):
        self._count += 1
        if self._count & (self._count - 1) == 0:  # a power of 2
            self._keep()

    def on_train_end(self, logs=None):
        if self.steps and self.steps[-1] != self._count:
            self._keep()

    def _keep(self):
        self.steps.append(self._count)
        self.kernels.append(self.layer.kernel.numpy())
