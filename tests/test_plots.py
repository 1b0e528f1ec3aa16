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


def test_orders_are_strips_of_one_color_scale():
    mixed = RANDOM.integers(0, 10, 300)
    figure = plots.orders({"sorted": np.sort(mixed), "mixed": list(mixed)})
    pictures, _ = shown(figure)
    np.testing.assert_array_equal(pictures[0][0], sorted(mixed))
    np.testing.assert_array_equal(pictures[1][0], mixed)
    np.testing.assert_array_equal(pictures[2][0], range(10))
    assert [axis.get_title(loc="left") for axis in figure.axes] == ["sorted", "mixed", "the ten classes"]
    assert {(*axis.images[0].get_clim(), axis.images[0].get_cmap().name) for axis in figure.axes} == {(0, 9, "viridis")}
    first = [len({*order[:30]}) for order in (sorted(mixed), mixed.tolist())]
    assert f"sorted: {first[0]} classes in the first tenth; mixed: {first[1]} classes" in figure.alt


@pytest.mark.parametrize("classes", [{}, {"none": []}, {"odd": [3, 10]}, {"square": [[1, 2]]}])
def test_orders_of_what_is_no_digit(classes):
    with pytest.raises(ValueError, match="expected (is at least one|are whole numbers|is)"):
        plots.orders(classes)


def test_digit_rows_and_their_names():
    figure = plots.digit_rows({"as written": IMAGES[:3], "negative": 1 - IMAGES[:2, ..., 0]})
    pictures, titles = shown(figure)
    np.testing.assert_array_equal(pictures, [*IMAGES[:3, ..., 0], *(1 - IMAGES[:2, ..., 0])])
    assert words(captions(figure)) == ["as written", "negative"] and not any(titles)
    assert [len(axis.images) for axis in figure.axes] == [1, 1, 1, 1, 1, 0]  # the second row is shorter
    assert all(axis.images[0].get_clim() == (0, 1) for axis in figure.axes if axis.images)
    assert figure.alt == "Digits in rows: as written (3), negative (2)."


@pytest.mark.parametrize("original", [IMAGES[0], IMAGES[0, ..., 0]], ids=["with channel", "without"])
def test_digit_rows_begin_with_the_original(original):
    figure = plots.digit_rows({"once": IMAGES[1:3], "twice": IMAGES[3:5]}, original=original)
    pictures, titles = shown(figure)
    np.testing.assert_array_equal(pictures, IMAGES[[0, 1, 2, 0, 3, 4], ..., 0])
    assert titles == ["original", "", "", "", "", ""]
    assert figure.alt == "Digits in rows: once (2), twice (2); the original before each row."


def test_digit_rows_leave_room_for_their_names():
    figure = plots.digit_rows({"short": IMAGES[:9], "all three moves": IMAGES[:9]}, original=IMAGES[0])
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in captions(figure)]
    assert len(boxes) == 2 and all(box.x0 >= 0 for box in boxes)
    for name, box in zip(("short", "all three moves"), boxes, strict=True):
        (text,) = [text for text in captions(figure) if text.get_text() == name]
        assert box.x1 <= text.axes.get_window_extent().x0


@pytest.mark.parametrize(
    ("rows", "message"),
    [({}, "expected is at least one row"), ({"flat": IMAGES[0, ..., 0]}, r"images has the shape \(28, 28\)")],
)
def test_digit_rows_refuse_what_they_cannot_draw(rows, message):
    with pytest.raises(ValueError, match=message):
        plots.digit_rows(rows)


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


def test_digit_rows_with_labels():
    rows = {"misread": IMAGES[:3], "nearest": IMAGES[3:6]}
    figure = plots.digit_rows(rows, labels={"misread": [1, 2, 3], "nearest": [1, 7, 3]})
    texts = [text for axis in figure.axes for text in axis.texts]
    labels = [(text.get_text(), same_color(text.get_color(), plots.WRONG_COLOR)) for text in texts]
    assert [label for label in labels if label[0].isdigit()] == [
        *[("1", False), ("2", False), ("3", False)],
        *[("1", False), ("7", True), ("3", False)],
    ]
    assert figure.alt.endswith("Labels: misread 1, 2, 3; nearest 1, 7, 3.")


