"""The figures' data is checked; how they look is for the eye."""

import math
import re
import xml.etree.ElementTree

import numpy as np
import pytest
from matplotlib.colors import same_color, to_rgba

from mnist_helpers import plots

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((12, 28, 28, 1), np.float32)
CLASSES = np.arange(12) % 10
HISTORY = {"loss": [2, 1, 0.5], "accuracy": [0.1, 0.5, 0.9], "val_loss": [3, 2, 1], "val_accuracy": [0.2, 0.4, 0.6]}


def shown(figure):
    """The arrays of all images in a figure, in reading order, and the titles above them."""
    axes = [axis for axis in figure.axes if axis.images]
    return [np.asarray(axis.images[0].get_array()) for axis in axes], [axis.get_title() for axis in axes]


def captions(figure):
    """The texts under the images of a figure, in reading order."""
    return [text for axis in figure.axes if axis.images for text in axis.texts]


def words(texts):
    return [text.get_text() for text in texts]


def is_red(artist):
    return same_color(artist.get_color(), plots.WRONG_COLOR)


def sure_of(classes, confidence):
    """Rows of ten probabilities: `confidence` for the given class, the rest shared by the others."""
    rows = np.repeat((1 - np.asarray(confidence)[:, np.newaxis]) / 9, 10, axis=1)
    rows[np.arange(len(rows)), classes] = confidence
    return rows


@pytest.mark.parametrize("images", [IMAGES, IMAGES[..., 0], list(IMAGES)], ids=["with channel", "without", "list"])
def test_digits_and_their_labels(images):
    figure = plots.digits(images, CLASSES, columns=5)
    pictures, _ = shown(figure)
    np.testing.assert_array_equal(pictures, IMAGES[..., 0])
    assert words(captions(figure)) == [str(label) for label in CLASSES]
    assert len(figure.axes) == 15  # three rows
    assert figure.axes[0].images[0].get_clim() == (0, 1)
    assert figure.alt == "12 digits: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1."


def test_digits_without_labels():
    figure = plots.digits(IMAGES)
    assert captions(figure) == []
    assert figure.alt == "12 digits of 28×28 pixels, without labels."


@pytest.mark.parametrize(("predictions", "columns"), [(None, 10), (CLASSES, 5)])
def test_rows_are_shorter_where_predictions_stand_below(predictions, columns):
    figure = plots.digits(IMAGES, predictions=predictions)
    assert len({axis.get_subplotspec().colspan.start for axis in figure.axes}) == columns


def test_wrong_predictions_are_red_and_right_ones_not():
    figure = plots.digits(IMAGES[:3], labels=[4, 5, 6], predictions=[4, 3, 6])
    assert words(captions(figure)) == ["4", "✗ 3, not 5", "6"]
    assert [is_red(caption) for caption in captions(figure)] == [False, True, False]
    assert figure.alt == "3 digits, 1 of them read wrongly: 4; ✗ 3, not 5; 6."


def test_predictions_without_labels():
    figure = plots.digits(IMAGES[:2], predictions=[4, 3])
    assert words(captions(figure)) == ["4", "3"]
    assert not any(map(is_red, captions(figure)))
    assert figure.alt == "2 digits, read as 4, 3."


def test_mistakes_begin_with_the_surest():
    #         right, unsure | wrong, unsure | right, sure | wrong, sure
    classes = [1, 2, 3, 4]
    probabilities = sure_of([1, 7, 3, 9], [0.3, 0.5, 0.99, 0.91])
    figure = plots.mistakes(IMAGES[:4], classes, probabilities, count=3)
    pictures, _ = shown(figure)
    assert words(captions(figure)) == ["✗ 9: 91%\nnot 4: 1%", "✗ 7: 50%\nnot 2: 6%", "✓ 1: 30%\n"]
    assert [is_red(caption) for caption in captions(figure)] == [True, True, False]
    np.testing.assert_array_equal(pictures, IMAGES[[3, 1, 0], ..., 0])
    assert figure.get_suptitle() == "2 of 4 read wrongly (50.0%); the surest mistakes first"
    assert figure.alt == f"{figure.get_suptitle()}: ✗ 9: 91%, not 4: 1%; ✗ 7: 50%, not 2: 6%; ✓ 1: 30%."


def test_no_mistakes():
    figure = plots.mistakes(IMAGES[:2], [1, 2], sure_of([1, 2], [0.9, 0.8]))
    assert words(captions(figure)) == ["✓ 2: 80%\n", "✓ 1: 90%\n"]
    assert figure.get_suptitle().startswith("0 of 2 read wrongly")


