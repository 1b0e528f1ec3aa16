"""What all pictures share: legible on a phone, inside their edges, white, described; and how a notebook shows them."""

import base64
import inspect
import io
import itertools
from html.parser import HTMLParser

import keras
import matplotlib
import matplotlib.pyplot as plt
import matplotlib.style
import numpy as np
import pytest
from keras import layers
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image

from mnist_helpers import architecture, diagrams, ink, pad, pictures, plots

RANDOM = np.random.default_rng(0)
DIGITS = RANDOM.random((20, 28, 28))
CLASSES = np.arange(20) % 10
ANSWERS = CLASSES * 3 % 10
PROBABILITIES = RANDOM.dirichlet(np.full(10, 0.3), 20)
HISTORY = {name: RANDOM.random(8) for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
WEIGHT = np.linspace(-2, 4, 61)
SHARES = np.linspace(0.01, 0.99, 50)
BROKEN = {
    "loss": [132_389, 2.3, np.nan],
    "accuracy": [0.1, 0.2, 0.1],
    "val_loss": [3, 2.3, np.nan],
    "val_accuracy": [0.1] * 3,
}


def network():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input([28, 28, 1]),
            layers.Conv2D(64, 5, use_bias=False),
            layers.MaxPooling2D(2),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dropout(0.4),
            layers.Dense(10, activation="softmax"),
        ]
    )


def saddle(first, second):
    return (1 - first * second) ** 2


SEVEN, DRAWN = np.eye(10)[7], pad.paint(pad.sample(2))
NAMES = ("one layer", "three layers", "convolutional", "augmentation")