def test_mistakes_begin_with_the_most_confident():
    #         right, unsure | wrong, unsure | right, sure | wrong, sure
    classes = [1, 2, 3, 4]
    probabilities = sure_of([1, 7, 3, 9], [0.3, 0.5, 0.99, 0.91])
    figure = plots.mistakes(IMAGES[:4], classes, probabilities, count=3)
    pictures, _ = shown(figure)
    assert words(captions(figure)) == ["✗ 9: 91%\nnot 4: 1%", "✗ 7: 50%\nnot 2: 6%", "✓ 1: 30%\n"]
    assert [is_red(caption) for caption in captions(figure)] == [True, True, False]
    np.testing.assert_array_equal(pictures, IMAGES[[3, 1, 0], ..., 0])
    assert figure.get_suptitle() == "2 of 4 read wrongly (50.0%), most confident first"
    assert figure.alt == f"{figure.get_suptitle()}: ✗ 9: 91%, not 4: 1%; ✗ 7: 50%, not 2: 6%; ✓ 1: 30%."


def test_no_mistakes():
    figure = plots.mistakes(IMAGES[:2], [1, 2], sure_of([1, 2], [0.9, 0.8]))
    assert words(captions(figure)) == ["✓ 2: 80%\n", "✓ 1: 90%\n"]
    assert figure.get_suptitle().startswith("0 of 2 read wrongly")


def test_mistakes_call_nothing_certain_that_is_not():
    probabilities = sure_of([4, 4, 4], [0.9999, 0.94, 1])
    figure = plots.mistakes(IMAGES[:3], [5, 5, 5], probabilities)
    assert words(captions(figure)) == ["✗ 4: 100%\nnot 5: 0%", "✗ 4: >99%\nnot 5: <1%", "✗ 4: 94%\nnot 5: 1%"]


@pytest.mark.parametrize(("count", "columns"), [(1, 4), (4, 4), (7, 7), (10, 10), (12, 10)])
def test_few_digits_are_drawn_larger(count, columns):
    figure = plots.digits(IMAGES[:count])
    assert figure.axes[0].get_gridspec().ncols == columns


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


def test_training_curves_up_to_a_limit():
    assert plots.training_curves(HISTORY, loss_limit=1.5).axes[0].get_ylim() == (0, 1.5)
    low, high = plots.training_curves(HISTORY).axes[0].get_ylim()
    assert low == 0 and high > max(HISTORY["loss"])


@pytest.mark.parametrize("history", [{}, {"loss": [1.0], "accuracy": [0.5]}], ids=["nothing", "no validation"])
def test_training_curves_of_little(history):
    figure = plots.training_curves(history)
    axis = figure.axes[0]
    assert figure.alt.endswith("loss 1.0000, accuracy 0.5000." if history else "No values yet.")
    assert axis.lines[0].get_ydata().tolist() == history.get("loss", [])
    assert axis.lines[1].get_ydata().tolist() == []
    assert axis.get_xlim() == (0.5, 1.5)


def numbers(line):
    return [(round(x), float(y)) for x, y in line.get_xydata()]


def curves(axis):
    """The lines of an axis that are trainings: with a marker at each epoch."""
    return [line for line in axis.lines if line.get_marker() in ("o", "^")]


WORSE = {"loss": [9, 3, 2.5], "accuracy": [0.1, 0.1, 0.2], "val_loss": [130_000.4, 2, 2], "val_accuracy": [0, 0.1, 0.1]}
NAN = {
    "loss": [1, 0.5, math.nan],
    "accuracy": [0.5, 0.9, 0.1],
    "val_loss": [0.75, math.nan, math.nan],
    "val_accuracy": [0.8, 0.1, 0.1],
}


