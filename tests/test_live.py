"""The networks in the page: against Keras, against the package's preparation, and under a reader's hands."""

import json
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers
from web import ROOT, Page, browsed, needs_sphinx, screenshot, served, watch

from mnist_helpers import centering, data, draw, pad

sys.path.insert(0, str(ROOT / "tools"))
import build_site  # noqa: E402
import export_networks  # noqa: E402

LIVE = ROOT / "site" / "static" / "live"
NAMES = [path.stem for path in sorted((LIVE / "networks").glob("*.js"))]
RANDOM = np.random.default_rng(0)
SHIFTS = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]  # ink between two pixels may go to either
pytestmark = [pytest.mark.slow, needs_sphinx]


def everything():
    """A network of all kinds of layers that network.js knows, its weights exact in float16."""
    model = keras.Sequential(
        [
            keras.Input([28, 28, 1]),
            layers.Conv2D(6, (5, 3), use_bias=False),
            layers.BatchNormalization(scale=False),
            layers.ReLU(),
            layers.MaxPooling2D(2),
            layers.Conv2D(5, 3, padding="same", activation="relu"),
            layers.Conv2D(4, 2, padding="same"),
            layers.BatchNormalization(center=False),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(12, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.set_weights([np.float16(RANDOM.uniform(0.05, 0.5, weights.shape)) for weights in model.get_weights()])
    return model


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (layers.Conv2D(2, 3, strides=2), r"strides \(2, 2\); network.js knows \(1, 1\)"),
        (layers.AveragePooling2D(2), "is a AveragePooling2D; network.js knows Conv2D, Dense, MaxPooling2D"),
        (layers.MaxPooling2D(3), r"pool_size \(3, 3\); network.js knows \(2, 2\)"),
        (layers.Conv2D(2, 3, activation="tanh"), "has the activation tanh; network.js knows relu, softmax and linear"),
    ],
)
def test_what_the_page_cannot_run_is_refused(layer, message):
    with pytest.raises(ValueError, match=message):
        export_networks.describe(keras.Sequential([keras.Input([28, 28, 1]), layer]))


def test_a_weight_that_float16_cannot_hold():
    model = keras.Sequential([keras.Input([28, 28, 1]), layers.Flatten(), layers.Dense(2)])
    model.set_weights([np.full((784, 2), 70_000.0), np.zeros(2)])
    with pytest.raises(ValueError, match=r"A weight of big is 70000; float16 reaches to 65504"):
        export_networks.script("big", model)


@pytest.mark.parametrize("name", export_networks.NETWORKS)
def test_the_committed_networks_read_as_well_as_they_say(name):
    model = export_networks.load(name)
    *_, test_dataset = data.load_datasets(1000)
    images, classes = data.to_arrays(test_dataset)
    right = (model.predict(images, verbose=0, batch_size=1000).argmax(axis=1) == classes).mean()
    if data.source().name == "MNIST":
        rows = json.loads((ROOT / "mnist_helpers" / "results.json").read_text(encoding="utf-8"))
        (row,) = [row for row in rows if row["notebook"] == export_networks.NETWORKS[name]]
        assert right >= min(row["test_accuracy_by_seed"]) - 0.0005
    else:  # drawn digits are no test set of theirs
        assert right > 0.8


@pytest.fixture(scope="module")
def blank(chromium):
    """A page with the scripts and nothing else."""
    page = chromium.new_page()
    widget = (ROOT / "mnist_helpers" / "pad.js").read_text(encoding="utf-8")
    page.add_script_tag(content=build_site.as_script(widget))
    for name in ("network", "preparation", "kept", "answers"):
        page.add_script_tag(path=LIVE / f"{name}.js")
    yield page
    page.close()


@browsed
def test_every_kind_of_layer_against_keras(blank):
    model = everything()
    images = RANDOM.random((5, 28, 28, 1), np.float32)
    blank.add_script_tag(content=export_networks.script("everything", model))
    answers = blank.evaluate(
        """images => {
          const layers = Network.load(networkFiles.everything);
          return images.map(image => Array.from(Network.predict(layers, image)));
        }""",
        images.reshape(5, 784).tolist(),
    )
    np.testing.assert_allclose(answers, model.predict(images, verbose=0), atol=2e-3)


@browsed
@pytest.mark.parametrize("name", NAMES)
def test_committed_networks_against_keras(blank, name):
    model = export_networks.load(name)
    *_, test_dataset = data.load_datasets(1000)
    images, _ = next(iter(test_dataset))
    images = np.asarray(images[:300])
    blank.add_script_tag(path=LIVE / "networks" / f"{name}.js")
    answers = blank.evaluate(
        """([name, images]) => {
          const layers = Network.load(networkFiles[name]);
          return images.map(image => Array.from(Network.predict(layers, image)));
        }""",
        [name, images.reshape(-1, 784).tolist()],
    )
    expected = model.predict(images, verbose=0)
    np.testing.assert_allclose(answers, expected, atol=1e-4)
    assert (np.argmax(answers, axis=1) == expected.argmax(axis=1)).all()


@browsed
def test_preparation_against_the_package(blank):
    pictures = [RANDOM.random(shape, np.float32) for shape in ((280, 280), (31, 200), (20, 20), (7, 3), (1, 90))]
    pictures += [np.float32(pad.paint(pad.sample(digit)) / 255) for digit in (1, 4, 8)]
    for picture in pictures:
        steps = blank.evaluate(
            """([pixels, rows, columns]) => {
              const steps = Preparation.steps({ pixels: Float32Array.from(pixels), rows, columns });
              return Object.values(steps).map(step => [Array.from(step.pixels), step.rows, step.columns]);
            }""",
            [picture.ravel().tolist(), *picture.shape],
        )
        for (pixels, rows, columns), expected in zip(steps, centering.steps(picture), strict=True):
            assert (rows, columns) == expected.shape
            np.testing.assert_allclose(np.reshape(pixels, expected.shape), expected, atol=1e-5)
    assert blank.evaluate("Preparation.steps({ pixels: new Float32Array(9), rows: 3, columns: 3 })") is None


def drawings():
    """Practice digits as lines on the pad: of all sizes, so also with strokes that must be thickened."""
    for digit in range(10):
        lines = pad.sample(digit)
        for size, left, top in ((1, 0, 0), (1.7, 0, 0), (0.4, 0.5, 0.5)):
            yield digit, [[[min(1, x * size + left), min(1, y * size + top)] for x, y in line] for line in lines]


@browsed
def test_drawings_are_prepared_as_in_the_notebooks(blank):
    model = export_networks.load("convolutional")
    answers, expected = [], []
    for _, lines in drawings():
        seen = blank.evaluate("lines => Array.from(Answers.prepare(lines).centered.pixels)", lines)
        image = draw.prepare(np.pad(pad.paint(lines), 1))
        shifted = [np.roll(np.reshape(seen, (28, 28, 1)), (down, right), axis=(0, 1)) for down, right in SHIFTS]
        assert min(np.abs(other - image).mean() for other in shifted) < 0.04
        answers.append(np.reshape(seen, (28, 28, 1)))
        expected.append(image)
    answers, expected = (model.predict(np.float32(images), verbose=0).argmax(axis=1) for images in (answers, expected))
    assert (answers == expected).mean() >= 0.95
    assert (expected == [digit for digit, _ in drawings()]).mean() > 0.9


@browsed
@pytest.mark.parametrize(
    "lines",
    [
        [],
        [[[0.5, 0.5]]],
        [[[0.5, 0.2], [0.5, 0.8]]],
        [[[0.2, 0.2], [0.2, 0.8]], [[0.8, 0.2], [0.8, 0.8]]],
        [[[x / 20, 0], [x / 20, 1]] for x in range(21)],
        pad.sample(5),
    ],
)
def test_remarks_are_those_of_the_notebooks(blank, lines):
    said = blank.evaluate("lines => Answers.remark(Answers.paint(lines))", lines)
    assert (said["text"], said["readable"]) == pad.remark(pad.paint(lines))


@pytest.fixture(params=[{"viewport": {"width": 1200, "height": 1400}},
                        {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}],
                ids=["mouse", "finger"])  # fmt: skip
def drawing_page(chromium, address, request):
    context = chromium.new_context(**request.param)
    page = context.new_page()
    watch(page, address)
    page.by_finger = "has_touch" in request.param
    page.look = "finger" if page.by_finger else "mouse"
    page.goto(f"{address}draw.html")
    page.wait_for_selector(".mnist-pad-sheet")
    yield page
    context.close()


def draw_on(page, lines):
    page.bring_to_front()  # a tab behind another gets no input
    sheet = page.locator(".mnist-pad-sheet")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    for line in lines:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in line]
        if page.by_finger:
            touch = page.context.new_cdp_session(page)
            kinds = ["touchStart", *["touchMove"] * (len(points) - 1)]
            for kind, (x, y) in zip(kinds, points, strict=True):
                touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
            touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        else:
            page.mouse.move(*points[0])
            page.mouse.down()
            for point in points[1:]:
                page.mouse.move(*point)
            page.mouse.up()


