"""Films: their frames against the arrays they come from, and what is left of them where no script runs."""

import base64
import gzip
import html.parser
import io
import json
import re

import idx
import keras
import matplotlib.style
import numpy as np
import pytest
from PIL import Image

from mnist_helpers import animations, diagrams, flow, pictures, plots, replicas

pytestmark = pytest.mark.slow
RANDOM = np.random.default_rng(3)
IMAGE = RANDOM.random((28, 28, 1), np.float32)
PATHS = {"SGD": [[2, 2], [1, 1], [0.5, 0.4], [0.2, 0.1]], "momentum": [[2, 2], [-1, 0]]}


def bowl(first, second):
    return first**2 + second**2


def pixels(frame):
    return np.asarray(Image.open(io.BytesIO(frame)).convert("RGB")).astype(int)


class Elements(html.parser.HTMLParser):
    """The elements of a piece of HTML, each with its attributes, and the text between them."""

    def __init__(self, text):
        super().__init__()
        self.found, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def watched(monkeypatch):
    """Notes what `read` says of a figure each time that a film takes a frame of it."""

    def start(read):
        notes, png = [], pictures.Picture.png

        def note_and_draw(figure, *args, **kwargs):
            notes.append(read(figure))
            return png(figure, *args, **kwargs)

        monkeypatch.setattr(pictures.Picture, "png", note_and_draw)
        return notes

    return start


def test_walk_against_the_formula():
    path = animations.walk(keras.optimizers.SGD(0.1), bowl, start=[1.0, -2.0], steps=5)
    np.testing.assert_allclose(path, [[0.8**step, -2 * 0.8**step] for step in range(6)], rtol=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda: animations.descent(bowl, PATHS, (-3, 3)),
        lambda: animations.decisions(np.repeat(IMAGE[np.newaxis], 3, axis=0), [1, 2, 3], np.full((2, 3, 10), 0.1)),
        lambda: animations.sliding_filter(IMAGE, np.eye(3)),
        lambda: animations.matrix_product(IMAGE[..., 0], np.eye(28, 2)),
        lambda: animations.weights(np.eye(784, 20).reshape(2, 784, 10), [0, 8]),
        lambda: flow.pipeline(np.repeat(IMAGE[np.newaxis], 16, axis=0), range(16)),
        lambda: replicas.all_reduce(np.repeat(IMAGE[np.newaxis], 8, axis=0), [0.1, -0.2], [0.3, 0.2]),
    ],
    ids=["descent", "decisions", "sliding_filter", "matrix_product", "weights", "pipeline", "all_reduce"],
)
def test_the_readers_settings_change_nothing(make, monkeypatch):
    monkeypatch.setattr(animations, "DPI", 30)
    expected = make().frames
    with matplotlib.style.context("dark_background"), matplotlib.rc_context({"image.origin": "lower", "font.size": 20}):
        assert make().frames == expected


def film(count=3, alt="A dot that moves."):
    figure, (axis,) = pictures.new_figure(1, 1, 2, alt)
    (dot,) = axis.plot([0], [0], "o")
    axis.set(xlim=(-1, count))
    return animations.Animation(figure, lambda index: dot.set_data([index], [0]), count)


def test_a_frame_for_each_number_and_the_last_one_stands_still():
    movie = film(count=4)
    assert len(movie.frames) == len(set(movie.frames)) == 4
    assert len({pixels(frame).shape for frame in movie.frames}) == 1
    places = []
    for frame in movie.frames:
        red, _, blue = pixels(frame).transpose(2, 0, 1)
        places.append(np.nonzero(blue - red > 100)[1].mean())  # the dot is blue
    assert np.diff(places) == pytest.approx([np.diff(places)[0]] * 3, abs=1) and places[0] < places[1]
    data, metadata = movie._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]) == movie.frames[-1]
    assert data["text/plain"] == "<Animation: A dot that moves.>"
    assert metadata == {"image/png": {"alt": "A dot that moves.", "width": 500}}


def test_without_a_script_the_still_is_all_that_stands_there():
    movie = film(alt="Is \"2 < 3\" & '4 > 3'? <script>")
    text = movie._repr_mimebundle_()[0]["text/html"]
    elements = Elements(re.sub("<script>.*</script>", "", text, flags=re.DOTALL))
    assert [tag for tag, _ in elements.found] == ["div", "img"]
    image = elements.found[1][1]
    assert image["alt"] == movie.alt
    assert base64.b64decode(image["src"].removeprefix("data:image/png;base64,")) == movie.frames[-1]
    assert elements.text.strip() == ""