def test_training_curves():
    figure = plots.training_curves(HISTORY, epochs=10)
    assert [axis.get_title() for axis in figure.axes] == ["loss", "accuracy"]
    for axis, metric in zip(figure.axes, ("loss", "accuracy"), strict=True):
        training, validation = axis.lines
        np.testing.assert_array_equal(training.get_xydata(), list(enumerate(HISTORY[metric], start=1)))
        np.testing.assert_array_equal(validation.get_xydata(), list(enumerate(HISTORY[f"val_{metric}"], start=1)))
        assert axis.get_xlim() == (0.5, 10.5)
    assert words(figure.axes[0].get_legend().get_texts()) == ["training", "validation"]
    last = "loss 0.5000, accuracy 0.9000, val_loss 1.0000, val_accuracy 0.6000"
    assert figure.alt == f"Loss and accuracy over the epochs. Last values: {last}."


@pytest.mark.parametrize("history", [{}, {"loss": [1.0], "accuracy": [0.5]}], ids=["nothing", "no validation"])
def test_training_curves_of_little(history):
    figure = plots.training_curves(history)
    axis = figure.axes[0]
    assert figure.alt.endswith("loss 1.0000, accuracy 0.5000." if history else "No values yet.")
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
    against, neutral, for_it = (figure.axes[0].images[0].cmap(value) for value in (0.0, 0.5, 1.0))
    assert against[0] > against[2] and for_it[2] > for_it[0] and min(neutral) > 0.95
    assert figure.alt.startswith("The weights of 10 neurons")


def test_filters():
    kernel = RANDOM.normal(size=(5, 3, 1, 12))
    figure = plots.filters(kernel)
    pictures, titles = shown(figure)
    assert figure.alt.startswith("12 filters of 5×3 weights")
    np.testing.assert_array_equal(pictures[:12], kernel[:, :, 0].transpose(2, 0, 1))
    assert titles[:12] == [str(index) for index in range(12)]


def test_feature_maps():
    maps = RANDOM.random((14, 14, 6))
    figure = plots.feature_maps(maps, columns=4)
    pictures, titles = shown(figure)
    assert figure.alt.startswith("6 feature maps")
    np.testing.assert_array_equal(pictures, maps.transpose(2, 0, 1))
    assert titles == ["0", "1", "2", "3", "4", "5"]


def test_confusion_counts():
    classes = [0, 0, 0, 4, 4, 9, 9, 9]
    predictions = [0, 0, 6, 9, 4, 4, 4, 4]
    figure = plots.confusion(classes, predictions)
    (axis,) = figure.axes
    cells = {(int(text.get_position()[1]), int(text.get_position()[0])): text.get_text() for text in axis.texts}
    assert cells == {(0, 0): "2", (0, 6): "1", (4, 9): "1", (4, 4): "1", (9, 4): "3"}
    counts = axis.images[0].get_array()
    assert counts.mask.tolist() == np.eye(10, dtype=bool).tolist()  # only mistakes have color
    assert (counts[9, 4], counts.sum()) == (3, 5)
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("predicted class", "right class")
    assert figure.alt.endswith("5 mistakes in all. The most frequent one: 9 taken for 4, 3 times.")


def test_confusion_without_mistakes():
    figure = plots.confusion([3, 3], [3, 3])
    assert words(figure.axes[0].texts) == ["2"]
    assert figure.alt == "How often each digit was taken for each other, 0 mistakes in all."


def test_schedules():
    figure = plots.schedules({"constant": [0.1, 0.1], "falling": [0.3, 0.4, 0.2, 0.1]}, steps_per_epoch=2)
    (axis,) = figure.axes
    np.testing.assert_allclose(axis.lines[0].get_xydata(), [[0, 0.1], [0.5, 0.1]])
    np.testing.assert_allclose(axis.lines[1].get_xydata(), [[0, 0.3], [0.5, 0.4], [1, 0.2], [1.5, 0.1]])
    assert words(axis.get_legend().get_texts()) == ["constant", "falling"]
    assert axis.get_ylim()[0] == 0
    assert figure.alt.endswith("constant from 0.1 over 0.1 to 0.1; falling from 0.3 over 0.4 to 0.1.")


def test_gradient_sizes():
    figure = plots.gradient_sizes({"sigmoid": [1e-6, 1e-3], "ReLU": [0.1, 0.2]})
    (axis,) = figure.axes
    np.testing.assert_array_equal(axis.lines[0].get_xydata(), [[1, 1e-6], [2, 1e-3]])
    np.testing.assert_array_equal(axis.lines[1].get_xydata(), [[1, 0.1], [2, 0.2]])
    assert axis.get_yscale() == "log"
    assert figure.alt.endswith("sigmoid from 1.0e-06 to 1.0e-03; ReLU from 1.0e-01 to 2.0e-01.")