@browsed
def test_draw_keep_and_come_back(drawing_page):
    page = drawing_page
    draw_on(page, pad.sample(4))
    spoken = page.locator(".mnist-pad-spoken")
    page.wait_for_function("() => document.querySelector('.mnist-pad-spoken').textContent.includes('convolutional')")
    assert "convolutional: 4" in spoken.inner_text()
    assert page.locator(".live-section").count() == 3
    page.get_by_role("button", name="this was a 4").click()
    page.wait_for_function("() => document.querySelector('.mnist-pad-tally').textContent.includes('1 digit')")
    assert "convolutional 1 of 1 (21–100 %)" in page.locator(".mnist-pad-tally").inner_text()
    page.reload()
    page.wait_for_selector(".mnist-pad-sheet")
    assert "Read right of your 1 digit" in page.locator(".mnist-pad-tally").inner_text()
    assert page.troubles == []


@browsed
def test_more_networks_read_the_same_drawing(drawing_page):
    page = drawing_page
    draw_on(page, pad.sample(2))
    page.get_by_role("checkbox", name="record").check()
    page.get_by_role("checkbox", name="three layers").check()
    page.wait_for_function("() => document.querySelectorAll('.mnist-pad-network').length === 4")
    page.wait_for_function("() => document.querySelector('.mnist-pad-spoken').textContent.includes('record: 2')")
    page.get_by_role("checkbox", name="one layer").uncheck()
    screenshot(page, f"draw, {page.look}", whole=True)
    page.wait_for_function("() => document.querySelectorAll('.mnist-pad-network').length === 3")
    assert page.troubles == []


