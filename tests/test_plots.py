"""The figures' data is checked; how they look is for the eye."""

import re
import xml.etree.ElementTree

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color

from mnist_helpers import plots

matplotlib.use("Agg")

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((12, 28, 28, 1), np.float32)
CLASSES = np.arange(12) % 10
HISTORY = {"loss": [2, 1, 0.5], "accuracy": [0.1, 0.5, 0.9], "val_loss": [3, 2, 1], "val_accuracy": [0.2, 0.4, 0.6]}


@pytest.fixture(autouse=True)
def pyplot_untouched():
    """No plot function may leave a figure open (the notebook would show it twice) or change the global style."""
    before = dict(matplotlib.rcParams)
    yield
    assert plt.get_fignums() == []
    assert dict(matplotlib.rcParams) == before


def shown(figure):
    """The arrays of all images in a figure, in reading order, and the titles under them."""
    axes = [axis for axis in figure.axes if axis.images]
    return [np.asarray(axis.images[0].get_array()) for axis in axes], [axis.get_title() for axis in axes]


def sure_of(classes, confidence):
    """Rows of ten probabilities: `confidence` for the given class, the rest shared by the others."""
    rows = np.repeat((1 - np.asarray(confidence)[:, np.newaxis]) / 9, 10, axis=1)
    rows[np.arange(len(rows)), classes] = confidence
    return rows


@pytest.mark.parametrize("images", [IMAGES, IMAGES[..., 0], list(IMAGES)], ids=["with channel", "without", "list"])
def test_digits_and_their_labels(images):
    figure = plots.digits(images, CLASSES, columns=5)
    pictures, titles = shown(figure)
    np.testing.assert_array_equal(pictures, IMAGES[..., 0])
    assert titles == [str(label) for label in CLASSES]
    assert len(figure.axes) == 15  # three rows
    assert figure.axes[0].images[0].get_clim() == (0, 1)


def test_digits_without_labels():
    assert shown(plots.digits(IMAGES))[1] == [""] * 12


def test_wrong_predictions_are_red_and_right_ones_not():
    figure = plots.digits(IMAGES[:3], labels=[4, 5, 6], predictions=[4, 3, 6])
    titles = [axis.title for axis in figure.axes[:3]]
    assert [title.get_text() for title in titles] == ["4", "✗ 3, not 5", "6"]
    assert [same_color(title.get_color(), plots.WRONG_COLOR) for title in titles] == [False, True, False]


def test_predictions_without_labels():
    figure = plots.digits(IMAGES[:2], predictions=[4, 3])
    assert shown(figure)[1] == ["4", "3"]
    assert not same_color(figure.axes[0].title.get_color(), plots.WRONG_COLOR)


def test_mistakes_begin_with_the_surest():
    #         right, unsure | wrong, unsure | right, sure | wrong, sure
    classes = [1, 2, 3, 4]
    probabilities = sure_of([1, 7, 3, 9], [0.3, 0.5, 0.99, 0.9])
    figure = plots.mistakes(IMAGES[:4], classes, probabilities, count=3)
    pictures, titles = shown(figure)
    assert titles == ["✗ 9, not 4", "✗ 7, not 2", "1"]
    np.testing.assert_array_equal(pictures, IMAGES[[3, 1, 0], ..., 0])
    assert figure.get_suptitle() == "2 of 4 read wrongly (50.0%); the surest mistakes first"


def test_no_mistakes():
    figure = plots.mistakes(IMAGES[:2], [1, 2], sure_of([1, 2], [0.9, 0.8]))
    assert shown(figure)[1] == ["2", "1"]
    assert figure.get_suptitle().startswith("0 of 2 read wrongly")


def test_training_curves():
    figure = plots.training_curves(HISTORY, epochs=10)
    assert [axis.get_title() for axis in figure.axes] == ["loss", "accuracy"]
    for axis, metric in zip(figure.axes, ("loss", "accuracy"), strict=True):
        training, validation = axis.lines
        np.testing.assert_array_equal(training.get_xydata(), list(enumerate(HISTORY[metric], start=1)))
        np.testing.assert_array_equal(validation.get_xydata(), list(enumerate(HISTORY[f"val_{metric}"], start=1)))
        assert [text.get_text() for text in axis.get_legend().get_texts()] == ["training", "validation"]
        assert axis.get_xlim() == (0.5, 10.5)


