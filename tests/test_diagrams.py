"""The explaining pictures: what they show is computed, so it can be checked."""

import re

import keras
import numpy as np
import pytest
from matplotlib.colors import same_color

from mnist_helpers import diagrams, strokes

RANDOM = np.random.default_rng(1)
IMAGE = RANDOM.random((28, 28, 1), np.float32)


def texts(axis):
    return [text.get_text() for text in axis.texts]


def numbers(words):
    return [float(word) for word in words if re.fullmatch(r"-?[\d.]+", word)]


def test_convolution_against_loops():
    kernel = [[1, 2, 0], [0, -1, 3]]
    figure = diagrams.convolution(IMAGE, kernel, row=5, column=25)
    image_axis, patch_axis, map_axis = figure.axes
    expected = np.zeros((27, 26))
    for row in range(27):
        for column in range(26):
            for y in range(2):
                for x in range(3):
                    expected[row, column] += kernel[y][x] * IMAGE[row + y, column + x, 0]
    np.testing.assert_allclose(map_axis.images[0].get_array(), expected, rtol=1e-5)
    np.testing.assert_array_equal(patch_axis.images[0].get_array(), IMAGE[5:7, 25:28, 0])
    assert texts(patch_axis) == ["×1", "×2", "×0", "×0", "×-1", "×3"]
    places = [text.get_position() for text in patch_axis.texts]
    assert places == [(x, y) for y in range(2) for x in range(3)]
    assert f"{expected[5, 25]:.2f}" in patch_axis.get_title()
    assert map_axis.get_title() == "feature map\n[27, 26]"
    (frame,), (dot,) = image_axis.patches, map_axis.patches
    assert (frame.get_xy(), frame.get_width(), frame.get_height()) == ((24.5, 4.5), 3, 2)
    assert (dot.get_xy(), dot.get_width(), dot.get_height()) == ((24.5, 4.5), 1, 1)
    assert "rows 5 to 6 and columns 25 to 27" in figure.alt
    assert f"summed, are {expected[5, 25]:.2f}" in figure.alt


@pytest.mark.parametrize(("row", "column"), [(27, 0), (0, 26), (-1, 0)])
def test_convolution_outside_the_image(row, column):
    with pytest.raises(ValueError, match=f"row {row}, column {column} is outside; expected are 0 to 26, 0 to 25"):
        diagrams.convolution(IMAGE, np.ones((2, 3)), row, column)


def test_layers():
    figure = diagrams.layers([784, 60, 10], ["ReLU", "softmax"])
    (axis,) = figure.axes
    assert texts(axis) == ["⋮", "784\npixels", "⋮", "60\nneurons", "ReLU", "10\nneurons", "softmax"]
    assert len(axis.lines) == 8 * 8 + 8 * 10  # every drawn neuron is tied to all of the layer before
    assert len({tuple(map(tuple, line.get_xydata())) for line in axis.lines}) == len(axis.lines)
    assert [len(neurons.get_offsets()) for neurons in axis.collections] == [8, 8, 10]
    assert figure.alt.startswith("784 pixels, then a layer of 60 neurons with ReLU, a layer of 10 neurons with softmax")
    with pytest.raises(ValueError, match="activations has 1 entries; expected are 2, one a layer"):
        diagrams.layers([784, 60, 10], ["softmax"])


@pytest.mark.parametrize(("rate", "off"), [(0, 0), (0.25, 2), (0.5, 4), (1, 8)])
def test_dropout_cuts_the_ties_of_the_neurons_that_are_off(rate, off):
    figure = diagrams.dropout(rate)
    training, prediction = figure.axes
    assert training.get_title().startswith(f"training: {off} of 8 neurons off")
    assert (len(training.lines), len(prediction.lines)) == ((8 - off) * 4, 8 * 4)
    tied = {line.get_ydata()[0] for line in training.lines}
    crossed = {
        point[1] for cross in training.collections if cross.get_sizes()[0] == 60 for point in cross.get_offsets()
    }
    assert len(crossed) == off and not crossed & tied
    assert figure.alt.startswith(f"While training, {off} of 8 neurons are off")


def test_dropout_of_another_seed_takes_others():
    def tied(seed):
        return {line.get_ydata()[0] for line in diagrams.dropout(0.5, seed).axes[0].lines}

    assert len({frozenset(tied(seed)) for seed in range(5)}) > 1
    assert tied(3) == tied(3)