@browsed
def test_by_keyboard_alone(drawing_page):
    page = drawing_page
    page.locator(".mnist-pad-sheet").focus()
    page.keyboard.press("ArrowUp")
    for key in (*["ArrowUp"] * 8, "Space", *["ArrowDown"] * 20, "Space"):
        page.keyboard.press(key)
    page.wait_for_function("() => document.querySelector('.mnist-pad-spoken').textContent.includes('convolutional: 1')")
    page.keyboard.press("1")
    page.wait_for_function("() => document.querySelector('.mnist-pad-tally').textContent.includes('1 digit')")


@browsed
def test_without_storage_and_without_scripts(chromium, site):
    context = chromium.new_context()
    page = context.new_page()
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden'); } })")
    page.goto((site / "draw.html").as_uri())
    page.by_finger = False
    draw_on(page, pad.sample(7))
    page.locator(".mnist-pad-spoken", has_text="convolutional: 7").wait_for()
    page.get_by_role("button", name="this was a 7").click()
    page.locator(".mnist-pad-tally", has_text="stores nothing: they are gone when you leave the page").wait_for()
    context.close()
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "draw.html").as_uri())
    assert "It needs JavaScript." in page.locator(".live").inner_text()
    context.close()


@pytest.fixture
def two_tabs(chromium, site):
    """Two tabs of one browser, and what its storage holds about kept digits."""
    context = chromium.new_context(viewport={"width": 1200, "height": 1400})
    tabs = [context.new_page(), context.new_page()]
    for page in tabs:
        page.by_finger = False
        page.goto((site / "draw.html").as_uri())
        page.locator(".mnist-pad-sheet").wait_for()
    yield tabs
    context.close()


