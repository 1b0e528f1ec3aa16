"""The drawing pad, without a browser: what its front end sets, what comes back, what is kept."""

import base64
import io
import json
import os

import matplotlib.style
import numpy as np
import pytest
import traitlets
from PIL import Image, ImageDraw
from scipy.stats import binomtest

from mnist_helpers import draw, ink, photo
from mnist_helpers.files import kept

WIDGET = "application/vnd.jupyter.widget-view+json"

ONE = [[[0.5, 0.2], [0.5, 0.8]]]
ZERO = [[[0.5 + 0.3 * np.cos(angle), 0.5 + 0.3 * np.sin(angle)] for angle in np.linspace(0, 2 * np.pi, 40).tolist()]]
OPEN_FOUR = [[[0.3, 0.2], [0.3, 0.55], [0.6, 0.55]], [[0.7, 0.15], [0.7, 0.85]]]
FIVE_WITH_A_BAR = [[[0.35, 0.15], [0.35, 0.45], [0.6, 0.5], [0.6, 0.8], [0.3, 0.8]], [[0.45, 0.1], [0.7, 0.1]]]
TWO_DIGITS = [[[0.2, 0.2], [0.2, 0.8]], [[0.6, 0.2], [0.8, 0.2], [0.65, 0.8]]]
FULL = [[[x, y] for y in np.linspace(0, 1, 30).tolist() for x in (0.0, 1.0)]]


@pytest.fixture(scope="module")
def keras():
    import keras  # here, since it takes long to import

    return keras


def with_layers(keras, *layers):
    return keras.Sequential([keras.Input([28, 28, 1]), *layers])


def always(keras, digit):
    """A network that says one digit, whatever it's shown."""
    network = with_layers(keras, keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax"))
    network.set_weights([np.zeros([784, 10]), 5 * np.eye(10)[digit]])
    return network


def ones_and_zeros(keras):
    """A network that reads 1 where most ink is in the middle columns, else 0."""
    network = always(keras, 0)
    weights = np.zeros([28, 28, 10])
    weights[:, 12:17, 1], weights[:, :12, 0], weights[:, 17:, 0] = 1, 1, 1
    network.set_weights([weights.reshape(784, 10), -100 * (np.arange(10) > 1)])
    return network


def draw_on(pad, lines):
    """Draws as a front end does; returns the answer as it gets it."""
    pad.set_state({"lines": lines, "_asked": pad._asked + 1})
    answer = json.loads(json.dumps(pad.get_state()["_answer"]))
    assert answer["number"] == pad._asked
    return answer


def keep(pad, label, lines):
    pad.set_state({"lines": [], "kept": [*pad.kept, {"label": label, "lines": lines}], "_asked": pad._asked + 1})


def box(image):
    """Left, top, right and bottom of the ink, by Pillow."""
    return Image.fromarray((image > 127).astype(np.uint8)).getbbox()


def test_all_about_own_digits_is_in_one_place():
    for function in (ink.prepare, ink.preparation, photo.read_photo, photo.Sheet):
        assert getattr(draw, function.__name__) is function and function.__name__ in draw.__all__


def test_what_is_drawn_on_the_pad(capsys):
    pad = draw.Pad()
    pad.set_state({"lines": [[[0.25, 0.5], [0.75, 0.5]], [[0.5, 0.1]]]})
    picture = pad.picture
    assert (picture.shape, picture.dtype, picture.min(), picture.max()) == ((280, 280), np.uint8, 0, 255)
    line, dot = picture.copy(), picture.copy()
    line[:60], dot[60:] = 0, 0
    assert box(line) == pytest.approx((65, 135, 215, 145), abs=1)  # 140 pixels long, 10 wide, with round ends
    assert box(dot) == pytest.approx((135, 23, 145, 33), abs=1)
    assert capsys.readouterr().out == ""


def test_a_sample_digit_where_nobody_drew(capsys):
    picture = draw.Pad().picture
    assert "Nothing is drawn on the pad, so here is a sample digit." in capsys.readouterr().out
    left, top, right, bottom = box(picture)
    assert 0 < left < right < 180 and 0 < top < bottom < 180  # small, and near a corner
    np.testing.assert_array_equal(picture, draw.Pad().picture)


def test_networks_answer_to_what_is_drawn(keras):
    networks = {"reader": ones_and_zeros(keras), "seven": always(keras, 7)}
    pad = draw.Pad(networks)
    assert pad.get_state()["_names"] == ["reader", "seven"]
    for lines, digit in ((ONE, 1), (ZERO, 0)):
        answer = draw_on(pad, lines)
        assert [int(np.argmax(shares)) for shares in answer["networks"]] == [digit, 7]
        image = ink.prepare(pad.picture)
        assert answer["image"] == (255 * image).round().astype(int).ravel().tolist()
        for shares, model in zip(answer["networks"], networks.values(), strict=True):
            np.testing.assert_allclose(shares, model.predict(image[np.newaxis], verbose=0)[0], atol=1e-5)
        assert answer["remark"] == ""
    assert draw_on(pad, [])["networks"] == []


def test_each_stroke_is_answered_once():
    pad, answers = draw.Pad(), []
    pad.observe(lambda change: answers.append(change.new), "_answer")
    for count in (1, 2):
        draw_on(pad, ONE * count)
    assert [answer["number"] for answer in answers] == [1, 2]
    pad.lines = ZERO  # by code: a front end that waits for nothing shows it, too
    assert len(answers) == 3 and answers[2]["number"] == 2


def test_one_network_needs_no_name(keras):
    pad = draw.Pad(always(keras, 3))
    assert pad.get_state()["_names"] == ["network"]
    assert np.argmax(draw_on(pad, ONE)["networks"][0]) == 3


def test_more_training_changes_the_answers(keras):
    model = always(keras, 3)
    pad = draw.Pad(model)
    assert np.argmax(draw_on(pad, ONE)["networks"][0]) == 3
    model.compile(keras.optimizers.SGD(10.0), "categorical_crossentropy")
    model.fit(ink.prepare(pad.picture)[np.newaxis], np.eye(10)[[8]], epochs=5, verbose=0)
    assert np.argmax(draw_on(pad, [*ONE, *ONE])["networks"][0]) == 8


def test_an_answer_leaves_the_model_as_it_is(keras):
    layers = keras.layers
    body = [layers.Flatten(), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(10, activation="softmax")]
    model = with_layers(keras, *body)
    before = [variable.numpy() for variable in model.variables]  # the seed of the dropout is one of them
    keras.utils.set_random_seed(1)
    expected = [keras.random.normal([3]).numpy(), np.random.rand(3)]
    keras.utils.set_random_seed(1)
    draw_on(draw.Pad(model), ONE)
    drawn = [keras.random.normal([3]).numpy(), np.random.rand(3)]
    np.testing.assert_array_equal(drawn, expected)
    for variable, old in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), old)
    assert not model.compiled


