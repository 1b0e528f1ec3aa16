"""`TrainingCurves` in plain Python, and in the kernel of a notebook."""

import base64
import io
import re

import keras
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
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


def test_the_axis_is_as_long_as_the_training_was_to_be(model):
    class StopEarly(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    curves = callbacks.TrainingCurves()
    model.fit(INPUTS, TARGETS, epochs=9, verbose=0, callbacks=[curves, StopEarly()])
    assert len(curves.history["loss"]) == 2
    assert curves.figure.axes[0].get_xlim() == (0.5, 9.5)


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


class Recorder(NotebookClient):
    """Keeps every picture that a kernel shows or puts in the place of another."""

    def process_message(self, message, cell, cell_index):
        if message["msg_type"] in ("display_data", "update_display_data"):
            self.shown.append(message["content"])
        return super().process_message(message, cell, cell_index)


def test_one_picture_grows_in_a_notebook(tmp_path, monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in NOTEBOOK.split("---\n")])
    client = Recorder(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}})
    client.shown = []
    client.execute()
    training, identity, values = (cell.outputs for cell in notebook.cells)

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