KEPT = "() => localStorage.getItem('digits kept on the drawing pad')"
KEEP = "text => localStorage.setItem('digits kept on the drawing pad', text)"


@browsed
def test_two_tabs_keep_digits_in_one_list(two_tabs):
    for page, digit in zip(two_tabs, (3, 5), strict=True):
        draw_on(page, pad.sample(digit))
        page.get_by_role("button", name=f"this was a {digit}").click()
    for page in two_tabs:
        page.locator(".mnist-pad-tally", has_text="your 2 digits").wait_for()
        draw_on(page, pad.sample(1))
        assert [digit["label"] for digit in json.loads(page.evaluate(KEPT))] == [3, 5]
    two_tabs[0].get_by_role("button", name="take back the last").click()
    two_tabs[1].locator(".mnist-pad-tally", has_text="your 1 digit").wait_for()


@browsed
def test_what_is_no_digit_in_the_storage_is_left_out(two_tabs):
    page = two_tabs[0]
    good = {"label": 4, "lines": [[[0.1, 0.1], [0.9, 0.9]]]}
    bad = [
        None,
        7,
        {"label": 42, "lines": good["lines"]},
        {"label": 4, "lines": [[]]},
        {"label": 4, "lines": [[[2, 0]]]},
    ]
    for text, count in ((json.dumps([*bad, good]), "your 1 digit"), ("{", ""), ('"four"', ""), ("{}", "")):
        page.evaluate(KEEP, text)
        page.reload()
        page.locator(".mnist-pad-tally", has_text=count).wait_for(state="attached")
        draw_on(page, pad.sample(2))
        page.locator(".mnist-pad-spoken", has_text="convolutional: 2").wait_for()
        assert bool(page.locator(".mnist-pad-tally").inner_text()) == bool(count)


@browsed
def test_many_kept_digits_keep_no_stroke_waiting(blank):
    asked = blank.evaluate(
        """async (lines) => {
          Kept.change(Array.from({ length: 200 }, () => ({ label: 0, lines })));
          let asked = 0, askedBefore = null;
          const run = () => {
            for (const end = performance.now() + 5; performance.now() < end;); // a slow network
            asked++;
            return [{ values: Float32Array.from({ length: 10 }, (_, digit) => Number(digit === 0)) }];
          };
          const place = document.body.appendChild(document.createElement("div"));
          const { end } = Answers.showPad(place, [{ title: "slow", run }], lines, () => (askedBefore ??= asked));
          const tally = place.querySelector(".mnist-pad-tally");
          while (!tally.textContent) await new Promise((resolve) => setTimeout(resolve, 10));
          end();
          Kept.change([]);
          return [askedBefore, asked, tally.textContent];
        }""",
        pad.sample(0),
    )
    assert asked[0] < 20 and asked[1] == 201 and "slow 200 of 200" in asked[2]


@browsed
def test_a_network_that_cannot_be_fetched(chromium, site):
    bodies = iter([None, "<p>502 Bad Gateway</p>"])

    def answer(route):
        body = next(bodies, "the file")
        if body is None:
            route.abort()
        elif body == "the file":
            route.continue_()
        else:
            route.fulfill(body=body)

    context = chromium.new_context()
    page, failure = context.new_page(), 'The network "convolutional" can\'t be fetched.'
    page.route("**/networks/convolutional.js", answer)
    with served(site) as address:
        page.goto(f"{address}draw.html")
        page.get_by_text(failure).wait_for()
        assert page.locator(".mnist-pad-network").count() == 1  # the other one answers
        page.get_by_role("button", name="Try again").click()
        page.get_by_text(failure).wait_for()
        page.get_by_role("button", name="Try again").click()
        page.wait_for_function("() => document.querySelectorAll('.mnist-pad-network').length === 2")
    assert page.get_by_text(failure).count() == 0
    context.close()