def test_compared_curves_have_the_same_axes_in_every_picture():
    pictures = [
        plots.compare_curves({"broken": WORSE, "cured": HISTORY}),
        plots.compare_curves({"one": HISTORY}, epochs=3),
    ]
    pictures.append(plots.checkup(NAN, IMAGES[:5], CLASSES[:5], sure_of([0, 1, 2, 3, 9], [0.9] * 5)))
    for figure in pictures:
        loss, accuracy = figure.axes[:2]
        assert [axis.get_title() for axis in (loss, accuracy)] == ["loss", "accuracy"]
        assert (loss.get_ylim(), accuracy.get_ylim()) == ((0, 4), (0, 1))
        assert loss.get_xlim() == accuracy.get_xlim() == (0.5, 3.5)
        guesses = [axis.lines[0].get_ydata()[0] for axis in (loss, accuracy)]
        assert guesses == [pytest.approx(2.302585, abs=1e-6), 0.1]
        assert [axis.lines[0].get_linestyle() for axis in (loss, accuracy)] == [":", ":"]


def test_compared_curves_stay_in_the_picture_and_the_largest_has_its_number():
    loss, accuracy = plots.compare_curves({"broken": WORSE, "cured": HISTORY}).axes
    broken, broken_validation, cured, cured_validation = curves(loss)
    assert numbers(broken) == [(1, 4), (2, 3), (3, 2.5)]
    assert numbers(broken_validation) == [(1, 4), (2, 2), (3, 2)]
    assert (numbers(cured), numbers(cured_validation)) == ([(1, 2), (2, 1), (3, 0.5)], [(1, 3), (2, 2), (3, 1)])
    assert [numbers(line) for line in curves(accuracy)][2] == [(1, 0.1), (2, 0.5), (3, 0.9)]
    assert words(loss.texts) == ["130,000"] and words(accuracy.texts) == []
    assert loss.texts[0].xy == (1, 4)
    for line, validation in ((broken, broken_validation), (cured, cured_validation)):
        assert same_color(line.get_color(), validation.get_color())
        assert (line.get_linestyle(), validation.get_linestyle()) == ("-", "--")
    assert is_red(broken) and same_color(cured.get_color(), plots.TRAIN_COLOR)


def test_compared_curves_name_the_trainings_and_the_kind_of_line():
    figure = plots.compare_curves({"broken": WORSE, "cured": HISTORY})
    assert words(figure.legends[0].get_texts()) == ["broken", "cured", "training", "validation"]
    assert words(plots.compare_curves({"one": HISTORY}).legends[0].get_texts()) == ["training", "validation"]
    assert "broken: loss 9.00 to 2.50, validation loss 130000.40 to 2.00," in figure.alt
    assert "cured: loss 2.00 to 0.50, validation loss 3.00 to 1.00, accuracy 0.10 to 0.90," in figure.alt


def test_at_nan_a_line_ends_and_the_picture_says_so():
    figure = plots.compare_curves({"broken": NAN, "cured": HISTORY})
    loss, accuracy = figure.axes
    crosses = [numbers(line) for line in loss.lines if line.get_marker() == "x"]
    assert crosses == [[(2, 0.5)], [(1, 0.75)]]
    assert words(loss.texts) == ["NaN from epoch 2 on"]
    assert words(accuracy.texts) == [] and not [line for line in accuracy.lines if line.get_marker() == "x"]
    assert "broken: loss NaN from epoch 3 on, validation loss NaN from epoch 2 on, accuracy 0.50 to 0.10" in figure.alt


def test_nan_from_the_first_epoch_and_histories_of_little():
    loss, _ = plots.compare_curves({"a": {"loss": [math.nan] * 2, "accuracy": [0.1, 0.1]}}).axes
    assert words(loss.texts) == ["NaN from epoch 1 on"]
    assert plots.compare_curves({"a": {}}).axes[0].get_xlim() == (0.5, 1.5)


@pytest.mark.parametrize("count", [0, 4])
def test_compared_curves_are_one_to_three(count):
    with pytest.raises(ValueError, match=f"There are {count} histories; expected are 1 to 3"):
        plots.compare_curves({str(number): HISTORY for number in range(count)})


