"""`TrainingCurves` in plain Python, and in the kernel of a notebook."""

import base64
import contextlib
import io
import re
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from mnist_helpers import callbacks

INPUTS = np.random.default_rng(0).random((64, 3), np.float32)
TARGETS = np.eye(2, dtype=np.float32)[np.arange(64) % 2]


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, "softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    return model


def fit(model, curves, epochs=3, validation_data=(INPUTS[:8], TARGETS[:8])):
    return model.fit(
        INPUTS, TARGETS, epochs=epochs, verbose=0, validation_data=validation_data, callbacks=[curves]
    ).history


def assert_drawn(curves, history):
    assert curves.history == history
    for axis, metric in zip(curves.figure.axes, ("loss", "accuracy"), strict=True):
        training, validation = axis.lines
        assert training.get_ydata().tolist() == history[metric]
        assert validation.get_ydata().tolist() == history.get(f"val_{metric}", [])


def test_outside_ipython(model, capfd):
    curves = callbacks.TrainingCurves()
    assert (curves.figure, curves.history, curves.seconds) == (None, {}, 0)
    history = fit(model, curves)
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert_drawn(curves, history)
    assert curves.seconds > 0
    assert plt.get_fignums() == []
    assert capfd.readouterr().out == ""


def test_without_validation_data(model):
    curves = callbacks.TrainingCurves()
    history = fit(model, curves, validation_data=None)
    assert set(history) == {"loss", "accuracy"}
    assert_drawn(curves, history)


def test_second_training_begins_anew(model):
    curves = callbacks.TrainingCurves()
    fit(model, curves, epochs=4)
    first = curves.figure
    history = fit(model, curves, epochs=2)
    assert len(history["loss"]) == 2
    assert_drawn(curves, history)
    assert curves.figure is not first
    assert curves.figure.axes[0].get_xlim() == (0.5, 2.5)


def test_the_loss_is_drawn_up_to_a_limit(model):
    curves = callbacks.TrainingCurves(loss_limit=0.3)
    fit(model, curves)
    assert curves.figure.axes[0].get_ylim() == (0, 0.3)


def test_the_axis_is_as_long_as_the_training_was_to_be(model):
    class StopEarly(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    curves = callbacks.TrainingCurves()
    model.fit(INPUTS, TARGETS, epochs=9, verbose=0, callbacks=[curves, StopEarly()])
    assert len(curves.history["loss"]) == 2
    assert curves.figure.axes[0].get_xlim() == (0.5, 9.5)


# --- run again, interrupted, gone on with ---


class Interrupt(keras.callbacks.Callback):
    """Stops a training as the reader's Stop button does, at one step of one epoch."""

    def __init__(self, epoch, step):
        super().__init__()
        self.place, self._epoch = (epoch, step), None

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self._epoch, batch) == self.place:
            raise KeyboardInterrupt


@pytest.fixture(params=["momentum", "averages"])
def scheduled(request):
    """A network whose schedule ends at rate 0 after the four epochs of `train`; with all that a training leaves."""
    keras.utils.set_random_seed(3)
    hidden = [keras.layers.Dense(8, "relu"), keras.layers.BatchNormalization(), keras.layers.Dropout(0.1)]
    model = keras.Sequential([keras.Input((3,)), *hidden, keras.layers.Dense(2, "softmax")])
    compile_anew(model, request.param)
    return model


def compile_anew(model, optimizer="momentum"):
    decay = keras.optimizers.schedules.CosineDecay(0.05, 4 * 8)
    if optimizer == "averages":
        optimizer = keras.optimizers.Adam(decay, use_ema=True, ema_momentum=0.9)
    else:
        optimizer = keras.optimizers.SGD(decay, momentum=0.9)
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])


def train(model, *more, **options):
    """Four epochs of eight steps, with curves of their own, as a cell makes them."""
    curves = callbacks.TrainingCurves()
    options = {"epochs": 4, "validation_data": (INPUTS[:8], TARGETS[:8])} | options
    with contextlib.suppress(KeyboardInterrupt):
        model.fit(INPUTS, TARGETS, batch_size=8, shuffle=False, verbose=0, callbacks=[*more, curves], **options)
    return curves