# One call at least of every public function that draws; more where the layout depends on what comes.
EXAMPLES = {
    "digits": lambda: plots.digits(DIGITS, CLASSES),
    "preparation": lambda: ink.preparation(DRAWN),
    "picture": lambda: pad.picture(DRAWN, DIGITS[0][..., np.newaxis], {}, True),
    "picture, one": lambda: pad.picture(DRAWN, DIGITS[0][..., np.newaxis], {"one layer": SEVEN}, True),
    "picture, four": lambda: pad.picture(DRAWN, DIGITS[0][..., np.newaxis], dict.fromkeys(NAMES, SEVEN), True),
    "picture, five": lambda: pad.picture(
        DRAWN, None, dict.fromkeys(NAMES, SEVEN) | {"a long name of one": "ValueError"}, False
    ),
    "digits of a network": lambda: plots.digits(DIGITS, CLASSES, ANSWERS),
    "digits, one": lambda: plots.digits(DIGITS[:1], predictions=[4]),
    "mistakes": lambda: plots.mistakes(DIGITS, CLASSES, PROBABILITIES),
    "mistakes, one": lambda: plots.mistakes(DIGITS[:1], CLASSES[:1], PROBABILITIES[:1]),
    "orders": lambda: plots.orders({"sorted": np.sort(CLASSES), "buffer of 1,000": RANDOM.integers(0, 10, 9_000)}),
    "training_curves": lambda: plots.training_curves(HISTORY),
    "training_curves, empty": lambda: plots.training_curves({}, epochs=5),
    "weights": lambda: plots.weights(RANDOM.normal(size=(784, 10))),
    "weights, all 0": lambda: plots.weights(np.zeros((784, 10))),
    "filters": lambda: plots.filters(RANDOM.normal(size=(5, 5, 1, 24))),
    "filters, six": lambda: plots.filters(RANDOM.normal(size=(5, 5, 1, 6))),
    "feature_maps": lambda: plots.feature_maps(RANDOM.random((28, 28, 24))),
    "feature_maps, six": lambda: plots.feature_maps(RANDOM.random((28, 28, 6))),
    "confusion": lambda: plots.confusion(RANDOM.integers(0, 10, 20_000), RANDOM.integers(0, 10, 20_000)),
    "mistake_rates": lambda: plots.mistake_rates(
        {name: {"turned": 0.1, "thickened": 1} for name in ("05", "this one")}
    ),
    "schedules": lambda: plots.schedules({"falling": 0.002 * 0.99 ** np.arange(400), "flat": [1e-3] * 400}, 39.1),
    "gaps": lambda: plots.gaps({name: (0.02, 0.09) for name in ("as it is", "with dropout", "with both of them")}),
    "gaps, one": lambda: plots.gaps({"plain": (0.5, 0.4)}),
    "progress": lambda: plots.progress({"constant": [0.9, 0.95, 0.94] * 7, "cosine decay": [0.91, 0.955, 0.96] * 7}),
    "progress, one epoch": lambda: plots.progress({"constant": [0.9]}),
    "memory": lambda: plots.memory({"200,000 digits, let go": ([0, 2e5], [0, 30]), "kept": ([0, 2e5], [0, 640])}),
    "gradient_sizes": lambda: plots.gradient_sizes({"sigmoid": [1e-7, 1e-5, 1e-3], "ReLU": [1e-3] * 3}),
    "distributions": lambda: plots.distributions({"before": RANDOM.normal(3, 5, (99, 5)), "after": DIGITS[0]}),
    "probabilities": lambda: plots.probabilities(DIGITS[0], np.eye(10)[3]),
    "decisions": lambda: plots.decisions(DIGITS[:5], CLASSES[:5], PROBABILITIES[:5]),
    "decisions, three": lambda: plots.decisions(DIGITS[:3], CLASSES[:3], PROBABILITIES[:3]),
    "softmax": lambda: plots.softmax(np.linspace(-12, 12.3, 10)),
    "softmax, all negative": lambda: plots.softmax(np.linspace(-9, -1, 10), title="scores"),
    "softmax, all 0": lambda: plots.softmax(np.zeros(10)),
    "cross_entropy": lambda: plots.cross_entropy(np.eye(10)[3], PROBABILITIES[1]),
    "cross_entropy, sure": lambda: plots.cross_entropy(np.eye(10)[3], 0.001 + 0.99 * np.eye(10)[3]),
    "cross_entropy, surely wrong": lambda: plots.cross_entropy(np.eye(10)[3], 1e-7 + 0.999999 * np.eye(10)[4]),
    "slope, up": lambda: plots.slope(WEIGHT, (WEIGHT - 1) ** 2, WEIGHT[50], 2 * (WEIGHT[50] - 1), -0.8),
    "slope, down": lambda: plots.slope(WEIGHT, (WEIGHT - 1) ** 2, WEIGHT[5], 2 * (WEIGHT[5] - 1), 0.8),
    "landscape": lambda: plots.landscape(saddle, (-1.5, 1.5)),
    "landscape, high": lambda: plots.landscape(lambda first, second: 10 * first**2 + second**2, (-4, 4)),
    "descent": lambda: plots.descent(saddle, {"SGD": [[1, -1], [0, 0]], "momentum": [[1, -1], [1, 1]]}, (-2, 2)),
    "tensors": lambda: diagrams.tensors(DIGITS[0]),
    "neuron": lambda: diagrams.neuron(DIGITS[0], 100 * RANDOM.normal(size=784), -30.1),
    "matrix_product": lambda: diagrams.matrix_product(DIGITS.reshape(len(DIGITS), -1), RANDOM.normal(size=(784, 10))),
    "matrix_product, small": lambda: diagrams.matrix_product(RANDOM.random((2, 3)), RANDOM.normal(size=(3, 2)), 1, 1),
    "broadcasting": lambda: diagrams.broadcasting(9 * RANDOM.normal(size=(3, 4)), RANDOM.normal(size=4)),
    "layers, one": lambda: diagrams.layers([784, 10], ["softmax"]),
    "layers, five": lambda: diagrams.layers([784, 200, 100, 60, 30, 10], ["sigmoid"] * 4 + ["softmax"]),
    "dropout": lambda: diagrams.dropout(0.25),
    "records": lambda: diagrams.records(DIGITS[:3], CLASSES[:12]),
    "records, many": lambda: diagrams.records(DIGITS[:5], CLASSES),
    "pipeline": lambda: diagrams.pipeline(),
    "pipeline, large batches": lambda: diagrams.pipeline(50_000),
    "prefetch": lambda: diagrams.prefetch(),
    "prefetch, slow CPU": lambda: diagrams.prefetch(6, 2, batches=5),
    "activations": lambda: diagrams.activations(),
    "nonlinear": lambda: diagrams.nonlinear(),
    "convolution": lambda: diagrams.convolution(DIGITS[0], -np.ones((3, 3)), 12, 10),
    "filter_places": lambda: diagrams.filter_places(),
    "filter_places, even": lambda: diagrams.filter_places(6),
    "channels": lambda: diagrams.channels(5, 5, 128, 256),
    "pooling": lambda: diagrams.pooling(RANDOM.random((6, 6))),
    "ways_of_writing": lambda: diagrams.ways_of_writing(2),
    "compare_losses": lambda: plots.compare_losses(
        SHARES, {"cross-entropy": -np.log(SHARES)}, {"cross-entropy": -1 + SHARES}
    ),
    "checkup": lambda: plots.checkup(HISTORY, DIGITS[:5], CLASSES[:5], PROBABILITIES[:5]),
    "checkup, broken": lambda: plots.checkup(BROKEN, DIGITS[:5], CLASSES[:5], np.full((5, 10), np.nan)),
    "digit_rows": lambda: plots.digit_rows({"as written": DIGITS[:8], "three passes": DIGITS[8:16]}, DIGITS[0]),
    "backpropagation": lambda: diagrams.backpropagation(4, [1.25, 0.5], label=1),
    "final_losses": lambda: plots.final_losses(
        {"SGD with momentum": {0.1: 0.9, 1: 0.2, 10: np.nan}, "Adam": {0.01: 0.2}}, 2.3
    ),
    "filter_sum": lambda: diagrams.filter_sum(DIGITS[0, :3, :3], [[-1, 0, 1]] * 3),
    "learning_curves": lambda: plots.learning_curves(
        {"plain": {1000: [0.95, 0.96], 50000: 0.99}, "varied": {1000: 0.97}}
    ),
    "compare_curves": lambda: plots.compare_curves({"broken": BROKEN, "cured": HISTORY}),
    "architecture": lambda: diagrams.architecture(network()),
    "architecture, with an image": lambda: diagrams.architecture(network(), DIGITS[0][..., np.newaxis]),
}