def test_checkup_shows_outputs_that_are_no_probabilities_as_they_are():
    outputs = sure_of([0, 7, 2], [0.9, 0.8, 0.7])
    outputs[1] = [-3, 0.5, 2, 0, 0, 0, 0, 0, 0, 0.25]
    outputs[2, 4] = math.nan
    figure = plots.checkup(HISTORY, IMAGES[:3], [0, 1, 2], outputs)
    np.testing.assert_array_equal(shown(figure)[0], IMAGES[:3, ..., 0])
    bars = figure.axes[-3:]
    assert [axis.get_title() for axis in bars] == ["✓ 0", "✗ 2", "✗ NaN"]
    assert [axis.get_xlabel() for axis in bars] == ["sum 1.00", "sum −0.25", "sum NaN"]
    assert [axis.get_xlim() for axis in bars] == [(0, 1)] * 3
    assert [bar.get_width() for bar in bars[0].patches] == pytest.approx(list(outputs[0]))
    assert [bar.get_width() for bar in bars[1].patches] == [0, 0.5, 1, 0, 0, 0, 0, 0, 0, 0.25]
    assert same_color(bars[0].patches[0].get_facecolor(), plots.TRAIN_COLOR)
    assert same_color(bars[1].patches[2].get_facecolor(), plots.WRONG_COLOR)
    assert [(text.get_text(), text.get_position()[1]) for text in bars[1].texts] == [("◂", 0), ("▸", 2)]
    assert not bars[0].texts
    assert figure.alt.endswith("Digits: 0 read as 0, 1 read as 2, 2 read as NaN.")
    assert "Loss and accuracy. loss 2.00 to 0.50, validation loss 3.00 to 1.00" in figure.alt


def test_weights_of_each_neuron():
    kernel = RANDOM.normal(size=(784, 10))
    figure = plots.weights(kernel)
    pictures, titles = shown(figure)
    np.testing.assert_array_equal(pictures[:10], kernel.T.reshape(10, 28, 28))
    assert titles[:10] == [str(digit) for digit in range(10)]
    ((low, high),) = {axis.images[0].get_clim() for axis in figure.axes[:10]}  # one scale for all
    assert low == -high and (np.abs(kernel) > high).mean() == pytest.approx(0.005, abs=0.0002)
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
    assert {axis.images[0].get_clim() for axis in figure.axes[:6]} == {(maps.min(), maps.max())}
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


def test_gaps_reach_from_training_to_validation_in_each_row():
    figure = plots.gaps({"plain": (0.02, 0.09), "odd": [0.05, 0.04]})
    (axis,) = figure.axes
    assert [line.get_xydata().tolist() for line in axis.lines] == [[[0.02, 0], [0.09, 0]], [[0.05, 1], [0.04, 1]]]
    training, validation = axis.collections
    assert training.get_offsets().tolist() == [[0.02, 0], [0.05, 1]]
    assert validation.get_offsets().tolist() == [[0.09, 0], [0.04, 1]]
    assert [text.strip() for text in words(axis.texts)] == ["+0.070", "-0.010"]
    assert words(axis.get_yticklabels()) == ["plain", "odd"] and axis.yaxis_inverted()
    assert axis.get_xlim()[0] == 0 and axis.get_xlim()[1] > 0.09
    assert axis.get_xlabel() == "loss" and words(figure.legends[0].get_texts()) == ["training", "validation"]
    assert figure.alt == "The loss in training and in validation: plain 0.020 and 0.090; odd 0.050 and 0.040."
    assert plots.gaps({"all right": (0, 0)}, label="mistakes").axes[0].get_xlim() == (0, 1)


@pytest.mark.parametrize("pair", [(1, 2, 3), 0.5, (0.1, math.nan), (-0.1, 0.2), (None, 1)])
def test_gaps_of_something_else_than_two_numbers(pair):
    with pytest.raises(ValueError, match="expected are two numbers for each network"):
        plots.gaps({"plain": pair})
    with pytest.raises(ValueError, match="expected are two numbers for each network"):
        plots.gaps({})


def test_progress_of_two_networks_on_one_axis():
    figure = plots.progress({"constant": [0.9, 0.7, 0.8], "falling": [0.5]}, "accuracy")
    (axis,) = figure.axes
    assert [line.get_xydata().tolist() for line in axis.lines] == [[[1, 0.9], [2, 0.7], [3, 0.8]], [[1, 0.5]]]
    assert words(axis.get_legend().get_texts()) == ["constant", "falling"]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("epoch", "accuracy")
    assert figure.alt == (
        "The accuracy over the epochs: constant from 0.900 to 0.800, at best 0.900, at worst 0.700; "
        "falling from 0.500 to 0.500, at best 0.500, at worst 0.500."
    )
    for nothing in ({}, {"constant": []}):
        with pytest.raises(ValueError, match="expected is a list of numbers, one an epoch, for each network"):
            plots.progress(nothing)