def test_mistake_rates_have_a_bar_for_each_network_in_each_set_the_mean_and_the_worst():
    rates = {"small": {"turned": 0.05, "noisy": 0.04}, "large": {"turned": 0.01, "noisy": 0.02}}
    figure = plots.mistake_rates(rates)
    (axis,) = figure.axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["turned", "noisy", "mean", "worst"]
    widths = [[bar.get_width() for bar in bars] for bars in axis.containers]
    np.testing.assert_allclose(widths, [[0.05, 0.04, 0.045, 0.05], [0.01, 0.02, 0.015, 0.02]])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["small", "large"]
    assert "large: turned 1.0%, noisy 2.0%, mean 1.5%, worst 2.0%" in figure.alt


def test_mistake_rates_refuse_networks_with_other_sets():
    with pytest.raises(ValueError, match=r"'large' has the sets \['noisy'\], the first network \['turned'\]"):
        plots.mistake_rates({"small": {"turned": 0.05}, "large": {"noisy": 0.04}})


def test_distributions():
    values = {"before": np.array([[1.0, 3.0], [5.0, 7.0], [5.0, 7.0]]), "after": np.zeros((4, 2, 3))}
    figure = plots.distributions(values)
    assert [axis.get_title() for axis in figure.axes] == ["before", "after"]
    assert [len(axis.patches) for axis in figure.axes] == [2, 3]  # a line for each channel
    outline = figure.axes[0].patches[-1].get_path().vertices
    assert (outline[:, 0].min(), outline[:, 0].max(), outline[:, 1].max()) == (3, 7, 2)
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    assert "before: 3.67 ± 1.89, 5.67 ± 1.89; after: 0.00 ± 0.00, 0.00 ± 0.00, 0.00 ± 0.00." in figure.alt


def test_probabilities():
    values = [0.7, 0.2, 0.1, 0, 0, 0, 0, 0, 0, 0]
    figure = plots.probabilities(IMAGES[0], values)
    left, right = figure.axes
    np.testing.assert_array_equal(left.images[0].get_array(), IMAGES[0, ..., 0])
    assert [bar.get_height() for bar in right.patches] == values
    assert words(right.texts) == ["70%", "20%", "10%"] + [""] * 7
    assert figure.alt == "A digit and its ten probabilities. The largest: 0 70%, 1 20%, 2 10%."


def test_decisions():
    classes = [3, 1, 4]
    first, second = sure_of([3, 7, 4], [0.8, 0.6, 0.5]), sure_of([2, 1, 4], [0.3, 0.9, 0.7])
    figure = plots.decisions(IMAGES[:3], classes, first)
    assert figure.alt == "Digits and the ten probabilities of each: 3 read as 3, 1 read as 7, 4 read as 4."
    np.testing.assert_array_equal(shown(figure)[0], IMAGES[:3, ..., 0])

    def read():
        for axis, row, label, image in zip(figure.axes[3:], probabilities, classes, figure.axes, strict=False):
            assert axis.get_subplotspec().colspan == image.get_subplotspec().colspan  # each below its digit
            assert [bar.get_width() for bar in axis.patches] == list(row)
            assert [bar.get_y() + bar.get_height() / 2 for bar in axis.patches] == pytest.approx(range(10))
            colors = [bar.get_facecolor() for bar in axis.patches]
            predicted = list(row).index(max(row))
            answer = colors.pop(predicted)
            assert answer == to_rgba(plots.TRAIN_COLOR if predicted == label else plots.WRONG_COLOR)
            assert len(set(colors)) == 1 and answer not in colors
            yield axis.get_title()

    probabilities = first
    assert list(read()) == ["✓ 3", "✗ 7", "✓ 4"]
    plots.update_decisions(figure, classes, second)
    probabilities = second
    assert list(read()) == ["✗ 2", "✓ 1", "✓ 4"]


def test_softmax():
    logits = [1.5, 0, -2, 6, 3, 0.5, 0, 0, -1, 2]
    figure = plots.softmax(logits, title="scores")
    total = sum(math.exp(logit) for logit in logits)
    columns = [logits, [math.exp(logit) for logit in logits], [math.exp(logit) / total for logit in logits]]
    assert [axis.get_title() for axis in figure.axes] == ["scores", "exponentials", "probabilities"]
    for axis, values in zip(figure.axes, columns, strict=True):
        assert [bar.get_width() for bar in axis.patches] == pytest.approx(values)
        assert words(axis.texts) == [f"{value:.2f}" if value < 100 else f"{value:.0f}" for value in values]
        warm = [same_color(bar.get_facecolor(), plots.VALIDATION_COLOR) for bar in axis.patches]
        assert warm == [digit == 3 for digit in range(10)]
        assert axis.yaxis_inverted()
    assert "from -2.0 to 6.0" in figure.alt
    assert f"Class 3 has the largest logit and the probability {columns[2][3]:.1%}." in figure.alt


