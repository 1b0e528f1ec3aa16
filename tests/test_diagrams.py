"""The explaining pictures: what they show is computed, so it can be checked."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mnist_helpers import diagrams

IMAGE = np.random.default_rng(1).random((28, 28, 1), np.float32)


def texts(axis):
    return [text.get_text() for text in axis.texts]


def test_convolution_against_loops():
    kernel = [[1, 2, 0], [0, -1, 3]]
    image_axis, patch_axis, map_axis = diagrams.convolution(IMAGE, kernel, row=5, column=25).axes
    expected = np.zeros((27, 26))
    for row in range(27):
        for column in range(26):
            for y in range(2):
                for x in range(3):
                    expected[row, column] += kernel[y][x] * IMAGE[row + y, column + x, 0]
    np.testing.assert_allclose(map_axis.images[0].get_array(), expected, rtol=1e-5)
    np.testing.assert_array_equal(patch_axis.images[0].get_array(), IMAGE[5:7, 25:28, 0])
    assert texts(patch_axis) == ["× 1", "× 2", "× 0", "× 0", "× -1", "× 3"]
    assert f"{expected[5, 25]:.2f}" in patch_axis.get_title()
    frame = image_axis.patches[0]
    assert (frame.get_xy(), frame.get_width(), frame.get_height()) == ((24.5, 4.5), 3, 2)


@pytest.mark.parametrize(("row", "column"), [(27, 0), (0, 26), (-1, 0)])
def test_convolution_outside_the_image(row, column):
    with pytest.raises(ValueError, match=f"row {row}, column {column} is outside; expected are 0 to 26, 0 to 25"):
        diagrams.convolution(IMAGE, np.ones((2, 3)), row, column)


def test_layers():
    (axis,) = diagrams.layers([784, 60, 10], ["ReLU", "softmax"]).axes
    assert {"784 pixels", "60 neurons", "10 neurons", "ReLU", "softmax"} <= set(texts(axis))
    assert len(axis.lines) == 8 * 8 + 8 * 10  # every drawn neuron is tied to all of the layer before
    with pytest.raises(ValueError, match="activations has 1 entries; expected are 2, one a layer"):
        diagrams.layers([784, 60, 10], ["softmax"])


def test_dropout_cuts_the_ties_of_the_neurons_that_are_off():
    training, prediction = diagrams.dropout(rate=0.5).axes
    assert "4 of 8 neurons are off" in training.get_title()
    assert (len(training.lines), len(prediction.lines)) == (4 * 4, 8 * 4)


def test_activations():
    sigmoid, relu = diagrams.activations().axes
    for axis in (sigmoid, relu):
        x, output = axis.lines[0].get_data()
        _, slope = axis.lines[1].get_data()
        away_from_the_kink = np.abs(x) > 0.05
        np.testing.assert_allclose(np.gradient(output, x)[away_from_the_kink], slope[away_from_the_kink], atol=1e-3)
    assert sigmoid.lines[1].get_ydata().max() == 0.25


def test_tensors():
    gray, color, batch = diagrams.tensors(IMAGE).axes
    np.testing.assert_array_equal(gray.images[0].get_array(), IMAGE[..., 0])
    channels = sum(np.asarray(page.get_array()) for page in color.images)
    np.testing.assert_allclose(channels, np.repeat(IMAGE, 3, axis=-1))
    assert "[128, 28, 28, 3]" in batch.get_title()


def test_pipeline_names_its_steps_in_order():
    (axis,) = diagrams.pipeline().axes
    steps = ["FixedLengthRecordDataset", "zip", "cache", "shuffle", "batch", "map", "prefetch"]
    assert texts(axis)[::2] == steps


def test_no_figure_stays_open():
    diagrams.pipeline()
    diagrams.dropout()
    assert plt.get_fignums() == []