def test_memory_over_the_digits_read():
    figure = plots.memory({"let go": ([0, 1000], [0, 5]), "kept": ([0, 2000], [0.0, 12.4])})
    (axis,) = figure.axes
    assert [line.get_xydata().tolist() for line in axis.lines] == [[[0, 0], [1000, 5]], [[0, 0], [2000, 12.4]]]
    assert words(axis.get_legend().get_texts()) == ["let go", "kept"]
    assert axis.get_ylim()[0] <= 0
    assert figure.alt == (
        "The memory that a process takes in addition while it reads. let go: 5 MB after 1,000; kept: 12 MB after 2,000."
    )
    for wrong in ({}, {"kept": ([], [])}, {"kept": ([1, 2], [1])}):
        with pytest.raises(ValueError, match="expected are as many megabytes as counts, for each name"):
            plots.memory(wrong)


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
    steps = np.diff(axis.get_yticks())
    assert steps[1] > steps[0] == steps[2]  # mean and worst are no kinds, and stand apart
    assert "large: turned 1.0%, noisy 2.0%, mean 1.5%, worst 2.0%" in figure.alt


def test_mistake_rates_refuse_networks_with_other_sets():
    with pytest.raises(ValueError, match=r"'large' has the sets \['noisy'\], the first network \['turned'\]"):
        plots.mistake_rates({"small": {"turned": 0.05}, "large": {"noisy": 0.04}})


def test_learning_curves_have_a_line_through_the_means_and_a_band_from_lowest_to_highest():
    figure = plots.learning_curves(
        {"varied": {50_000: 0.995, 1_000: [0.96, 0.98]}, "plain": {1_000: 0.9, 50_000: 0.99}}, counted="labels"
    )
    (axis,) = figure.axes
    varied, plain = axis.lines
    np.testing.assert_allclose(varied.get_xydata(), [[1_000, 3], [50_000, 0.5]])  # in order, in percent
    np.testing.assert_allclose(plain.get_xydata(), [[1_000, 10], [50_000, 1]])
    (band,) = axis.collections  # one accuracy makes no band
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.round(6)}
    assert corners == {(1_000, 2), (1_000, 4), (50_000, 0.5)}
    assert same_color(band.get_facecolor()[0, :3], varied.get_color())
    assert (axis.get_xscale(), axis.get_yscale(), axis.get_xlabel()) == ("log", "log", "labels")
    assert [label.get_text() for label in axis.get_xticklabels()] == ["1,000", "50,000"]
    assert words(axis.get_legend().get_texts()) == ["varied", "plain"]
    assert varied.get_linestyle() != plain.get_linestyle() and varied.get_marker() != plain.get_marker()
    assert figure.alt == (
        "The share of misread digits over the number of labels. "
        "varied: 3.00% with 1,000, 0.50% with 50,000; plain: 10.00% with 1,000, 1.00% with 50,000."
    )


def test_learning_curves_label_whole_percents_and_have_a_gap_where_nothing_is_misread():
    figure = plots.learning_curves({"plain": {10: 0.5, 100: 0.98, 1_000: 1.0}})
    figure.draw_without_rendering()
    (axis,) = figure.axes
    low, high = axis.get_ylim()
    assert 0 < low < 2 and high > 50
    inside = [label.get_text() for label in axis.get_yticklabels() if low <= label.get_position()[1] <= high]
    assert inside == ["2", "5", "10", "20", "50"]


@pytest.mark.parametrize(
    "results", [{}, {"plain": {}}, {"plain": {10: []}}, {"plain": {10: 99.1}}, {"plain": {0: 0.1}}], ids=str
)
def test_learning_curves_refuse_what_they_cannot_draw(results):
    with pytest.raises(ValueError, match="expected (is|are)"):
        plots.learning_curves(results)