@pytest.fixture(params=EXAMPLES)
def picture(request):
    return EXAMPLES[request.param]()


@pytest.fixture(autouse=True)
def pyplot_untouched():
    """No function may leave a figure open (the notebook would show it twice) or change the global style."""
    before = dict(matplotlib.rcParams)
    yield
    assert plt.get_fignums() == []
    assert dict(matplotlib.rcParams) == before


def test_there_is_an_example_of_everything_that_draws():
    functions = {
        name
        for module in (plots, diagrams, architecture)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
    functions |= {"picture", "preparation"}  # of modules that also have functions which don't draw
    assert functions - {"feature_map", "training_sketch", "update_decisions", "move_filter", "move_product"} == {
        name.split(",")[0].split()[0] for name in EXAMPLES
    }


@pytest.mark.filterwarnings("error::UserWarning:mnist_helpers")
def test_legible_on_a_phone(picture, monkeypatch):
    assert picture.get_figwidth() == 5
    assert picture.get_facecolor() == (1, 1, 1, 1)
    assert picture.alt[0].isupper() or picture.alt[0].isdigit()
    assert picture.alt.endswith(".") and not set(picture.alt) & set("\n{}")

    image = Image.open(io.BytesIO(picture.png()))
    assert image.width == 800
    assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)

    drawn, draw = {}, Text.draw

    def draw_and_note(text, renderer, *args, **kwargs):
        if text.get_text().strip() and text.get_visible():
            drawn[text] = text.get_window_extent(renderer)
        draw(text, renderer, *args, **kwargs)

    monkeypatch.setattr(Text, "draw", draw_and_note)
    picture.set_layout_engine("none")  # as it was in the file
    FigureCanvasAgg(picture).draw()
    for text, box in drawn.items():
        assert text.get_fontsize() >= 8.5, text
        assert box.x0 > -1 and box.x1 < picture.bbox.width + 1, text
        assert box.y0 > -1 and box.y1 < picture.bbox.height + 1, text
    level = [item for item in drawn.items() if item[0].get_rotation() % 90 == 0]  # a slanted text's box is mostly empty
    for (text, box), (other, its_box) in itertools.combinations(level, 2):
        apart = box.x1 < its_box.x0 + 1 or its_box.x1 < box.x0 + 1
        assert apart or box.y1 < its_box.y0 + 2 or its_box.y1 < box.y0 + 2, (text, other)


