"""The drawing of a network, for networks that no notebook has: against Keras's own counts, shapes and outputs."""

import re

import keras
import numpy as np
import pytest
from keras import layers
from matplotlib.patches import Rectangle

from mnist_helpers import diagrams

IMAGE = np.random.default_rng(0).random((20, 30, 3), np.float32)


def small():
    return keras.Sequential(
        [
            keras.Input([20, 30, 3]),
            layers.Conv2D(8, (3, 5), strides=2, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.Conv2D(8, 3, padding="same", use_bias=False),
            layers.AveragePooling2D(2),
            layers.GlobalMaxPooling2D(),
            layers.Dense(5, activation="softmax"),
        ]
    )


def nested():
    block = keras.Sequential([layers.Dense(16), layers.LayerNormalization(), layers.Activation("gelu")])
    return keras.Sequential([keras.Input([12]), block, layers.Dropout(0.25), layers.Dense(200), layers.Dense(1)])


def sequence():
    return keras.Sequential(
        [keras.Input([28, 28]), layers.LSTM(7), layers.RepeatVector(4), layers.Conv1D(3, 2), layers.Flatten()]
    )


def any_size():
    return keras.Sequential([keras.Input([None, None, 1]), layers.Conv2D(4, 3), layers.GlobalAveragePooling2D()])


def volume():
    return keras.Sequential([keras.Input([8, 8, 8, 1]), layers.Conv3D(2, 3), layers.Flatten(), layers.Dense(10)])


NETWORKS = [small, nested, sequence, any_size, volume]


def texts(figure):
    (axis,) = figure.axes
    return [text.get_text().replace("\N{NO-BREAK SPACE}", " ") for text in axis.texts]


@pytest.mark.parametrize("make", NETWORKS)
@pytest.mark.parametrize("with_image", [False, True])
def test_the_counts_are_those_of_keras(make, with_image):
    model = make()
    size = [24 if side is None else side for side in model.input_shape[1:]]
    figure = diagrams.architecture(model, np.zeros(size) if with_image else None)
    words = texts(figure)
    trained = sum(np.prod(weights.shape) for weights in model.trainable_weights)
    other = sum(np.prod(weights.shape) for weights in model.non_trainable_weights)
    total = f"{trained:,} trained parameters + {other:,} not trained" if other else f"{trained:,} parameters in all"
    assert total in words
    assert (
        sum(int(word.split()[0].replace(",", "")) for word in words if re.fullmatch(r"[\d,]+ parameters", word))
        == trained
    )
    shape = " × ".join("?" if side is None else f"{side:,}" for side in model.output_shape[1:])
    assert shape in words
    assert figure.png().startswith(b"\x89PNG")
    assert total in figure.alt


def test_each_change_of_shape_is_a_block():
    words = texts(diagrams.architecture(small()))
    shapes = [word for word in words if "×" in word and word[0].isdigit()] + [word for word in words if word == "8"]
    assert shapes == ["20 × 30 × 3", "10 × 15 × 8", "10 × 15 × 8", "5 × 7 × 8", "8"]
    assert [word for word in words if word[0].isalpha()][:-1] == [
        *("input", "Conv2D 3×5, ReLU,", "BatchNormalization", "Conv2D 3×3", "AveragePooling2D 2×2"),
        *("GlobalMaxPooling2D", "Dense, softmax"),
    ]
    assert [word for word in words if word in "01234"] == list("01234")  # the classes


def test_names_of_nested_layers_and_activations():
    words = texts(diagrams.architecture(nested()))
    assert [word for word in words if word[0].isalpha()] == [
        *("input", "Dense,", "LayerNormalization,", "gelu, Dropout 0.25", "Dense", "Dense"),
        "Bars by their square roots; the boxes larger.",
    ]
    assert "Maps to scale; depth and bars by their square roots; the boxes larger." in texts(
        diagrams.architecture(small())
    )
    assert "Maps to scale; bars by their square roots; the boxes larger." in texts(
        diagrams.architecture(small(), IMAGE)
    )


def test_layers_before_the_first_change_of_shape_are_named():
    model = keras.Sequential([keras.Input([6, 6, 1]), layers.LayerNormalization(scale=False), layers.Conv2D(2, 3)])
    assert "Input, LayerNormalization: 6×6×1, 1 parameters; Conv2D 3×3: 4×4×2" in diagrams.architecture(model).alt


def test_maps_are_drawn_to_scale():
    (axis,) = diagrams.architecture(small(), IMAGE).axes
    boxes = [(right - left, top - bottom) for left, right, bottom, top in (image.get_extent() for image in axis.images)]
    width, height = boxes[0]
    assert width / height == pytest.approx(30 / 20)
    first = next(box for box, image in zip(boxes, axis.images, strict=True) if image.get_array().shape == (10, 15))
    assert np.divide(first, boxes[0]) == pytest.approx([0.5, 0.5])


def test_maps_are_those_of_the_image():
    model = small()
    values, pictures = IMAGE[np.newaxis], [IMAGE]
    for layer in model.layers:
        values = np.asarray(layer(values))
        pictures.append(values[0])
    (axis,) = diagrams.architecture(model, IMAGE).axes
    drawn = [np.asarray(image.get_array()) for image in axis.images]
    assert np.allclose(drawn[0], IMAGE[:, :, 0])
    for index in (2, 3, 4):  # after normalization, the second convolution, the pooling
        first_map = pictures[index][:, :, 0]
        same_size = [picture for picture in drawn if picture.shape == first_map.shape]
        assert any(np.allclose(picture, first_map, atol=1e-5) for picture in same_size)
    assert np.allclose(np.concatenate(drawn[-5:], axis=1), pictures[-1][np.newaxis], atol=1e-5)  # a box a class


def test_bars_are_drawn_to_scale_and_classes_apart():
    layers_ = [layers.Dense(100), layers.Dense(25), layers.Dense(10)]
    (axis,) = diagrams.architecture(keras.Sequential([keras.Input([400]), *layers_])).axes
    widths = [patch.get_width() for patch in axis.patches if isinstance(patch, Rectangle)]
    assert np.divide(widths[:3], widths[0]) == pytest.approx([1, 0.5, 0.25])  # square roots of 400, 100, 25
    assert len(widths) == 3 + 10 and max(widths[3:]) < widths[2] / 2


def test_dropout_is_off():
    model = keras.Sequential([keras.Input([6, 6, 1]), layers.Dropout(0.9)])
    (axis,) = diagrams.architecture(model, np.ones((6, 6, 1))).axes
    assert all(np.all(image.get_array() == 1) for image in axis.images)


def test_what_cannot_be_drawn():
    with pytest.raises(ValueError, match=r"isn't built.*begin it with keras.Input"):
        diagrams.architecture(keras.Sequential([layers.Dense(3)]))
    with pytest.raises(ValueError, match=r"image has the shape \[28, 28, 1\]; expected is \[20, 30, 3\]"):
        diagrams.architecture(small(), np.zeros([28, 28, 1]))
    inputs = keras.Input([3])
    with pytest.raises(TypeError, match="model is a Functional; expected is a keras.Sequential"):
        diagrams.architecture(keras.Model(inputs, layers.Dense(3)(inputs)))