def test_distributions():
    values = {"before": np.array([[1.0, 3.0], [5.0, 7.0], [5.0, 7.0]]), "after": np.zeros((4, 2, 3))}
    figure = plots.distributions(values)
    assert [axis.get_title() for axis in figure.axes] == ["before", "after"]
    assert [len(axis.patches) for axis in figure.axes] == [2, 3]  # a line for each channel
    for axis, highest in zip(figure.axes, (2, 8), strict=True):  # the same steps in both, so that heights compare
        outline = axis.patches[0].get_path().vertices
        assert (outline[:, 0].min(), outline[:, 0].max(), outline[:, 1].max()) == (0, 7, highest)
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    assert "before: 3.67 ± 1.89, 5.67 ± 1.89; after: 0.00 ± 0.00, 0.00 ± 0.00, 0.00 ± 0.00." in figure.alt


def test_probabilities():
    values = [0.7, 0.2, 0.1, 0, 0, 0, 0, 0, 0, 0]
    figure = plots.probabilities(IMAGES[0], values)
    left, right = figure.axes
    np.testing.assert_array_equal(left.images[0].get_array(), IMAGES[0, ..., 0])
    assert [bar.get_height() for bar in right.patches] == values
    assert words(right.texts) == ["70%", "20%", "10%"] + [""] * 7
    assert figure.alt == "A digit and its ten probabilities. The largest: 0 70%, 1 20%, 2 10%."
    assert same_color(right.patches[0].get_facecolor(), plots.TRAIN_COLOR)


@pytest.mark.parametrize(("label", "color"), [(0, plots.TRAIN_COLOR), (1, plots.WRONG_COLOR)])
def test_probabilities_with_the_right_class(label, color):
    figure = plots.probabilities(IMAGES[0], [0.7, 0.2, 0.1, 0, 0, 0, 0, 0, 0, 0], label)
    _, right = figure.axes
    assert same_color(right.patches[0].get_facecolor(), color)
    framed = [same_color(bar.get_edgecolor(), plots.INK) for bar in right.patches]
    assert framed == [digit == label for digit in range(10)]
    assert figure.alt.endswith(f"2 10%. The right class: {label}.")


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
        texts = [f"{value:.2f}" if value < 100 else f"{value:.0f}" for value in values]
        assert words(axis.texts) == [text.replace("-", "−") for text in texts]
        warm = [same_color(bar.get_facecolor(), plots.VALIDATION_COLOR) for bar in axis.patches]
        assert warm == [digit == 3 for digit in range(10)]
        assert axis.yaxis_inverted()
    assert figure.axes[2].get_xlim()[0] == 0 and figure.axes[2].get_xticks().tolist() == [0, 1]
    assert "from -2.0 to 6.0" in figure.alt
    assert f"Class 3 has the largest logit and the probability {columns[2][3]:.1%}." in figure.alt


def test_softmax_on_one_axis_whatever_the_temperature():
    logits = np.linspace(-2, 6, 10)
    limits = [plots.softmax(logits / temperature, limit=6).axes[0].get_xlim() for temperature in (1, 4)]
    assert limits[0] == limits[1] and limits[0][0] < -6 < 6 < limits[0][1]


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
    assert word.get_text() == "step" and word.get_position()[0] == pytest.approx(2.2) and word.get_ha() == "right"
    assert words(axis.get_legend().get_texts()) == ["loss", "slope 4.000"]
    assert figure.alt == "The loss over one weight. At 3.00 its slope is 4.000; the step goes the other way."


def test_compare_losses():
    probabilities = np.array([0.01, 0.5, 0.9])
    losses = {"squared error": [0.98, 0.25, 0.01], "cross-entropy": [4.6, 0.7, 0.1]}
    slopes = {"squared error": [-0.02, -0.25, -0.02], "cross-entropy": [-0.99, -0.5, -0.1]}
    figure = plots.compare_losses(probabilities, losses, slopes)
    for axis, curves in zip(figure.axes, (losses, slopes), strict=True):
        for line, dot, (name, values) in zip(axis.lines[:4:2], axis.lines[1:4:2], curves.items(), strict=True):
            assert line.get_label() == name
            np.testing.assert_array_equal(line.get_xydata().T, [probabilities, values])
            np.testing.assert_array_equal(dot.get_xydata(), [[0.01, values[0]]])
    assert words(figure.axes[1].texts) == ["−0.02", "−0.99"]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    assert len({line.get_linestyle() for line in figure.axes[0].lines[::2]}) == 2  # told apart in gray
    assert figure.alt.endswith("At 1.0%: squared error 0.98, slope -0.02; cross-entropy 4.60, slope -0.99.")