def test_the_script_holds_the_other_frames_and_finds_its_player():
    movie = film()
    text = movie._repr_mimebundle_()[0]["text/html"]
    frames = json.loads(re.search(r"const frames = (\[.*?\])", text)[1])
    assert [base64.b64decode(frame) for frame in frames] == movie.frames[:-1]
    name = Elements(text).found[0][1]["class"]
    assert f'document.querySelectorAll(".{name}:not([data-ready])")' in text
    assert "setInterval(next, 250)" in text
    assert Elements(film(count=4)._repr_mimebundle_()[0]["text/html"]).found[0][1]["class"] != name


def test_descent_grows_step_by_step(watched):
    notes = watched(lambda figure: [line.get_xydata().tolist() for line in figure.axes[0].get_lines()])
    movie = animations.descent(bowl, PATHS, limits=(-3, 3), seconds=0.5)
    assert len(movie.frames) == len(set(movie.frames)) == 4
    sgd, momentum = PATHS.values()
    assert notes[1:] == [
        [sgd[:1], sgd[:1], momentum[:1], momentum[:1]],
        [sgd[:2], sgd[1:2], momentum, momentum[1:]],
        [sgd[:3], sgd[2:3], momentum, momentum[1:]],
        [sgd, sgd[3:], momentum, momentum[1:]],
    ]
    assert movie.alt == plots.descent(bowl, PATHS, (-3, 3)).alt
    assert "setInterval(next, 500)" in movie._repr_mimebundle_()[0]["text/html"]


def test_descent_draws_the_losses_step_by_step(watched):
    notes = watched(lambda figure: [line.get_xydata().tolist() for line in figure.axes[1].get_lines()])
    animations.descent(bowl, PATHS, limits=(-3, 3))
    losses = [[[step, float(bowl(*weights))] for step, weights in enumerate(path)] for path in PATHS.values()]
    for step, lines in enumerate(notes[1:]):
        for line, path in zip(lines, losses, strict=True):
            np.testing.assert_allclose(line, path[: step + 1], rtol=1e-5)


def test_decisions_epoch_by_epoch(watched):
    classes = np.array([3, 1, 4])
    probabilities = RANDOM.dirichlet(np.ones(10), (4, 3))

    def read(figure):
        widths = [[bar.get_width() for bar in axis.patches] for axis in figure.axes[3:]]
        return figure.get_suptitle(), widths, [axis.get_title() for axis in figure.axes[3:]]

    notes = watched(read)
    movie = animations.decisions(np.stack([IMAGE] * 3), classes, probabilities)
    titles, widths, answers = zip(*notes[1:], strict=True)
    assert titles == ("before training", "after epoch 1", "after epoch 2", "after epoch 3")
    np.testing.assert_array_equal(widths, probabilities)
    for epoch, row in enumerate(answers):
        predicted = [max(range(10), key=values.tolist().__getitem__) for values in probabilities[epoch]]
        assert row == [
            f"{'✓' if digit == label else '✗'} {digit}" for digit, label in zip(predicted, classes, strict=True)
        ]
    assert len(set(movie.frames)) == 4
    assert "setInterval(next, 800)" in movie._repr_mimebundle_()[0]["text/html"]


def test_weights_take_shape(watched):
    kernels = RANDOM.normal(size=(3, 784, 2))
    notes = watched(lambda figure: [np.array(axis.images[0].get_array()) for axis in figure.axes[:2]])
    titles = watched(lambda figure: figure.get_suptitle())
    movie = animations.weights(kernels, [0, 1, 1024])
    assert titles[1:] == ["before training", "after 1 step", "after 1,024 steps"]
    np.testing.assert_array_equal(notes[1:], kernels.transpose(0, 2, 1).reshape(3, 2, 28, 28))
    assert len(set(movie.frames)) == 3