def test_activations():
    sigmoid, relu = diagrams.activations().axes
    for axis in (sigmoid, relu):
        x, output = axis.lines[0].get_data()
        _, slope = axis.lines[1].get_data()
        away_from_the_kink = np.abs(x) > 0.05
        np.testing.assert_allclose(np.gradient(output, x)[away_from_the_kink], slope[away_from_the_kink], atol=1e-3)
    assert sigmoid.lines[1].get_ydata().max() == 0.25
    x = sigmoid.lines[0].get_xdata()
    np.testing.assert_allclose(sigmoid.lines[0].get_ydata(), keras.ops.sigmoid(x), atol=1e-6)
    np.testing.assert_allclose(relu.lines[0].get_ydata(), keras.ops.relu(x), atol=1e-6)


def test_tensors():
    gray, color, batch = diagrams.tensors(IMAGE).axes
    np.testing.assert_array_equal(gray.images[0].get_array(), IMAGE[..., 0])
    channels = [np.asarray(page.get_array()) for page in color.images]
    np.testing.assert_allclose(sum(channels), np.repeat(IMAGE, 3, axis=-1))
    for page, name in zip(channels, texts(color), strict=True):
        np.testing.assert_array_equal(page[..., ["red", "green", "blue"].index(name)], IMAGE[..., 0])
    assert len(batch.images) == 6
    titles = [axis.get_title().split("\n") for axis in (gray, color, batch)]
    for (_, shape, rank), expected in zip(titles, ([28, 28], [28, 28, 3], [128, 28, 28, 3]), strict=True):
        assert shape == str(expected)
        assert rank == f"rank {len(expected)}"


def test_neuron_against_keras():
    dense = keras.layers.Dense(1, bias_initializer=keras.initializers.Constant(-0.75))
    answer = float(dense(IMAGE.reshape(1, 784))[0, 0])
    weights, bias = dense.get_weights()
    figure = diagrams.neuron(IMAGE, weights[:, 0], bias[0])
    pixels, weight_axis, products = (axis.images[0] for axis in figure.axes)
    np.testing.assert_array_equal(pixels.get_array(), IMAGE[..., 0])
    np.testing.assert_array_equal(weight_axis.get_array(), weights.reshape(28, 28))
    np.testing.assert_allclose(products.get_array(), IMAGE[..., 0] * weights.reshape(28, 28))
    for picture in (weight_axis, products):
        assert picture.get_clim()[1] == -picture.get_clim()[0] == np.abs(picture.get_array()).max()
    assert figure.get_supxlabel() == f"sum {answer + 0.75:.2f}  +  bias -0.75  =  {answer:.2f}"
    assert figure.alt.endswith(f"Their sum {answer + 0.75:.2f} and the bias -0.75 make {answer:.2f}.")


def test_matrix_product():
    figure = diagrams.matrix_product(100, 784, 10)
    (axis,) = figure.axes
    shapes = [re.findall(r"(.*) \[(\d+), (\d+)\]", text) for text in texts(axis)]
    (left,), (right,), (product,) = filter(None, shapes)
    assert (left, right) == (("X", "100", "784"), ("W", "784", "10"))
    expected = np.zeros((100, 784)) @ np.zeros((784, 10))
    assert product == ("X·W", *map(str, expected.shape))
    boxes = [patch for patch in axis.patches if not same_color(patch.get_facecolor(), diagrams.WARM)]
    row, column, entry = (patch for patch in axis.patches if patch not in boxes)
    x, w, result = boxes
    assert (row.get_x(), row.get_width()) == (x.get_x(), x.get_width())
    assert (column.get_y(), column.get_height()) == (w.get_y(), w.get_height())
    assert entry.get_y() - result.get_y() == pytest.approx(row.get_y() - x.get_y())
    assert entry.get_x() - result.get_x() == pytest.approx(column.get_x() - w.get_x())
    assert "makes one of 100 rows and 10 columns" in figure.alt


@pytest.mark.parametrize(("rows", "columns"), [(3, 4), (2, 2), (4, 3)])
def test_broadcasting(rows, columns):
    matrix, row = RANDOM.integers(-20, 20, (rows, columns)) / 2, RANDOM.integers(-20, 20, columns) / 2
    figure = diagrams.broadcasting(matrix.tolist(), row.tolist())
    (axis,) = figure.axes
    tables = np.reshape(numbers(texts(axis)), (3, rows, columns))
    np.testing.assert_array_equal(tables[0], matrix)
    for copy, total, line in zip(tables[1], tables[2], matrix, strict=True):
        assert copy.tolist() == row.tolist()
        assert total.tolist() == [first + second for first, second in zip(line, row, strict=True)]
    assert [text for text in texts(axis) if text in "+="] == ["+", "="]
    dashed = [patch for patch in axis.patches if patch.get_linestyle() in (":", "dotted")]
    assert len(dashed) == (rows - 1) * columns  # the copies
    assert ", ".join(f"{value:.1f}" for value in row) in figure.alt