def test_compare_losses_refuses_slopes_of_others():
    with pytest.raises(ValueError, match=r"slopes has the names \['b'\]; expected are those of losses, \['a'\]"):
        plots.compare_losses([0.5], {"a": [1]}, {"b": [1]})


def test_final_losses():
    losses = {
        "SGD": {0.01: 0.9, 0.1: 0.4, 1: 0.2},
        "Adam": {0.001: 0.3, 0.01: 2.3, 0.1: math.nan},
        "RMSprop": {0.01: 0.5, 0.1: 0.25, 1: math.inf},
    }
    figure = plots.final_losses(losses, untrained=2.4)
    (axis,) = figure.axes
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    shown = words(figure.legends[0].get_texts())
    assert shown == ["SGD: 0.2 at 1", "Adam: 0.3 at 0.001", "RMSprop: 0.25 at 0.1"]
    for by_rate, best, line, dot in zip(
        losses.values(), (1, 0.001, 0.1), axis.lines[:6:2], axis.lines[1:6:2], strict=True
    ):
        assert list(line.get_xdata()) == list(by_rate)
        for value, expected in zip(line.get_ydata(), by_rate.values(), strict=True):
            assert value == expected if math.isfinite(expected) else value > axis.get_ylim()[1]
        assert dot.get_xydata().tolist() == [[best, by_rate[best]]]
    assert list(axis.lines[6].get_ydata()) == [2.4, 2.4]
    assert axis.get_ylim()[0] < 0.2 and axis.get_ylim()[1] > 2.4
    assert figure.alt.endswith("Lowest: SGD 0.200 at 1; Adam 0.300 at 0.001; RMSprop 0.250 at 0.1.")


def test_final_losses_without_a_line_for_the_untrained():
    figure = plots.final_losses({"SGD": {0.01: 0.9, 0.1: 7}})
    assert len(figure.axes[0].lines) == 2 and figure.axes[0].get_ylim()[1] > 7


def test_final_losses_refuses_an_optimizer_without_a_finite_loss():
    with pytest.raises(ValueError, match="'SGD' has no finite loss; expected is at least one"):
        plots.final_losses({"SGD": {0.01: math.nan}})


def test_landscape():
    figure = plots.landscape(lambda first, second: first**2 + 2 * second, limits=(-1, 3))
    (axis,) = figure.axes
    assert (axis.get_xlabel(), axis.get_ylabel(), axis.get_zlabel()) == ("first weight", "second weight", "loss")
    assert len(axis.collections) == 1
    for data, expected in zip((axis.xaxis, axis.yaxis, axis.zaxis), ((-1, 3), (-1, 3), (-2, 15)), strict=True):
        assert data.get_data_interval() == pytest.approx(expected, abs=0.01)
    assert figure.alt.endswith("heights from -2.00 to 15.00.")


def test_landscape_with_a_point():
    (axis,) = plots.landscape(lambda first, second: first**2 + 2 * second, limits=(-1, 3), point=(2, 1)).axes
    (dot,) = axis.lines
    np.testing.assert_allclose(np.ravel(dot.get_data_3d()), [2, 1, 6])


def test_descent():
    paths = {"SGD": [[2, 2], [1, 1.5], [0.5, 0.25]], "momentum": [[2, 2], [-1, 0]]}
    figure = plots.descent(lambda first, second: first**2 + second**2, paths, limits=(-3, 3))
    axis, below = figure.axes
    losses = [[8, 3.25, 0.3125], [8, 1]]
    assert [line.get_ydata().tolist() for line in below.lines] == losses and below.get_yscale() == "log"
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
        (lambda: plots.checkup(HISTORY, IMAGES[:2], [0, 1], np.ones((2, 5))), r"shape \(2, 5\); expected is \(2, 10\)"),
        (lambda: plots.checkup(HISTORY, IMAGES[:2], [0], np.ones((2, 10))), r"classes has the shape \(1,\)"),
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