# Styles and settings that readers have, and that break pictures made with them.
READERS = {
    **matplotlib.style.library["dark_background"],
    "text.usetex": True,
    "image.origin": "lower",
    "image.interpolation": "bicubic",
    "font.family": "No Such Font",
    "font.size": 20,
    "axes.grid": True,
    "axes.prop_cycle": matplotlib.cycler(color="rgb"),
    "lines.linewidth": 9,
    "savefig.facecolor": "red",
    "savefig.bbox": "tight",
    "savefig.format": "pdf",
    "figure.autolayout": True,
}
STATE = RANDOM.bit_generator.state


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_readers_settings_change_nothing_and_stay(name):
    def draw():
        RANDOM.bit_generator.state = STATE
        return EXAMPLES[name]()

    expected = draw().png(dpi=40)
    with matplotlib.rc_context(READERS):
        before = dict(matplotlib.rcParams)
        picture = draw()
        assert picture.png(dpi=40) == expected
        assert dict(matplotlib.rcParams) == before


def test_a_picture_saved_by_the_reader(tmp_path):
    picture = EXAMPLES["training_curves"]()
    picture.savefig(tmp_path / "mine.png", dpi=40)
    with matplotlib.rc_context(READERS):
        picture.savefig(tmp_path / "dark.png", dpi=40)
    assert (tmp_path / "dark.png").read_bytes() == (tmp_path / "mine.png").read_bytes()


def test_picture_and_description_travel_together():
    figure, (left, right) = pictures.new_figure(1, 2, height=2, alt='Two "empty" axes.')
    data, metadata = figure.bundle()
    assert data["text/plain"] == '<Picture: Two "empty" axes.>'
    assert metadata == {"image/png": {"alt": 'Two "empty" axes.', "width": 500}}
    assert base64.b64decode(data["image/png"]) == figure.png()
    attributes = {}
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, found: attributes.update({tag: dict(found)})
    parser.feed(data["text/html"])
    assert attributes["img"]["alt"] == 'Two "empty" axes.'
    assert attributes["img"]["src"] == f"data:image/png;base64,{data['image/png']}"
    assert "max-width:100%" in attributes["img"]["style"]  # on a phone
    assert Image.open(io.BytesIO(figure.png())).size == (800, 320)
    assert Image.open(io.BytesIO(figure.png(dpi=50))).size == (250, 100)
    assert left.axison and right.axison


def test_axes_in_reading_order():
    figure, axes = pictures.new_figure(2, 3, height=2, alt="Six axes.", framed=False, sharex=True)
    corners = [axis.get_subplotspec().get_position(figure) for axis in axes]
    assert sorted(corners, key=lambda corner: (-corner.y0, corner.x0)) == corners
    assert not any(axis.axison for axis in axes)
    axes[0].set_xlim(3, 4)
    assert axes[5].get_xlim() == (3, 4)


NOTEBOOK = """\
from mnist_helpers import plots
figure = plots.training_curves({"loss": [1.0], "accuracy": [0.5]})
figure
---
%matplotlib inline
import matplotlib.pyplot as plt
figure
---
from IPython.display import display
display(figure)
---
plt.plot([1, 2]);"""


@pytest.mark.slow
def test_shown_once_in_a_notebook_also_beside_pyplot(run_notebook):
    (*ours, pyplots), _ = run_notebook(NOTEBOOK)
    for (output,) in ours:
        assert set(output.data) == {"text/html", "image/png", "text/plain"}
        assert Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).width == 800
        alt = "Loss and accuracy over the epochs. Last values: loss 1.0000, accuracy 0.5000."
        assert output.data["text/plain"] == f"<Picture: {alt}>"
        assert output.metadata == {"image/png": {"alt": alt, "width": 500}}
    assert len(pyplots) == 1  # pyplot's own figures are shown as ever