@pytest.mark.parametrize("history", [{}, {"loss": [1.0], "accuracy": [0.5]}], ids=["nothing", "no validation"])
def test_training_curves_of_little(history):
    axis = plots.training_curves(history).axes[0]
    assert axis.lines[0].get_ydata().tolist() == history.get("loss", [])
    assert axis.lines[1].get_ydata().tolist() == []
    assert axis.get_xlim() == (0.5, 1.5)


def test_weights_of_each_neuron():
    kernel = RANDOM.normal(size=(784, 10))
    figure = plots.weights(kernel)
    pictures, titles = shown(figure)
    np.testing.assert_array_equal(pictures[:10], kernel.T.reshape(10, 28, 28))
    assert titles[:10] == [str(digit) for digit in range(10)]
    limit = np.abs(kernel).max()  # one scale for all, with white at zero
    assert {axis.images[0].get_clim() for axis in figure.axes[:10]} == {(-limit, limit)}


def test_filters():
    kernel = RANDOM.normal(size=(5, 3, 1, 12))
    pictures, titles = shown(plots.filters(kernel))
    np.testing.assert_array_equal(pictures[:12], kernel[:, :, 0].transpose(2, 0, 1))
    assert titles[:12] == [str(index) for index in range(12)]


def test_feature_maps():
    maps = RANDOM.random((14, 14, 6))
    pictures, titles = shown(plots.feature_maps(maps, columns=4))
    np.testing.assert_array_equal(pictures, maps.transpose(2, 0, 1))
    assert titles == ["0", "1", "2", "3", "4", "5"]


def test_confusion_counts():
    classes = [0, 0, 0, 4, 4, 9, 9, 9]
    predictions = [0, 0, 6, 9, 4, 4, 4, 4]
    axis = plots.confusion(classes, predictions).axes[0]
    cells = {(int(text.get_position()[1]), int(text.get_position()[0])): text.get_text() for text in axis.texts}
    assert cells == {(0, 0): "2", (0, 6): "1", (4, 9): "1", (4, 4): "1", (9, 4): "3"}
    counts = axis.images[0].get_array()
    assert counts.mask.tolist() == np.eye(10, dtype=bool).tolist()  # only mistakes have color
    assert (counts[9, 4], counts.sum()) == (3, 5)
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("predicted class", "right class")


def test_confusion_without_mistakes():
    assert [text.get_text() for text in plots.confusion([3, 3], [3, 3]).axes[0].texts] == ["2"]


def test_schedules():
    axis = plots.schedules({"constant": [0.1, 0.1], "falling": [0.4, 0.3, 0.2, 0.1]}, steps_per_epoch=2).axes[0]
    np.testing.assert_allclose(axis.lines[0].get_xydata(), [[0, 0.1], [0.5, 0.1]])
    np.testing.assert_allclose(axis.lines[1].get_xydata(), [[0, 0.4], [0.5, 0.3], [1, 0.2], [1.5, 0.1]])
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["constant", "falling"]
    assert axis.get_ylim()[0] == 0


def test_gradient_sizes():
    axis = plots.gradient_sizes({"sigmoid": [1e-6, 1e-3], "ReLU": [0.1, 0.2]}).axes[0]
    np.testing.assert_array_equal(axis.lines[0].get_xydata(), [[1, 1e-6], [2, 1e-3]])
    np.testing.assert_array_equal(axis.lines[1].get_xydata(), [[1, 0.1], [2, 0.2]])
    assert axis.get_yscale() == "log"