def test_a_network_that_fails_is_told_and_the_others_answer(keras):
    import tensorflow as tf

    class AfraidOfInk(keras.Model):
        def call(self, images):
            tf.debugging.assert_equal(tf.reduce_max(images), 0.0, "Ink!")
            return tf.fill([tf.shape(images)[0], 10], 0.1)

    afraid, astray = AfraidOfInk(), always(keras, 1)
    afraid(np.zeros((1, 28, 28, 1)))
    pad = draw.Pad({"afraid": afraid, "astray": astray, "seven": always(keras, 7)})
    astray.set_weights([np.full([784, 10], np.nan), np.zeros(10)])
    failed, no_number, seven = draw_on(pad, ONE)["networks"]
    assert failed.startswith("InvalidArgumentError: ") and "no number: its training went astray" in no_number
    assert np.argmax(seven) == 7
    keep(pad, 7, ONE)
    assert "afraid none (InvalidArgumentError" in pad._tally and "seven 1 of 1" in pad._tally


@pytest.mark.parametrize(
    "lines, remark, readable",
    [
        ([[[0.5, 0.5]]], "That is only a dot. Draw a digit from 0 to 9.", False),
        ([[[0.5, 0.5], [0.51, 0.51]]], "That is only a dot.", False),
        (FULL, "The pad is nearly full of ink. Clear it", True),
        (TWO_DIGITS, "These look like two digits, and the networks take them for one.", True),
        (OPEN_FOUR, "", True),
        (FIVE_WITH_A_BAR, "", True),
        ([], "", False),
    ],
)
def test_what_is_odd_about_a_drawing(lines, remark, readable, keras):
    answer = draw_on(draw.Pad(always(keras, 4)), lines)
    assert answer["remark"].startswith(remark) and bool(answer["remark"]) == bool(remark)
    assert (answer["image"] is not None, len(answer["networks"])) == (readable, readable)