@pytest.mark.parametrize("size", range(5, 10))
def test_filter_places_against_keras(size):
    figure = diagrams.filter_places(size)
    settings = (("valid", 1), ("same", 1), ("same", 2))
    middle = np.zeros((3, 3, 1, 1), np.float32)
    middle[1, 1] = 1  # a filter that passes on the pixel it stands on
    places = np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1).astype(np.float32)
    for axis, (padding, strides) in zip(figure.axes, settings, strict=True):
        convolve = keras.layers.Conv2D(1, 3, strides, padding, use_bias=False)
        convolve.build((None, size, size, 1))
        convolve.set_weights([middle])
        expected = keras.ops.convert_to_numpy(convolve(np.moveaxis(places, -1, 0)[..., np.newaxis]))
        x, y = expected[..., 0]
        (dots,) = axis.lines
        np.testing.assert_array_equal(dots.get_xydata(), np.stack([x.ravel(), y.ravel()], axis=-1))
        assert axis.get_title() == f'padding "{padding}"\nstride {strides}\nmap {len(x)}×{len(x)}'
        assert f'padding "{padding}" stride {strides} {len(x)}×{len(x)}' in figure.alt
        frame = axis.patches[-1]
        assert frame.get_xy() == (x[0, 0] - 1.5, y[0, 0] - 1.5)
        assert len(axis.texts) == (0 if padding == "valid" else 4 * size + 4)  # a border of zeros


@pytest.mark.parametrize(("height", "width", "channels_in", "filters"), [(3, 3, 16, 32), (5, 3, 1, 8)])
def test_channels_against_keras(height, width, channels_in, filters):
    figure = diagrams.channels(height, width, channels_in, filters)
    layer = keras.layers.Conv2D(filters, (height, width))
    layer.build((None, 28, 28, channels_in))
    weights, biases = re.search(r"([\d,]+) weights and (\d+) biases\.$", figure.alt).groups()
    assert (int(weights.replace(",", "")), int(biases)) == tuple(np.size(array) for array in layer.get_weights())
    assert int(weights.replace(",", "")) + int(biases) == layer.count_params()
    assert texts(figure.axes[0])[1:] == [
        f"{channels_in} channels in",
        f"{filters} filters, each\n{height}×{width}×{channels_in} weights",
        f"{filters} maps out",
    ]


@pytest.mark.parametrize("shape", [(6, 6), (2, 4)])
def test_pooling_against_keras(shape):
    values = RANDOM.permutation(np.arange(np.prod(shape)) / 40).reshape(shape).astype(np.float32)
    figure = diagrams.pooling(values)
    expected = keras.ops.convert_to_numpy(keras.layers.MaxPooling2D(2)(values[np.newaxis, :, :, np.newaxis]))[0, ..., 0]
    before, after = figure.axes
    np.testing.assert_array_equal(before.images[0].get_array(), values)
    np.testing.assert_array_equal(after.images[0].get_array(), expected)
    assert texts(before) == [f"{value:.1f}" for value in values.ravel()]
    assert texts(after) == [f"{value:.1f}" for value in expected.ravel()]
    kept = [value for value, text in zip(values.ravel(), before.texts, strict=True) if text.get_fontweight() == "bold"]
    assert sorted(kept) == sorted(expected.ravel())
    assert len(before.patches) == len(after.patches) == expected.size
    size = f"{expected.shape[0]}×{expected.shape[1]}"
    assert after.get_title().startswith(size) and figure.alt.endswith(f"become {size}.")


def test_pipeline_names_its_steps_in_order():
    figure = diagrams.pipeline()
    (axis,) = figure.axes
    steps = ["FixedLengthRecordDataset", "zip", "cache", "shuffle", "batch", "map", "prefetch"]
    assert [text.replace("-\n", "") for text in texts(axis)[::2]] == steps
    places = [figure.alt.index(f" {step}: ") for step in steps]
    assert places == sorted(places)


@pytest.mark.parametrize(("digit", "columns"), [*((digit, 8) for digit in range(10)), (7, 3), (np.int64(1), 1)])
def test_ways_of_writing(digit, columns):
    figure = diagrams.ways_of_writing(digit, columns)
    axes = figure.axes
    with_content = [axis for axis in axes if axis.lines]
    styles = strokes.STYLES[digit]
    assert len(with_content) == len(styles)
    assert figure.alt.startswith(f"{len(styles)} ways of writing a {digit}")
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