ANEW = "This network was trained before, so it begins anew, with its first weights."
ON = "This network was trained before, and its first weights aren't known: it trains on.\n"


def test_a_cell_that_is_run_again_trains_anew(scheduled, capsys):
    first_predictions = callbacks.Predictions(INPUTS[:5])
    first = train(scheduled, first_predictions)
    assert capsys.readouterr().out == ""
    predictions = callbacks.Predictions(INPUTS[:5])
    again = train(scheduled, predictions)
    said = capsys.readouterr().out
    assert said == f"{ANEW} (initial_epoch=4, epochs=8 would have trained it on.)\n"
    assert (first.epochs, first.steps) == (again.epochs, again.steps) == (4, 32)
    # Dropout's random numbers go on, so the two trainings are alike and not equal.
    np.testing.assert_array_equal(predictions.probabilities[0], first_predictions.probabilities[0])
    np.testing.assert_allclose(again.history["loss"], first.history["loss"], atol=0.15)
    assert np.abs(predictions.probabilities[-1] - predictions.probabilities[0]).max() > 0.005  # the rate was not 0
    assert int(scheduled.optimizer.iterations) == 32


@pytest.mark.parametrize("place", [(0, 3), (2, 5)])
def test_a_training_that_was_interrupted(place, scheduled, capsys):
    epoch, step = place
    curves = train(scheduled, Interrupt(*place))
    assert (curves.epochs, curves.steps) == (epoch, 8 * epoch + step)
    assert curves.seconds > 0
    assert (curves.figure.axes[0].lines[0].get_xdata() == np.arange(1, epoch + 1)).all()
    assert curves.figure.axes[0].get_xlim() == (0.5, 4.5)
    again = train(scheduled)
    said = capsys.readouterr().out
    advice = f" (initial_epoch={epoch}, epochs=4 would have trained it on.)" if epoch else ""
    assert said == f"{ANEW}{advice}\n"
    assert (again.epochs, again.steps) == (4, 32)
    assert len(again.history["loss"]) == 4


def test_seconds_of_an_interrupted_epoch_count(model):
    class Slow(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            time.sleep(0.05)

    curves = train(model, Slow(), Interrupt(0, 4), validation_data=None)
    assert curves.epochs == 0 and curves.seconds >= 4 * 0.05


def test_a_network_that_is_compiled_again_trains_anew_too(scheduled, capsys):
    train(scheduled)
    weights = scheduled.get_weights()
    compile_anew(scheduled)
    curves = train(scheduled)
    assert ANEW in capsys.readouterr().out and curves.epochs == 4
    assert not np.allclose(weights[0], scheduled.get_weights()[0])


class OwnSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """Without `get_config`, as readers write them; no copy can be made of it."""

    def __call__(self, step):
        return 0.1 / (1.0 + keras.ops.cast(step, "float32"))


class OwnNetwork(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2, "softmax")

    def call(self, inputs):
        return self.dense(inputs)


@pytest.mark.parametrize("rate", [OwnSchedule(), lambda: 0.1], ids=["a schedule", "a function"])
def test_rates_of_the_readers_own(rate, model, capsys):
    model.compile(keras.optimizers.Nadam(rate), "categorical_crossentropy", metrics=["accuracy"])
    for _ in range(3):
        curves = train(model)
        assert (curves.epochs, int(model.optimizer.iterations)) == (4, 32)
    assert capsys.readouterr().out.count(ANEW) == 2


@pytest.mark.parametrize("network", ["own", "Sequential"])
def test_a_network_that_learns_its_shape_in_training_trains_on(network, capsys):
    network = OwnNetwork() if network == "own" else keras.Sequential([keras.layers.Dense(2, "softmax")])
    network.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    train(network)
    curves = train(network)
    assert capsys.readouterr().out == ON
    assert (curves.epochs, curves.steps) == (8, 64)


def test_compiled_again_and_run_twice(scheduled, capsys):
    train(scheduled)
    compile_anew(scheduled)
    for _ in range(2):
        train(scheduled)
        assert int(scheduled.optimizer.iterations) == 32


def test_a_frozen_layer_stops_nothing(model):
    model.add(keras.layers.Dense(2, "softmax"))
    compile_anew(model)
    train(model)
    model.layers[0].trainable = False  # and not compiled again
    assert train(model).epochs == 4


@pytest.mark.parametrize("lowers", ["scheduler", "plateau"])
def test_a_rate_that_callbacks_lowered_begins_anew(lowers, model):
    callback = {
        "scheduler": lambda: keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2),
        "plateau": lambda: keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=0, min_delta=9.0, cooldown=0),
    }[lowers]
    first, rates = float(model.optimizer.learning_rate), []
    for _ in range(2):
        model.fit(INPUTS, TARGETS, epochs=4, verbose=0, callbacks=[callbacks.TrainingCurves(), callback()])
        rates.append(float(model.optimizer.learning_rate))
    assert rates[0] == rates[1] < first


