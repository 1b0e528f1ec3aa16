"""The explaining pictures: what they show is computed, so it can be checked."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mnist_helpers import diagrams, strokes

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


@pytest.mark.parametrize(("digit", "columns"), [*((digit, 8) for digit in range(10)), (7, 3), (np.int64(1), 1)])
def test_ways_of_writing(digit, columns):
    axes = diagrams.ways_of_writing(digit, columns).axes
    with_content = [axis for axis in axes if axis.lines]
    styles = strokes.STYLES[digit]
    assert len(with_content) == len(styles)
    assert len(axes) - len(styles) < columns  # no empty row
    for axis, (_, variants) in zip(with_content, styles, strict=True):
        texts = [stroke.replace("!", "").split() for stroke in variants[0].split("|")]
        written = [np.array([word.split(",") for word in stroke], float) / 100 for stroke in texts]
        lines = [line.get_xydata() for line in axis.lines if line.get_linestyle() == "-"]
        drawn = [line for line in lines if np.ptp(line, axis=0).max() > 1e-9]
        assert len(drawn) == len(written)  # the pen is lifted in between
        for line, points in zip(drawn, written, strict=True):
            np.testing.assert_allclose(line[[0, -1]], points[[0, -1]])
            for point in points:
                assert np.linalg.norm(line - point, axis=1).min() < 1e-9
        starts = max((line for line in axis.lines if line.get_marker() == "o"), key=lambda line: line.get_markersize())
        np.testing.assert_allclose(starts.get_xydata(), [points[0] for points in written])
        (left, right), (bottom, top) = axis.get_xlim(), axis.get_ylim()
        for x, y in np.concatenate(written):
            assert left < x < right and top < y < bottom


@pytest.mark.parametrize("digit", [10, -1, "4", 2.5, None])
def test_ways_of_writing_no_digit(digit):
    with pytest.raises(ValueError, match=f"digit is {digit!r}; expected is a whole number from 0 to 9"):
        diagrams.ways_of_writing(digit)


def test_no_figure_stays_open():
    diagrams.pipeline()
    diagrams.ways_of_writing(8)
    diagrams.dropout()
    assert plt.get_fignums() == []
