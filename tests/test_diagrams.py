"""The explaining pictures: what they show is computed, so it can be checked."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from mnist_helpers import diagrams, strokes

RANDOM = np.random.default_rng(1)
IMAGE = RANDOM.random((28, 28, 1), np.float32)


def texts(axis):
    return [text.get_text() for text in axis.texts]


def numbers(words):
    return [float(word.replace("−", "-")) for word in words if re.fullmatch(r"[-−]?[\d.]+", word)]


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
    low, high = map_axis.images[0].get_clim()
    assert low == -high and high == pytest.approx(np.abs(expected).max())  # 0 is gray
    np.testing.assert_array_equal(patch_axis.images[0].get_array(), IMAGE[5:7, 25:28, 0])
    assert texts(patch_axis) == ["×1", "×2", "×0", "×0", "×−1", "×3"]
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


def test_filter_sum_against_a_loop():
    patch, kernel = [[0.25, 1, 0], [0.5, 0, 0.75]], [[-1, 2, 0], [1, -1, 3]]
    figure = diagrams.filter_sum(patch, kernel)
    pixels, weights, products = figure.axes
    assert texts(pixels) == ["0.25", "1.00", "0.00", "0.50", "0.00", "0.75", "×"]
    assert texts(weights) == ["−1", "2", "0", "1", "−1", "3", "="]
    assert texts(products) == ["−0.25", "2.00", "0.00", "0.50", "0.00", "2.25"]
    np.testing.assert_array_equal(pixels.images[0].get_array(), patch)
    assert weights.images[0].get_clim() == products.images[0].get_clim() == (-3, 3)
    total = 0
    for y in range(2):
        for x in range(3):
            total += patch[y][x] * kernel[y][x]
    assert figure.get_supxlabel() == f"sum of the 6 products: {total:.2f}"
    assert figure.alt.startswith("6 pixels times 6 weights are 6 products: -0.25, 2.00, 0.00, 0.50")
    assert figure.alt.endswith(f"Their sum is {total:.2f}.")


@pytest.mark.parametrize("patch", [np.ones((3, 3, 1)), np.ones((2, 3))])
def test_filter_sum_of_other_shapes(patch):
    with pytest.raises(ValueError, match=r"patch has the shape \(.*\) and kernel \(3, 3\); expected is the same"):
        diagrams.filter_sum(patch, np.ones((3, 3)))


def test_layers():
    figure = diagrams.layers([784, 60, 10], ["ReLU", "softmax"])
    (axis,) = figure.axes
    assert texts(axis) == ["⋮", "784\npixels", "⋮", "60\nneurons", "ReLU", "10\nneurons", "softmax"]
    assert len(axis.lines) == 8 * 8 + 8 * 10  # every drawn neuron is connected to all of the layer before
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
    assert sigmoid.get_ylim() == relu.get_ylim() and sigmoid.get_xlim() == relu.get_xlim()
    for axis in (sigmoid, relu):
        x, output = axis.lines[0].get_data()
        _, slope = axis.lines[1].get_data()
        away_from_the_kink = np.abs(x) > 0.05
        np.testing.assert_allclose(np.gradient(output, x)[away_from_the_kink], slope[away_from_the_kink], atol=1e-3)
    assert sigmoid.lines[1].get_ydata().max() == 0.25
    x = sigmoid.lines[0].get_xdata()
    np.testing.assert_allclose(sigmoid.lines[0].get_ydata(), keras.ops.sigmoid(x), atol=1e-6)
    np.testing.assert_allclose(relu.lines[0].get_ydata(), keras.ops.relu(x), atol=1e-6)


@pytest.mark.parametrize(("number", "weights", "label"), [(4, [1.25, 0.5], 1), (2, [-3, 0.5], 0), (2, [3, -1, 0.5], 1)])
def test_backpropagation_against_tensorflow(number, weights, label):
    values = [tf.Variable(float(weight)) for weight in weights]
    with tf.GradientTape() as tape:
        outputs = [tf.constant(float(number))]
        for value in values:
            outputs.append(outputs[-1] * value)
            tape.watch(outputs[-1])
        loss = (outputs[-1] - label) ** 2
    by_weights, by_outputs = tape.gradient(loss, [values, outputs[1:]])
    figure = diagrams.backpropagation(number, weights, label)
    shown = texts(figure.axes[0])
    results = [float(text.split(" = ")[1]) for text in shown if " = " in text]
    assert results == [float(slope) for pair in zip(by_weights, by_outputs, strict=True) for slope in pair]
    for text in shown:
        if " = " in text:  # the two numbers that are multiplied, and what comes of it
            left, right = text.split(" = ")[0].split(" × ")
            assert float(left) * float(right) == float(text.split(" = ")[1])
    forward = [float(text) for text in shown if re.fullmatch(r"-?[\d.]+", text)]
    assert forward == [*map(float, outputs), float(loss), *weights]
    assert f"→ loss {float(loss):g}. Backward" in figure.alt
    assert f"by weight 1 {[text for text in shown if ' = ' in text][0]}." in figure.alt


def test_backpropagation_without_a_weight():
    with pytest.raises(ValueError, match="weights is empty; expected is at least one weight"):
        diagrams.backpropagation(4, [], 1)


def test_tensors():
    gray, color, batch = diagrams.tensors(IMAGE).axes
    np.testing.assert_array_equal(gray.images[0].get_array(), IMAGE[..., 0])
    channels = [np.asarray(page.get_array()) for page in color.images]
    for page, name in zip(channels, texts(color), strict=True):
        shares = page.max(axis=(0, 1)) > 0
        assert shares.tolist() == [other == name for other in ("red", "green", "blue")]
    np.testing.assert_allclose(sum(channels), batch.images[0].get_array())  # the three make the digit of the batch
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
    for picture in (weight_axis, products):  # the same color means the same number
        assert picture.get_clim()[1] == -picture.get_clim()[0] == np.abs(weights).max()
    assert figure.get_supxlabel() == f"sum {answer + 0.75:.2f}  +  bias −0.75  =  {answer:.2f}".replace("-", "−")
    assert figure.alt.endswith(f"Their sum {answer + 0.75:.2f} and the bias -0.75 make {answer:.2f}.")


def test_nonlinear():
    straight, bent = diagrams.nonlinear().axes
    for axis, bends in ((straight, 0), (bent, 2)):
        *neurons, total = (line.get_ydata() for line in axis.lines)
        np.testing.assert_allclose(total, 1.5 * (neurons[0] + neurons[1] - neurons[2]))
        assert not any(np.isclose(total, neuron).all() for neuron in neurons)  # it hides none
        assert len({round(slope, 6) for slope in np.diff(total)}) == bends + 1 - (bends == 2)  # down, up, down alike
        assert (np.abs(np.diff(total, 2)) > 1e-6).sum() == bends
        assert min(axis.get_ylim()) < total.min() and total.max() < max(axis.get_ylim())
    for before, after in zip(straight.lines[:3], bent.lines[:3], strict=True):
        assert after.get_ydata().tolist() == [max(value, 0) for value in before.get_ydata()]


@pytest.mark.parametrize(("row", "column"), [(0, 0), (2, 1), (3, 2)])
def test_matrix_product(row, column):
    images, weights = RANDOM.random((4, 6)), RANDOM.normal(size=(6, 3))
    figure = diagrams.matrix_product(images.tolist(), weights.tolist(), row, column)
    first, second, third = figure.axes
    np.testing.assert_array_equal(first.images[0].get_array(), images)
    np.testing.assert_array_equal(second.images[0].get_array(), weights)
    entries = third.images[0].get_array()
    for y, x in np.ndindex(4, 3):
        if (x, y) <= (column, row):  # down one column after another
            assert entries[y, x] == pytest.approx(sum(images[y, k] * weights[k, x] for k in range(6)))
        else:
            assert entries.mask[y, x]
    assert entries.count() == 4 * column + row + 1
    marks = [axis.patches[0].get_bbox().bounds for axis in figure.axes]
    assert marks == [(-0.5, row - 0.5, 6, 1), (column - 0.5, -0.5, 1, 6), (column - 0.5, row - 0.5, 1, 1)]
    assert [axis.get_title() for axis in figure.axes] == ["X\n[4, 6]", "W\n[6, 3]", "X·W\n[4, 3]"]
    assert "makes one of 4 rows and 3 columns" in figure.alt
    assert f"row {row} of the first and column {column} of the second" in figure.alt


@pytest.mark.parametrize(("images", "weights"), [((4, 6), (5, 3)), ((6,), (6, 3)), ((4, 6), (6, 3, 1))])
def test_matrices_that_do_not_fit(images, weights):
    with pytest.raises(ValueError, match="expected are two axes each, and as many columns in the first as rows"):
        diagrams.matrix_product(np.zeros(images), np.zeros(weights))


@pytest.mark.parametrize(("row", "column"), [(4, 0), (0, 3), (-1, 0)])
def test_matrix_product_has_no_such_entry(row, column):
    with pytest.raises(ValueError, match=f"row {row}, column {column} is outside; expected are 0 to 3 and 0 to 2"):
        diagrams.matrix_product(np.zeros((4, 6)), np.zeros((6, 3)), row, column)


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


def test_broadcasting_is_right_as_printed():
    figure = diagrams.broadcasting([[-0.04, -0.66], [0.24, 9.96]], [-0.04, -0.04])
    first, second, third = np.reshape(numbers(texts(figure.axes[0])), (3, 2, 2))
    np.testing.assert_allclose(first + second, third)
    assert "−0.0" not in texts(figure.axes[0])


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
        sides = int(x.min() == 0) + int(x.max() == size - 1)
        assert len(axis.texts) == (size + sides) ** 2 - size**2  # zeros, only where the filter reaches over the border


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


@pytest.mark.parametrize(("images", "labels"), [(3, 12), (1, 1), (4, 5)])
def test_records_are_where_the_file_format_has_them(images, labels):
    pixels, classes = RANDOM.integers(0, 256, (images, 28, 28), np.uint8), RANDOM.integers(0, 10, labels)
    figure = diagrams.records(pixels / 255, classes)
    image_axis, label_axis = figure.axes
    files = {  # as a program that writes such a file would
        image_axis: [b"h" * 16, *(image.tobytes() for image in pixels)],
        label_axis: [b"h" * 8, *(bytes([label]) for label in classes)],
    }
    for axis, blocks in files.items():
        starts = [len(b"".join(blocks[:count])) for count in range(len(blocks))]
        assert [patch.get_x() for patch in axis.patches] == starts
        assert [patch.get_width() for patch in axis.patches] == list(map(len, blocks))
        written = [text for text in axis.texts if text.get_position()[1] < 0]
        assert {int(text.get_text().replace(",", "")): text.get_position()[0] for text in written}.items() <= {
            (start, start) for start in starts
        }
    for record, picture in enumerate(image_axis.images):
        np.testing.assert_array_equal(picture.get_array() * 255, pixels[record])
        left, right, *_ = picture.get_extent()
        assert 16 + 784 * record < left < right < 16 + 784 * (record + 1)
    inside = [text for text in texts(label_axis) if text in "0123456789"][:labels]
    assert figure.alt.endswith(f"1 byte for each label, {', '.join(map(str, classes))}.") and len(inside) == labels


@pytest.mark.parametrize(("images", "labels", "came"), [(0, 3, "0 images and 3"), (2, 0, "2 images and 0")])
def test_records_of_nothing(images, labels, came):
    with pytest.raises(ValueError, match=f"There are {came} labels; expected is one at least of each"):
        diagrams.records(np.zeros((images, 28, 28)), [0] * labels)


def test_pipeline_joins_two_sources():
    figure = diagrams.pipeline(64)
    (axis,) = figure.axes
    names = [text for text in axis.texts if text.get_family() == ["monospace"]]
    readers, steps = names[:2], names[2:]
    assert [text.get_text().replace("\n", "") for text in readers] == ["FixedLengthRecordDataset"] * 2
    assert [text.get_text() for text in steps] == ["zip", "cache", "shuffle", "batch", "map(decode)", "prefetch"]
    heights = [text.get_position()[1] for text in (*readers, *steps)]
    assert heights[0] == heights[1] and heights[1:] == sorted(heights[1:], reverse=True)
    assert len({text.get_position()[0] for text in readers}) == 2
    arrows = [patch for patch in axis.patches if hasattr(patch, "get_arrowstyle")]
    ends = [arrow._posA_posB for arrow in arrows]
    into_zip = [end for start, end in ends if heights[2] < end[1] < heights[1]]
    assert len(into_zip) == 2 and len(arrows) == 2 + 2 + 5
    assert "64 pairs" in texts(axis) and "images [64, 28, 28, 1], labels [64, 10]" in figure.alt
    places = [figure.alt.index(f"{text.get_text()}: ") for text in steps]
    assert places == sorted(places)


@pytest.mark.parametrize(("prepare", "train", "batches"), [(3, 4, 4), (4, 3, 4), (5, 5, 3), (1, 6, 1), (7, 2, 6)])
def test_prefetch_against_a_simulation(prepare, train, batches):
    """Millisecond by millisecond: who works on which batch?"""
    for axis, together in zip(diagrams.prefetch(prepare, train, batches).axes, (False, True), strict=True):
        expected, prepared, trained, left, busy = {}, 0, 0, 0, 0
        for now in range(1000):
            if not busy and trained < prepared:
                trained, busy = trained + 1, train
                expected["train", trained] = now
            if not left and prepared < batches and (together or (not busy and trained == prepared)):
                left = prepare
                expected["prepare", prepared + 1] = now
            if not (left or busy):
                break
            left, busy = max(left - 1, 0), max(busy - 1, 0)
            if expected.get(("prepare", prepared + 1)) == now + 1 - prepare:
                prepared += 1
        drawn = {}
        for bar, text in zip(axis.patches, axis.texts, strict=True):
            lane = "prepare" if bar.get_y() > 0 else "train"
            drawn[lane, int(text.get_text())] = bar.get_x()
            assert bar.get_width() == (prepare if lane == "prepare" else train)
        assert drawn == expected
        end = expected["train", batches] + train
        assert set(axis.lines[0].get_xdata()) == {end} and axis.get_title(loc="left").endswith(f"prefetch: {end} ms")


@pytest.mark.parametrize("arguments", [(0, 4, 4), (3, -1, 4), (3, 4, 0)])
def test_prefetch_of_no_time(arguments):
    with pytest.raises(ValueError, match="expected are times above 0 and at least one batch"):
        diagrams.prefetch(*arguments)


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