def test_an_interrupted_training_begins_anew_with_its_first_rate(model):
    first = float(model.optimizer.learning_rate)
    halved = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    with pytest.raises(KeyboardInterrupt):
        more = [callbacks.TrainingCurves(), halved, Interrupt(2, 1)]
        model.fit(INPUTS, TARGETS, batch_size=8, epochs=4, shuffle=False, verbose=0, callbacks=more)
    assert float(model.optimizer.learning_rate) == first / 8
    noted = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rates.append(rate) or rate)
    rates = []
    model.fit(INPUTS, TARGETS, epochs=1, verbose=0, callbacks=[callbacks.TrainingCurves(), noted])
    assert rates == [first]


def test_a_metric_with_a_number_for_each_class(model):
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy", keras.metrics.F1Score()])
    assert set(train(model).history) == {"loss", "accuracy", "val_loss", "val_accuracy"}


def test_predictions_go_on_with_the_training(model):
    predictions = callbacks.Predictions(INPUTS[:5])
    train(model, predictions, epochs=2)
    before = predictions.probabilities
    train(model, predictions, initial_epoch=2)
    assert len(predictions.probabilities) == 5
    np.testing.assert_array_equal(predictions.probabilities[:3], before)


def test_the_readers_own_learning_rate_stays(model):
    train(model)
    model.optimizer.learning_rate = 0.5
    train(model)
    assert float(model.optimizer.learning_rate) == 0.5


def test_with_initial_epoch_it_goes_on(scheduled, capsys):
    first = train(scheduled, epochs=2)
    losses, seconds = list(first.history["loss"]), first.seconds
    second = train(scheduled, initial_epoch=2)
    assert capsys.readouterr().out == ""
    assert (second.epochs, second.steps) == (4, 32)
    assert second.history["loss"][:2] == losses and len(second.history["val_loss"]) == 4
    assert second.seconds > seconds
    assert second.figure.axes[0].get_xlim() == (0.5, 4.5)
    assert int(scheduled.optimizer.iterations) == 32


def test_initial_epoch_of_a_network_trained_elsewhere(model):
    curves = train(model, initial_epoch=2)
    assert (curves.epochs, curves.steps) == (4, 16)
    assert np.isnan(curves.history["loss"]).tolist() == [True, True, False, False]
    assert curves.figure.axes[0].get_xlim() == (0.5, 4.5)


def test_epochs_without_validation(model):
    curves = train(model, epochs=5, validation_freq=2)
    assert np.isnan(curves.history["val_loss"]).tolist() == [True, False, True, False]
    assert len(curves.history["loss"]) == curves.epochs == 5
    _, validation = curves.figure.axes[0].lines
    assert validation.get_xdata().tolist() == [2, 4]


def test_a_network_with_another_layer_is_another_network(model, capsys):
    train(model)
    model.add(keras.layers.Dense(2, "softmax"))
    compile_anew(model)
    assert train(model).epochs == 4
    assert capsys.readouterr().out == ""


def test_steps_at_once_that_do_not_divide_the_epoch(model):
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"], steps_per_execution=3)
    assert train(model).steps == 32


def test_another_network_has_a_training_of_its_own(model, capsys):
    train(model)
    other = keras.models.clone_model(model)
    other.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    assert train(other).epochs == 4
    assert capsys.readouterr().out == ""