@browsed
def test_the_last_choice_counts_and_no_stroke_is_lost(chromium, site):
    context = chromium.new_context(viewport={"width": 1200, "height": 1400})
    page, held = context.new_page(), []
    page.route("**/networks/record.js", lambda route: held.append(route))
    page.goto((site / "draw.html").as_uri())
    record = page.get_by_role("checkbox", name="record")
    record.check()
    record.uncheck()
    record.check()
    sheet = page.locator(".mnist-pad-sheet").bounding_box()
    page.mouse.move(sheet["x"] + 140, sheet["y"] + 40)
    page.mouse.down()
    page.mouse.move(sheet["x"] + 140, sheet["y"] + 120)
    (route,) = held
    route.continue_()
    page.wait_for_function("() => globalThis.networkFiles.record")
    page.mouse.move(sheet["x"] + 140, sheet["y"] + 240, steps=5)
    page.mouse.up()
    page.locator(".mnist-pad-spoken", has_text="record: 1").wait_for()
    record.uncheck()
    page.wait_for_function("() => document.querySelectorAll('.mnist-pad-network').length === 2")
    context.close()


def test_a_page_with_two_pads_loads_each_script_once(tmp_path):
    (tmp_path / "conf.py").write_text(
        f"import sys; sys.path.insert(0, {str(ROOT / 'site')!r})\nextensions = ['myst_parser', 'edition']\n",
        encoding="utf-8",
    )
    page = tmp_path / "index.md"
    live = "```{live} one_layer\n```\n"
    page.write_text(f"# Pads\n\n{live}\n{live}\n```{{train}}\n```\n", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", tmp_path, tmp_path / "out"]
    subprocess.run(command, check=True)
    scripts = [script["src"] for script in Page(tmp_path / "out" / "index.html").all("script") if "src" in script]
    live = [src for src in scripts if "live/" in src]
    assert len(live) == len(set(live)) > 8
    page.write_text(page.read_text(encoding="utf-8").replace("one_layer", "one_layr"), encoding="utf-8")
    said = subprocess.run(command, capture_output=True, text=True).stderr
    assert "There is no network one_layr; there are convolutional, deeper, one_layer, record." in said


@pytest.fixture(scope="module")
def trainer(chromium):
    """A page with the code that trains, and nothing else."""
    page = chromium.new_page()
    page.add_script_tag(path=LIVE / "training.js")
    yield page
    page.close()


@browsed
@pytest.mark.parametrize(
    ("name", "optimizer", "keras_optimizer"),
    [("one_layer", "sgd", keras.optimizers.SGD(0.2)), ("convolutional", "adam", keras.optimizers.Adam(0.002))],
)
def test_ten_steps_against_keras(trainer, name, optimizer, keras_optimizer):
    images, classes = RANDOM.random((160, 28, 28, 1), np.float32) ** 3, RANDOM.integers(0, 10, 160)
    first, losses, last = trainer.evaluate(
        """([name, optimizer, images, labels]) => {
          const { build, trainBatch } = Training(), network = build(name, 7);
          const weights = () => network.layers.flatMap(layer => [Array.from(layer.kernel), Array.from(layer.biases)]);
          const digits = { images: Float32Array.from(images), labels }, first = weights(), losses = [];
          const rate = optimizer === "sgd" ? 0.2 : 0.002;
          for (let start = 0; start < 160; start += 16) {
            const batch = Array.from({ length: 16 }, (_, index) => start + index);
            losses.push(trainBatch(network, digits, batch, optimizer, rate).loss / 16);
          }
          return [first, losses, weights()];
        }""",
        [name, optimizer, images.ravel().tolist(), classes.tolist()],
    )
    model = keras.Sequential([keras.Input([28, 28, 1])])
    if name == "convolutional":
        model.add(layers.Conv2D(8, 5, strides=2, padding="same", activation="relu"))
        model.add(layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"))
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    shapes = [weights.shape for weights in model.get_weights()]
    model.set_weights([np.reshape(weights, shape) for weights, shape in zip(first, shapes, strict=True)])
    model.compile(keras_optimizer, "sparse_categorical_crossentropy")
    expected = [
        float(model.train_on_batch(images[start : start + 16], classes[start : start + 16], return_dict=True)["loss"])
        for start in range(0, 160, 16)
    ]
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    for weights, shape, wanted in zip(last, shapes, model.get_weights(), strict=True):
        np.testing.assert_allclose(np.reshape(weights, shape), wanted, atol=2e-5)


@pytest.fixture
def training_page(chromium, address):
    context = chromium.new_context(viewport={"width": 1000, "height": 1400})
    page = context.new_page()
    watch(page, address)
    page.by_finger = False
    page.goto(f"{address}train.html")
    yield page
    assert page.troubles == []
    context.close()


VALIDATION = """least => {
  const label = document.querySelector('[aria-label^="accuracy"]')?.getAttribute("aria-label") ?? "";
  return Number(label.split("validation ")[1]) >= least;
}"""


@browsed
@pytest.mark.parametrize(("kind", "least"), [("one_layer", 0.85), ("convolutional", 0.93)])
def test_it_learns_and_reads_what_is_drawn(training_page, kind, least):
    page = training_page
    page.get_by_role("combobox", name="Network").select_option(kind)
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_function(VALIDATION, arg=least, timeout=120_000)
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Go on").wait_for()
    assert page.locator(".live-right").count() >= 8
    draw_on(page, pad.sample(0))
    page.wait_for_function("() => document.querySelector('.mnist-pad-spoken').textContent.includes('your network: 0')")
    screenshot(page, f"train, {kind}", whole=True)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Start anew").click()
    page.get_by_text("Untrained: its weights are random.").wait_for()


@browsed
@pytest.mark.parametrize(
    ("kind", "rate", "batch", "said"),
    [
        ("one_layer", "0.0001", "512", "The loss hardly falls. The steps are tiny"),
        ("convolutional", "0.0001", "512", "The loss hardly falls. The steps are tiny"),
        ("convolutional", "1", "512", "larger than that of guessing|steps are too large"),
        ("convolutional", "10", "128", "larger than that of guessing|steps are too large|loss has exploded"),
        ("one_layer", "10", "16", "larger than that of guessing|% right in the latest of them"),
    ],
)
def test_what_is_said_about_rates(training_page, kind, rate, batch, said):
    page = training_page
    page.get_by_role("combobox", name="Network").select_option(kind)
    page.get_by_role("combobox", name="Learning rate").select_option(rate)
    page.get_by_role("combobox", name="Batch size").select_option(batch)
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_function("() => /Epoch (1[.][5-9]|2)/.test(document.querySelector('.live-notice').textContent)")
    page.get_by_text(re.compile(said)).wait_for(timeout=60_000)
    assert "tiny" in said or page.get_by_text("The steps are tiny").count() == 0
    page.get_by_role("button", name="Start anew").click()
    page.get_by_text("Untrained: its weights are random. Press Train.").wait_for()
    page.get_by_role("button", name="Train", exact=True).wait_for()


@browsed
def test_weights_that_are_no_numbers(trainer):
    """What the worker does when the loss has exploded: it stops, and says that the loss is no number."""
    trainer.add_script_tag(path=LIVE / "training_worker.js")
    reports = trainer.evaluate(
        """() => new Promise((resolve) => {
          const digits = { images: new Float32Array(784 * 64).fill(1), labels: new Uint8Array(64) };
          const worker = TrainingWorker.start(), reports = [];
          worker.onmessage = ({ data: { training, stopped } }) => {
            reports.push([training?.loss, stopped]);
            if (stopped) resolve(reports);
          };
          const settings = { network: "convolutional", optimizer: "sgd", rate: 1e30, batchSize: 8 };
          worker.postMessage({ task: "begin", digits, validation: digits, watched: [], settings });
          worker.postMessage({ task: "go on", settings });
        })"""
    )
    assert np.isnan(reports[-1][0]) and reports[-1][1] is True