def test_distributions():
    values = {"before": np.array([[1.0, 3.0], [5.0, 7.0], [5.0, 7.0]]), "after": np.zeros((4, 2, 3))}
    figure = plots.distributions(values)
    assert [axis.get_title() for axis in figure.axes] == ["before", "after"]
    assert [len(axis.patches) for axis in figure.axes] == [2, 3]  # a line for each channel
    outline = figure.axes[0].patches[-1].get_path().vertices
    assert (outline[:, 0].min(), outline[:, 0].max(), outline[:, 1].max()) == (3, 7, 2)
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()


def test_probabilities():
    values = [0.7, 0.2, 0.1, 0, 0, 0, 0, 0, 0, 0]
    left, right = plots.probabilities(IMAGES[0], values).axes
    np.testing.assert_array_equal(left.images[0].get_array(), IMAGES[0, ..., 0])
    assert [bar.get_height() for bar in right.patches] == values
    assert [text.get_text() for text in right.texts] == ["70%", "20%", "10%"] + [""] * 7


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (
            lambda: plots.digits(IMAGES[..., 0, 0]),
            r"images has the shape \(12, 28\); expected is \(count, height, width\)",
        ),
        (
            lambda: plots.digits(IMAGES[0, ..., 0]),
            r"images has the shape \(28, 28\); expected is \(count, height, width\)",
        ),
        (lambda: plots.digits(IMAGES.repeat(3, axis=-1)), r"images has the shape \(12, 28, 28, 3\); expected is"),
        (lambda: plots.digits(IMAGES, CLASSES[:5]), r"labels has the shape \(5,\); expected is \(12,\), a cl"),
        (lambda: plots.digits(IMAGES, CLASSES, [1, 2]), r"predictions has the shape \(2,\); expected is \(12,\)"),
        (lambda: plots.digits(IMAGES, np.eye(12, 10)), r"labels has the shape \(12, 10\); expected is \(12,\)"),
        (
            lambda: plots.mistakes(IMAGES, CLASSES[:4], sure_of(CLASSES, [0.5] * 12)),
            r"classes has the shape \(4,\); expected is \(12,\)",
        ),
        (
            lambda: plots.mistakes(IMAGES, CLASSES, sure_of([1, 2], [0.5, 0.5])),
            r"shape \(2, 10\); expected is \(12, 10\)",
        ),
        (lambda: plots.weights(np.zeros((783, 10))), r"kernel has the shape \(783, 10\); expected is \(784, units\)"),
        (lambda: plots.weights(np.zeros(784)), r"kernel has the shape \(784,\); expected is \(784, units\)"),
        (lambda: plots.filters(np.zeros((3, 3, 8, 16))), r"shape \(3, 3, 8, 16\); expected is \(height, width, 1"),
        (lambda: plots.feature_maps(np.zeros((1, 5, 5, 2))), r"shape \(1, 5, 5, 2\); expected is \(height, width, ch"),
        (lambda: plots.probabilities(IMAGES[:2], [0.1] * 10), "images has the shape"),
        (lambda: plots.confusion([1, 2, 3], [1, 2]), r"predictions has the shape \(2,\); expected is \(3,\)"),
        (lambda: plots.confusion([1, 10], [1, 2]), "classes holds 10; expected are whole numbers, 0 to 9"),
        (lambda: plots.confusion([1, 2], [1, -1]), "predictions holds -1; expected are whole numbers"),
    ],
)
def test_wrong_shapes(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def test_training_sketch_scales_to_its_frame_and_leaves_out_what_is_no_number():
    sketch = plots.training_sketch({"loss": [4.0, float("nan"), 2.0], "val_loss": [3.0]}, epochs=4)
    lines = [line.split() for line in re.findall(r'points="([^"]*)"', sketch)]
    training, validation = ([tuple(map(float, point.split(","))) for point in line] for line in lines[:2])
    assert [x for x, _ in training] == [pytest.approx(60 + 375 / 8, abs=0.1), pytest.approx(60 + 375 * 5 / 8, abs=0.1)]
    assert [y for _, y in training] == [55, 245]  # the highest loss on top, the lowest at the bottom
    assert [y for _, y in validation] == [150]
    assert lines[2:] == [[], []]  # no accuracy yet
    xml.etree.ElementTree.fromstring(sketch)