@pytest.mark.parametrize("probability", [0.37, 0.999, 1e-6])
def test_cross_entropy(probability):
    probabilities = np.full(10, (1 - probability) / 9)
    probabilities[4] = probability
    figure = plots.cross_entropy(np.eye(10)[4], probabilities)
    bars, curve = figure.axes
    label, predicted = bars.containers
    assert [bar.get_height() for bar in label] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    np.testing.assert_array_equal([bar.get_height() for bar in predicted], probabilities)
    line, dot = curve.lines
    for x, y in line.get_xydata():
        assert y == pytest.approx(-math.log(x))
    assert (line.get_xdata().min(), line.get_xdata().max()) == pytest.approx((min(0.002, probability), 1))
    assert dot.get_xydata()[0] == pytest.approx([probability, -math.log(probability)])
    assert curve.get_ylim()[0] < -math.log(probability) < curve.get_ylim()[1]
    assert words(curve.texts) == [f"−log {probability:g}\n= {-math.log(probability):.2f}"]
    assert f"The label is 4, whose probability is {probability:.1%}" in figure.alt
    assert figure.alt.endswith(f"costs {-math.log(probability):.2f}.")


def test_slope():
    weights = np.linspace(-2, 4, 61)
    figure = plots.slope(weights, (weights - 1) ** 2 + 1, weights[50], gradient=4, step=-0.8)
    (axis,) = figure.axes
    curve, tangent, dot = axis.lines
    np.testing.assert_array_equal(curve.get_xydata().T, [weights, (weights - 1) ** 2 + 1])
    assert dot.get_xydata()[0] == pytest.approx([3, 5])
    (left, low), (right, high) = tangent.get_xydata()
    assert left < 3 < right
    assert (high - low) / (right - left) == pytest.approx(4)
    assert low + 4 * (3 - left) == pytest.approx(5)
    arrow, word = axis.texts
    assert (arrow.xy, arrow.xyann) == (pytest.approx((2.2, 5)), pytest.approx((3, 5)))
    assert word.get_text() == "step" and 2.2 < word.get_position()[0] < 3
    assert words(axis.get_legend().get_texts()) == ["loss", "slope 4.000"]
    assert figure.alt == "The loss over one weight. At 3.00 its slope is 4.000; the step goes the other way."


def test_landscape():
    figure = plots.landscape(lambda first, second: first**2 + 2 * second, limits=(-1, 3))
    (axis,) = figure.axes
    assert (axis.get_xlabel(), axis.get_ylabel(), axis.get_zlabel()) == ("first weight", "second weight", "loss")
    assert len(axis.collections) == 1
    for data, expected in zip((axis.xaxis, axis.yaxis, axis.zaxis), ((-1, 3), (-1, 3), (-2, 15)), strict=True):
        assert data.get_data_interval() == pytest.approx(expected, abs=0.01)
    assert figure.alt.endswith("heights from -2.00 to 15.00.")


def test_descent():
    paths = {"SGD": [[2, 2], [1, 1.5], [0.5, 0.25]], "momentum": [[2, 2], [-1, 0]]}
    figure = plots.descent(lambda first, second: first**2 + second**2, paths, limits=(-3, 3))
    (axis,) = figure.axes
    for (walk, end), path in zip((axis.lines[:2], axis.lines[2:]), paths.values(), strict=True):
        assert walk.get_xydata().tolist() == path
        assert end.get_xydata().tolist() == path[-1:]
        assert end.get_markersize() > walk.get_markersize()
    assert words(axis.get_legend().get_texts()) == ["SGD", "momentum"]
    assert (axis.get_xlim(), axis.get_ylim()) == ((-3, 3), (-3, 3))
    (hills,) = [item for item in axis.collections if len(item.get_facecolor()) > 3]
    assert (hills.levels.min(), hills.levels.max()) == (0, 18)
    brightness = hills.get_facecolor()[:, :3].sum(axis=1)
    assert len(brightness) == len(hills.levels) - 1 and (np.diff(brightness) > 0).all()  # the darker, the lower
    assert figure.alt.endswith("SGD: loss 0.312 after 2 steps. momentum: loss 1 after 1 steps.")


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
    assert [x for x, _ in training] == [pytest.approx(48 + 192 / 8, abs=0.1), pytest.approx(48 + 192 * 5 / 8, abs=0.1)]
    assert [y for _, y in training] == [42, 198]  # the highest loss on top, the lowest at the bottom
    assert [y for _, y in validation] == [120]
    assert lines[2:] == [[], []]  # no accuracy yet
    xml.etree.ElementTree.fromstring(sketch)