def cases(keras):
    """What is no network for the pad, and what it's told."""
    layers = keras.layers
    flatten, model = layers.Flatten(), always(keras, 1)
    return {
        "a history": (keras.callbacks.History(), TypeError, "of the type History; expected is a Keras model"),
        "a list": ([model], TypeError, "of the type list"),
        "no model in a dictionary": ({"one": model, "two": None}, TypeError, "'two' is of the type NoneType"),
        "an empty dictionary": ({}, ValueError, "The dictionary of networks is empty"),
        "a number for a name": ({1: model}, TypeError, "named 1; expected is a text"),
        "one model twice": ({"a": model, "b": model}, ValueError, "'a' and 'b' are the same model. .* copy it"),
        "not built": (keras.Sequential([flatten, layers.Dense(10)]), ValueError, "shape of 'network' isn't known yet"),
        "flat images": (
            keras.Sequential([keras.Input([784]), layers.Dense(10, activation="softmax")]),
            ValueError,
            r"inputs of the shape \(None, 784\); expected is \(None, 28, 28, 1\)",
        ),
        "larger images": (
            keras.Sequential([keras.Input([32, 32, 1]), layers.Flatten(), layers.Dense(10, activation="softmax")]),
            ValueError,
            r"inputs of the shape \(None, 32, 32, 1\)",
        ),
        "too few classes": (
            with_layers(keras, layers.Flatten(), layers.Dense(5, activation="softmax")),
            ValueError,
            r"outputs of the shape \(None, 5\); expected is \(None, 10\)",
        ),
        "not flattened": (
            with_layers(keras, layers.Dense(10, activation="softmax")),
            ValueError,
            r"outputs of the shape \(None, 28, 28, 10\)",
        ),
        "logits": (
            with_layers(keras, layers.Flatten(), layers.Dense(10, bias_initializer="ones")),
            ValueError,
            'are no probabilities: .*"softmax"',
        ),
    }


@pytest.mark.parametrize(
    "case",
    [
        "a history",
        "a list",
        "no model in a dictionary",
        "an empty dictionary",
        "a number for a name",
        "one model twice",
        "not built",
        "flat images",
        "larger images",
        "too few classes",
        "not flattened",
        "logits",
    ],
)
def test_no_network(case, keras):
    networks, error, message = cases(keras)[case]
    with pytest.raises(error, match=message):
        draw.Pad(networks)


def test_no_lines_and_no_digits():
    pad = draw.Pad()
    for lines in ([[[0.5, 2]]], [[]], [[0.5, 0.5]], [[["a", 0]]]):
        with pytest.raises(traitlets.TraitError, match="expected is a list of lines, each a list of points"):
            pad.lines = lines
    for digit in ({"label": 10, "lines": ONE}, {"label": "1", "lines": ONE}, {"label": 1, "lines": []}, {"label": 1}):
        with pytest.raises(traitlets.TraitError, match="kept holds something else than digits"):
            pad.kept = [digit]
    assert pad.lines == pad.kept == []