NOTEBOOK = """\
import keras, numpy as np
from mnist_helpers import callbacks
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, "softmax")])
model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
curves = callbacks.TrainingCurves()
model.fit(np.zeros((64, 3)), np.eye(2)[np.arange(64) % 2], epochs=3, callbacks=[curves]);
---
print(curves._handle.display_id)
---
for name, values in curves.history.items():
    print(name, f"{values[-1]:.4f}", end=", ")"""


@pytest.mark.slow
def test_one_picture_grows_in_a_notebook(run_notebook):
    (training, identity, values), client = run_notebook(NOTEBOOK)

    *sketches, last = client.shown[:5]
    assert {shown["transient"]["display_id"] for shown in client.shown[:5]} == {identity[0].text.strip()}
    points = [re.findall(r'points="([^"]*)"', sketch["data"]["text/html"])[0].split() for sketch in sketches]
    assert [len(curve) for curve in points] == [0, 1, 2, 3]  # empty axes, then one more epoch each time
    (kept,) = [output for output in training if output.output_type == "display_data"]
    assert kept.data == last["data"] and kept.metadata == last["metadata"]
    assert Image.open(io.BytesIO(base64.b64decode(kept.data["image/png"]))).size == (800, 400)
    assert set(kept.data) == {"text/html", "image/png", "text/plain"}
    assert "<svg" not in kept.data["text/html"]  # the sketch is gone
    alt = f"Loss and accuracy over the epochs. Last values: {values[0].text.removesuffix(', ')}."
    assert kept.metadata == {"image/png": {"alt": alt, "width": 500}}
    log = "".join(output.text for output in training if output.get("name") == "stdout")
    assert "Epoch 1/3" in log and "Epoch 3/3" in log and "loss: " in log


@pytest.mark.slow
def test_one_epoch_is_no_curve(run_notebook):
    (training,), client = run_notebook(NOTEBOOK.split("---")[0].replace("epochs=3", "epochs=1"))
    assert not client.shown
    assert {output.output_type for output in training} == {"stream"}


def test_predictions_before_training_and_after_each_epoch(model):
    images = INPUTS[:5]
    before = model.predict(images, verbose=0)
    predictions = callbacks.Predictions(images)
    assert predictions.probabilities.shape == (0,)
    model.fit(INPUTS, TARGETS, epochs=3, verbose=0, callbacks=[predictions])
    assert predictions.probabilities.shape == (4, 5, 2)
    np.testing.assert_allclose(predictions.probabilities[0], before, atol=1e-6)
    np.testing.assert_allclose(predictions.probabilities[-1], model.predict(images, verbose=0), atol=1e-6)
    assert not np.allclose(predictions.probabilities[0], predictions.probabilities[1])
    model.fit(INPUTS, TARGETS, epochs=1, verbose=0, callbacks=[predictions])
    assert len(predictions.probabilities) == 2  # a second training begins anew


def test_predictions_are_those_of_a_network_at_work():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.9), keras.layers.BatchNormalization()])
    model.compile("sgd", "mse")
    predictions = callbacks.Predictions(INPUTS[:5])
    model.fit(INPUTS, INPUTS, verbose=0, callbacks=[predictions])
    np.testing.assert_allclose(predictions.probabilities[-1], model.predict(INPUTS[:5], verbose=0), atol=1e-6)


def test_weights_are_kept_at_doubling_steps(model):
    noted, kernel = callbacks.Weights(model.layers[-1]), model.layers[-1].kernel
    first, after = kernel.numpy(), []
    note = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: after.append(kernel.numpy()))
    model.fit(INPUTS, TARGETS, batch_size=2, epochs=2, verbose=0, callbacks=[noted, note])
    assert noted.steps == [0, *[2**power for power in range(20) if 2**power < len(after)], len(after)]
    np.testing.assert_array_equal(noted.kernels, [first, *[after[step - 1] for step in noted.steps[1:]]])
    model.fit(INPUTS, TARGETS, batch_size=2, verbose=0, callbacks=[noted])  # a second training begins anew
    np.testing.assert_array_equal(noted.kernels[0], after[-1])
