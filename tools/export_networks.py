"""Writes trained networks as files that site/static/live/network.js runs.

`python tools/export_networks.py` trains each by its notebook's own cells, with the first seed of the results file, and
writes it to site/static/live/networks. Names of networks as arguments: only those.
"""

import base64
import contextlib
import json
import sys
from pathlib import Path

import numpy as np
from publish import results_of

from mnist_helpers import device

with contextlib.redirect_stdout(sys.stderr):
    device.start()  # before the imports below, which load TensorFlow
import keras  # noqa: E402
import train_one  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "site" / "static" / "live" / "networks"
NETWORKS = {  # the name on the page, and the notebook that trains it
    "one_layer": "01_watch_it_train",
    "deeper": "05_going_deeper",
    "convolutional": "07_convolutions",
    "record": "10_augmentation",
}


def describe(model):
    """Takes a network apart.

    Args:
        model: a built `keras.Sequential`.

    Returns:
        A list of layers, each a dictionary that JSON can hold, and the weights of all of them, float32 `[count]`, in
        that order. Dropout and Flatten do nothing at prediction time; batch normalization is a factor and an offset.

    Raises:
        ValueError: a layer, or a setting of one, is none of those that network.js knows.

    Example:

    >>> layers, weights = export_networks.describe(model)
    """
    layers, weights = [], []
    for layer in model.layers:
        known = DESCRIPTIONS.get(type(layer))
        if known is None:
            names = ", ".join(kind.__name__ for kind in DESCRIPTIONS)
            raise ValueError(f"{layer.name} is a {type(layer).__name__}; network.js knows {names}.")
        description, arrays = known(layer)
        if description:
            layers.append(description)
            weights += [np.ravel(array) for array in arrays]
    return layers, np.concatenate(weights).astype(np.float32)


def _convolution(layer):
    _expect(layer, "strides", layer.strides, (1, 1))
    _expect(layer, "dilation_rate", layer.dilation_rate, (1, 1))
    _expect(layer, "groups", layer.groups, 1)
    return _with_kernel("convolution", layer, padding=layer.padding)


def _dense(layer):
    return _with_kernel("dense", layer)


def _with_kernel(kind, layer, **more):
    activation = layer.activation.__name__
    if activation not in ("relu", "softmax", "linear"):
        raise ValueError(f"{layer.name} has the activation {activation}; network.js knows relu, softmax and linear.")
    description = {"kind": kind, "shape": list(layer.kernel.shape), "bias": layer.use_bias, "activation": activation}
    return description | more, [layer.kernel.numpy(), *([layer.bias.numpy()] if layer.use_bias else [])]


def _pooling(layer):
    _expect(layer, "pool_size", layer.pool_size, (2, 2))
    _expect(layer, "strides", layer.strides, (2, 2))
    _expect(layer, "padding", layer.padding, "valid")
    return {"kind": "pool"}, []


def _normalization(layer):
    factors = 1 / np.sqrt(layer.moving_variance.numpy() + layer.epsilon)
    if layer.scale:
        factors = factors * layer.gamma.numpy()
    offsets = -layer.moving_mean.numpy() * factors
    if layer.center:
        offsets = offsets + layer.beta.numpy()
    return {"kind": "scale", "channels": len(factors)}, [factors, offsets]


def _relu(layer):
    _expect(layer, "negative_slope", layer.negative_slope, 0)
    return {"kind": "relu"}, []


def _nothing(layer):
    return None, []


DESCRIPTIONS = {
    keras.layers.Conv2D: _convolution,
    keras.layers.Dense: _dense,
    keras.layers.MaxPooling2D: _pooling,
    keras.layers.BatchNormalization: _normalization,
    keras.layers.ReLU: _relu,
    keras.layers.Flatten: _nothing,
    keras.layers.Dropout: _nothing,
}


def _expect(layer, setting, value, expected):
    if value != expected:
        raise ValueError(f"{layer.name} has {setting} {value}; network.js knows {expected}.")


def script(name, model):
    """Makes a network's file: a script, since pages opened from a folder may load nothing else.

    Args:
        name: the network's name on the page.
        model: as for `describe`.

    Returns:
        The text, with the weights as float16.

    Raises:
        ValueError: as for `describe`; or a weight is too large for float16.

    Example:

    >>> text = export_networks.script("one_layer", model)
    """
    layers, weights = describe(model)
    if not np.abs(weights).max() <= np.finfo(np.float16).max:
        raise ValueError(
            f"A weight of {name} is {np.abs(weights).max():g}; float16 reaches to {np.finfo(np.float16).max:.0f}."
        )
    file = {"layers": layers, "weights": base64.b64encode(weights.astype("<f2")).decode()}
    return f"(globalThis.networkFiles ??= {{}}).{name} = {json.dumps(file)};\n"


def load(name):
    """Reads a network's file for Keras, so that one can compare what the page computes with what Keras does.

    Args:
        name: a key of `NETWORKS`.

    Returns:
        A `keras.Sequential` with the weights of the file. A scale becomes a normalization whose averages do nothing.

    Example:

    >>> model = export_networks.load("one_layer")
    """
    text = (FOLDER / f"{name}.js").read_text(encoding="utf-8")
    file = json.loads(text.partition(" = ")[2].strip().removesuffix(";"))
    layers = list(map(_made_again, file["layers"]))
    flat = next(number for number, layer in enumerate(layers) if isinstance(layer, keras.layers.Dense))
    layers.insert(flat, keras.layers.Flatten())
    model = keras.Sequential([keras.Input([28, 28, 1]), *layers])
    weights, start = np.frombuffer(base64.b64decode(file["weights"]), "<f2").astype(np.float32), 0
    for layer in model.layers:
        arrays = [variable.numpy() for variable in layer.weights]
        for number, array in enumerate(arrays[:2]):  # the averages of a normalization stay 0 and 1
            arrays[number] = weights[start : start + array.size].reshape(array.shape)
            start += array.size
        layer.set_weights(arrays)
    return model


def _made_again(description):
    kind = description["kind"]
    if kind == "pool":
        return keras.layers.MaxPooling2D(2)
    if kind == "relu":
        return keras.layers.ReLU()
    if kind == "scale":
        return keras.layers.BatchNormalization(epsilon=0.0)
    *size, _, outputs = description["shape"]
    options = {"use_bias": description["bias"], "activation": description["activation"]}
    if kind == "dense":
        return keras.layers.Dense(outputs, **options)
    return keras.layers.Conv2D(outputs, size, padding=description["padding"], **options)


def main(names):
    seeds = {row["notebook"]: row["seeds"][0] for row in results_of()}
    for name in names or NETWORKS:
        model, _ = train_one.train_notebook(NETWORKS[name], seeds[NETWORKS[name]])
        text = script(name, model)
        (FOLDER / f"{name}.js").write_text(text, encoding="utf-8")
        print(f"{name}: {len(text) / 1000:,.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