def test_digits_that_were_kept(capsys):
    pad = draw.Pad()
    keep(pad, 1, ONE)
    keep(pad, 0, ZERO)
    images, labels = pad.digits()
    assert (images.shape, images.dtype, labels.dtype) == ((2, 28, 28, 1), np.float32, np.float32)
    np.testing.assert_array_equal(labels, [[0, 1, 0, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
    by_pillow = Image.new("L", (280, 280))
    ImageDraw.Draw(by_pillow).line((140, 56, 140, 224), fill=255, width=10)
    assert np.abs(images[0] - ink.prepare(np.asarray(by_pillow))).mean() < 0.01
    assert images[1, 14, 14, 0] == 0 < images[0, 14, 14, 0]
    assert pad._tally == "2 digits kept." and capsys.readouterr().out == ""


def test_ten_sample_digits_where_none_was_kept(capsys):
    images, labels = draw.Pad().digits()
    assert "No digit is kept on the pad, so here are ten sample digits." in capsys.readouterr().out
    np.testing.assert_array_equal(labels, np.eye(10))
    assert len(np.unique(images.reshape(10, -1), axis=0)) == 10


def test_how_many_each_network_reads_right(keras):
    pad = draw.Pad({"reader": ones_and_zeros(keras), "one": always(keras, 1)})
    for label, lines in ((1, ONE), (0, ZERO), (1, ONE), (0, ZERO), (0, ZERO), (5, ZERO)):
        keep(pad, label, lines)
    table = pad.accuracies()
    expected = []
    for name, right in (("reader", 5), ("one", 2)):
        low, high = (round(100 * bound) for bound in binomtest(right, 6).proportion_ci(method="wilson"))
        expected.append([name, str(right), "6", f"{100 * right / 6:.0f} %", f"{low}–{high} %"])
    assert table.rows == expected and "So few digits say little" in str(table)
    assert pad._tally.startswith("Read right of your 6 digits: reader 5 of 6 (44–97 %), one 2 of 6 (10–70 %).")
    pad.set_state({"kept": pad.kept[:-1]})  # as "take back the last" does
    assert "reader 5 of 5" in pad._tally
    pad.set_state({"kept": []})
    assert pad._tally == ""
    with pytest.raises(ValueError, match="This pad has no network to count for"):
        draw.Pad().accuracies()


def test_saved_digits_come_back(tmp_path, capsys, keras):
    pad = draw.Pad()
    keep(pad, 1, ONE)
    keep(pad, 0, ZERO)
    path = pad.save(tmp_path / "new" / "my digits")
    assert f"2 digits saved in {path.parent.name}/{path.name}." in capsys.readouterr().out
    loaded = draw.Pad.load(tmp_path / "new" / "my digits", ones_and_zeros(keras))
    assert loaded.kept == pad.kept and loaded.lines == [] and "network 2 of 2" in loaded._tally
    for ours, theirs in zip(loaded.digits(), pad.digits(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    content = path.read_bytes()
    loaded.save(str(path.parent))  # no digit comes twice
    assert path.read_bytes() == content


def test_two_pads_save_into_one_folder(tmp_path, capsys):
    first, second = draw.Pad(), draw.Pad()
    keep(first, 1, ONE)
    first.save(tmp_path)
    keep(second, 0, ZERO)
    second.save(tmp_path)
    assert "1 digit saved" in capsys.readouterr().out.splitlines()[-1]
    assert [digit["label"] for digit in draw.Pad.load(tmp_path).kept] == [1, 0]
    first.set_state({"kept": []})  # taken back, so it leaves the file; the other's stays
    first.save(tmp_path)
    assert [digit["label"] for digit in draw.Pad.load(tmp_path).kept] == [0]


def test_nothing_kept_saves_an_empty_file(tmp_path):
    draw.Pad().save(tmp_path)
    assert draw.Pad.load(tmp_path).kept == []


def test_there_is_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no file .*my_digits.json. Keep some digits on a pad"):
        draw.Pad.load(tmp_path / "none")


@pytest.mark.parametrize(
    "content, message",
    [
        (b'{"format": "digits drawn', "is damaged: .* Move it away"),
        (b"\xff\xfe\x00", "is damaged"),
        (b"", "is damaged"),
        (b"[1, 2]", r"isn't a file of Pad\.save"),
        (b'{"format": "something else", "digits": []}', r"isn't a file of Pad\.save"),
        (f'{{"format": "{kept.FORMAT}", "digits": [{{"label": 11, "lines": []}}]}}'.encode(), "isn't a file of"),
    ],
)
def test_a_file_of_something_else_is_left_alone(content, message, tmp_path):
    path = tmp_path / kept.NAME
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        draw.Pad.load(tmp_path)
    with pytest.raises(ValueError, match=message):
        draw.Pad().save(tmp_path)
    assert path.read_bytes() == content


def test_a_file_is_never_half_written(tmp_path, monkeypatch):
    pad = draw.Pad()
    keep(pad, 1, ONE)
    path = pad.save(tmp_path)
    content = path.read_bytes()

    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", full)
    keep(pad, 0, ZERO)
    with pytest.raises(OSError, match="No space left"):
        pad.save(tmp_path)
    assert list(tmp_path.iterdir()) == [path] and path.read_bytes() == content


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        draw.Pad().save(tmp_path / "file")


def shown(pad):
    """The picture in the pad's place, and its description."""
    data, metadata = pad._repr_mimebundle_()
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("L")), metadata["image/png"]


def test_a_picture_stands_in(keras):
    pad = draw.Pad({"one": always(keras, 1), "seven": always(keras, 7)})
    sample, described = shown(pad)
    assert described["alt"] == "The drawing pad, with a sample digit. one: 1, 94 %. seven: 7, 94 %."
    pad.lines = ZERO
    drawn, described = shown(pad)
    assert described["alt"].startswith("The drawing pad, with what is drawn on it.")
    assert sample.shape == drawn.shape and (sample != drawn).any()
    with matplotlib.style.context("dark_background"), matplotlib.rc_context({"font.size": 20}):
        np.testing.assert_array_equal(shown(pad)[0], drawn)


NOTEBOOK = """\
import keras
from mnist_helpers import draw
model = keras.Sequential([keras.Input([28, 28, 1]), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
pad = draw.Pad({"one layer": model})
pad
---
pad.lines = [[[0.2, 0.2], [0.8, 0.8]]]
pad
---
print(pad.picture[140, 140], pad.picture[0, 0])"""


@pytest.mark.slow
def test_the_pad_in_a_notebook(run_notebook):
    (empty, (drawn,), (printed,)), client = run_notebook(NOTEBOOK)
    assert set(empty[-1].data) == set(drawn.data) == {WIDGET, "text/html", "image/png", "text/plain"}
    alt = drawn.metadata["image/png"]["alt"]
    assert alt.startswith("The drawing pad, with what is drawn on it. one layer: ")
    assert drawn.data["text/plain"] == f"<Picture: {alt}>"
    assert printed.text == "255 0\n"
    state = client.widget_state[drawn.data[WIDGET]["model_id"]]
    assert state["lines"] == [[[0.2, 0.2], [0.8, 0.8]]]
    assert len(state["_answer"]["image"]) == 784 and sum(state["_answer"]["networks"][0]) == pytest.approx(1)
    assert "export default { render };" in state["_esm"] and ".mnist-pad" in state["_css"]