def test_the_filter_slides_over_the_ink(watched):
    kernel = np.array([[1.0, 0, -1], [2, 0.5, -2]])
    image = np.zeros((28, 28))
    image[4:20, 9:17] = IMAGE[4:20, 9:17, 0]

    def read(figure):
        picture, patch, feature_map = figure.axes
        shown = [patch.images[0].get_array().copy(), feature_map.images[0].get_array().copy()]
        return picture.patches[0].get_xy(), feature_map.patches[0].get_xy(), *shown, patch.get_title()

    def answer(row, column):
        return sum(kernel[y, x] * image[row + y, column + x] for y in range(2) for x in range(3))

    notes = watched(read)
    movie = animations.sliding_filter(image, kernel)
    answers = np.array([[answer(row, column) for column in range(26)] for row in range(27)])
    strongest = divmod(int(np.abs(answers).argmax()), 26)
    places = [(row, column) for row in (3, 7, 11, 15, 19) for column in (0, 3, 6, 9, 12, 15, 18, 21, 25)] + [strongest]
    assert len(movie.frames) == len(set(movie.frames)) == len(places)
    for (row, column), (frame, dot, patch, feature_map, title) in zip(places, notes[1:], strict=True):
        assert frame == dot == (column - 0.5, row - 0.5)
        np.testing.assert_array_equal(patch, image[row : row + 2, column : column + 3])
        assert title == f"patch × filter,\nsummed: {answers[row, column]:.2f}".replace("-", "−")
        assert feature_map[row, column] == pytest.approx(answers[row, column], rel=1e-5)
    for (row, column), (*_, feature_map, _) in zip(places[:-1], notes[1:-1], strict=True):
        assert feature_map.count() == row * 26 + column + 1  # those that came before, in reading order
        assert not feature_map.mask.ravel()[: feature_map.count()].any()
    last = diagrams.convolution(image, kernel, *strongest)
    np.testing.assert_array_equal(notes[-1][3], last.axes[2].images[0].get_array())
    assert notes[-1][3].count() == 27 * 26
    assert movie.alt == last.alt


def test_a_filter_on_an_empty_image():
    assert len(animations.sliding_filter(np.zeros((28, 28)), [[1.0, -1]]).frames) == 46


def test_a_product_column_by_column(watched):
    images, weights = RANDOM.random((40, 6)), RANDOM.normal(size=(6, 3))

    def read(figure):
        row, column, entry = (axis.patches[0].get_xy() for axis in figure.axes)
        return row, column, entry, figure.axes[2].images[0].get_array().copy()

    notes = watched(read)
    movie = animations.matrix_product(images.tolist(), weights.tolist())
    rows = [round(row[1] + 0.5) for row, *_ in notes[1:]]
    columns = [round(column[0] + 0.5) for _, column, *_ in notes[1:]]
    first = columns.count(0)
    assert columns == [0] * first + [1, 2] and rows[0] == 0 and set(rows[first - 1 :]) == {39}
    assert rows[:first] == sorted(set(rows[:first])) and len(movie.frames) == len(set(movie.frames))
    for row, column, (_, _, entry, product) in zip(rows, columns, notes[1:], strict=True):
        assert entry == (column - 0.5, row - 0.5)
        assert product.count() == 40 * column + row + 1
        assert product[row, column] == pytest.approx(sum(images[row, k] * weights[k, column] for k in range(6)))


def test_replicas_end_with_equal_steps(watched):
    first, second = np.array([0.1, -0.2, 0.4]), np.array([0.3, 0.2, -0.4])
    heights = lambda figure: [bar.get_height() for bar in figure.axes[0].patches if bar.get_visible()]  # noqa: E731
    notes = watched(heights)
    replicas.all_reduce(np.zeros((8, 28, 28)), first, second)
    notes = notes[1:]  # the first lays the figure out
    assert [len(note) for note in notes] == [0, 0, 6, 6, 12]
    shown = np.array(notes[2]).reshape(2, 3)
    np.testing.assert_allclose(shown / shown[0, 0], [first / first[0], second / first[0]])
    mean = (shown[0] + shown[1]) / 2
    np.testing.assert_allclose(np.reshape(notes[4], (4, 3)), [mean, mean, -mean, -mean], atol=1e-12)
    with pytest.raises(ValueError, match=r"images has the shape \(7, 28, 28\).*expected are \(8, 28, 28\)"):
        replicas.all_reduce(np.zeros((7, 28, 28)), first, second)


def test_films_are_small(mnist_folder):
    path = next(mnist_folder.glob(f"{idx.TEST_IMAGES}*"))
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    images = np.frombuffer(content[16:], np.uint8).reshape(-1, 28, 28) / 255
    paths = {name: [[2 * 0.9**step, 2 * 0.8**step] for step in range(30)] for name in ("SGD", "momentum")}
    for movie in (
        animations.descent(bowl, paths, limits=(-3, 3)),
        animations.decisions(images[:5], [7, 2, 1, 0, 4], RANDOM.dirichlet(np.ones(10), (11, 5))),
        animations.sliding_filter(images[0], [[-1, 0, 1]] * 3),
        animations.matrix_product(images[:100].reshape(100, 784), RANDOM.normal(size=(784, 10))),
        animations.weights(RANDOM.normal(size=(11, 784, 10)), range(11)),
        flow.pipeline(images[:16], range(16) % np.array(10)),
        replicas.all_reduce(images[:8], RANDOM.normal(size=5), RANDOM.normal(size=5)),
    ):
        data, _ = movie._repr_mimebundle_()
        size = sum(map(len, data.values()))
        assert size < 500_000
