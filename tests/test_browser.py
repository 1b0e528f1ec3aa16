"""The pad under a reader's hands: in a real JupyterLab, in a real browser, with mouse, finger and keyboard."""

import json
import os
import signal
import statistics

import numpy as np
import pytest
from lab import Lab, Notebook, expect, in_a_browser

from mnist_helpers import ink, pad

pytestmark = in_a_browser

ONE = [(0.5, 0.2), (0.5, 0.8)]
ZERO = [(0.5 + 0.3 * np.sin(angle), 0.5 - 0.3 * np.cos(angle)) for angle in np.linspace(0, 2 * np.pi, 13).tolist()]

PHONE = {"viewport": {"width": 400, "height": 700}, "has_touch": True, "is_mobile": True}

PLAIN = """\
from mnist_helpers import draw
pad = draw.Pad()
pad"""

# One network reads 1 where most ink is in the middle columns, else 0; the other says 7, whatever it's shown.
WITH_NETWORKS = """\
from mnist_helpers import device, draw
device.start()
import keras, numpy as np
def network(weights, biases):
    layers = [keras.Input([28, 28, 1]), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential(layers)
    model.set_weights([weights.reshape(784, 10), biases])
    return model
columns = np.zeros([28, 28, 10])
columns[:, 12:17, 1], columns[:, :12, 0], columns[:, 17:, 0] = 1, 1, 1
reader = network(columns, -100.0 * (np.arange(10) > 1))
seven = network(np.zeros([784, 10]), 5.0 * (np.arange(10) == 7))
pad = draw.Pad({"reader": reader, "seven": seven})
pad"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.stop()


@pytest.fixture
def context(chromium, lab, request):
    screen = getattr(request, "param", {"viewport": {"width": 1200, "height": 1000}})
    context = chromium.new_context(**screen)
    yield context
    context.close()
    lab.end_kernels()


@pytest.fixture
def with_networks(lab, context):
    return Notebook(lab, context, "networks", WITH_NETWORKS)


@pytest.fixture
def plain(lab, context):
    return Notebook(lab, context, "plain", PLAIN)


def test_draw_undo_keep_and_save(with_networks):
    notebook, drawn = with_networks, with_networks.pad()
    expect(drawn.spoken).to_have_text("")
    drawn.stroke(*ONE)
    expect(drawn.spoken).to_have_text("reader: 1, 100 %. seven: 7, 94 %")
    reader, seven = drawn.bars()
    assert reader[1] > 0.9 > 0.1 > max(reader[:1] + reader[2:]) and seven[7] == pytest.approx(0.94, abs=0.03)
    best = drawn.part("best").all_inner_texts()
    assert [text.split() for text in best] == [["▸", "1", "100", "%"], ["▸", "7", "94", "%"]]

    drawn.stroke(*ZERO)  # around the one
    expect(drawn.spoken).to_contain_text("reader: 0")
    drawn.button("undo").click()
    expect(drawn.spoken).to_contain_text("reader: 1")
    drawn.button("clear").click()
    expect(drawn.spoken).to_have_text("")
    drawn.wait()
    assert np.max(drawn.bars()) == 0 and notebook.run("print(pad.lines)") == "[]\n"

    drawn.button("this was a 3").click()
    expect(drawn.remark).to_contain_text("Draw a digit first")
    for points, label in ((ONE, 1), (ZERO, 0), (ZERO, 7)):
        drawn.stroke(*points)
        expect(drawn.spoken).to_contain_text("seven: 7")
        drawn.button(f"this was a {label}").click()
        expect(drawn.spoken).to_have_text("")
    expect(drawn.tally).to_contain_text("your 3 digits: reader 2 of 3 (21–94 %), seven 1 of 3 (6–79 %).")
    drawn.button("take back the last").click()  # the drawing comes back, for another label
    expect(drawn.tally).to_contain_text("reader 2 of 2")
    expect(drawn.spoken).to_contain_text("reader: 0")
    drawn.button("this was a 0").click()
    expect(drawn.tally).to_contain_text("reader 3 of 3")

    shapes = "images, labels = pad.digits(); print(images.shape, labels.argmax(axis=1))"
    assert notebook.run(shapes) == "(3, 28, 28, 1) [1 0 0]\n"
    assert "3 digits saved in" in notebook.run("pad.save('mine')")
    assert "reader   3      3   100 %  44–100 %" in notebook.run(
        "print(draw.Pad.load('mine', {'reader': reader}).accuracies())"
    )


def test_what_is_odd_is_told(with_networks):
    drawn = with_networks.pad()
    drawn.stroke((0.5, 0.5))
    expect(drawn.remark).to_contain_text("only a dot")
    drawn.button("this was a 1").click()
    expect(drawn.remark).to_contain_text("only a dot")
    assert with_networks.run("print(pad.kept)") == "[]\n"
    drawn.button("clear").click()
    drawn.stroke((0.2, 0.2), (0.2, 0.8))
    drawn.stroke((0.7, 0.2), (0.7, 0.8))
    expect(drawn.remark).to_contain_text("two digits")
    assert np.max(drawn.bars()) > 0
    with_networks.run("reader.set_weights([np.nan * columns.reshape(784, 10), np.zeros(10)])")
    drawn.button("undo").click()
    expect(drawn.part("failure").first).to_contain_text("No answer. ValueError: 'reader' answers with nan")
    expect(drawn.spoken).to_contain_text("seven: 7")


def test_python_has_the_same_ink(plain, lab):
    drawn = plain.pad()
    for points in (ZERO, [(0.2, 0.15), (0.8, 0.9)], [(0.9, 0.1)]):
        drawn.stroke(*points)
    drawn.wait()
    assert plain.run("import numpy as np; np.save('picture.npy', pad.picture); print(len(pad.lines))") == "3\n"
    ours = np.load(lab.folder / "picture.npy")
    theirs = np.array(drawn.ink()).reshape(pad.SIDE, 2, pad.SIDE, 2).mean(axis=(1, 3))
    assert np.abs(ours - theirs).mean() < 1
    assert ((ours > 127) != (theirs > 127)).sum() < 0.05 * (ours > 127).sum()
    np.testing.assert_array_equal(np.array(drawn.ink("seen")), (255 * ink.prepare(ours)[..., 0]).round())


@pytest.mark.parametrize("context", [PHONE], indirect=True)
def test_a_finger_draws_and_the_page_stays(plain, context):
    drawn = plain.pad()
    drawn.sheet.scroll_into_view_if_needed()
    session = context.new_cdp_session(plain.page)

    def touch(kind, *fingers):
        places = [
            dict(zip("xy", drawn.place(*finger), strict=True), id=number) for number, finger in enumerate(fingers)
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    before = drawn.sheet.bounding_box()
    touch("touchStart", (0.3, 0.2))
    palm = []
    for step in range(1, 7):
        finger = (0.3 + 0.05 * step, 0.2 + 0.1 * step)
        if step == 3:
            palm = [(0.9, 0.9)]
            touch("touchStart", finger, *palm)
        touch("touchMove", finger, *palm)
    touch("touchEnd")
    drawn.wait()
    lines = json.loads(plain.run("import json; print(json.dumps(pad.lines))"))
    assert len(lines) == 1
    np.testing.assert_allclose([lines[0][0], lines[0][-1]], [(0.3, 0.2), (0.6, 0.8)], atol=0.01)
    assert drawn.sheet.bounding_box() == before


def test_keys_draw_and_the_notebook_leaves_them_alone(plain):
    drawn, page = plain.pad(), plain.page
    count = "jupyterapp.shell.currentWidget.content.widgets.length"
    cells = page.evaluate(count)
    drawn.sheet.focus()
    for key in (" ", *["ArrowDown"] * 6, *["ArrowRight"] * 4, " "):
        page.keyboard.press(key)
    drawn.wait()
    assert plain.run("print(len(pad.lines[0]), pad.lines[0][-1])") == "11 [0.6, 0.65]\n"
    page.keyboard.press("3")
    expect(drawn.tally).to_contain_text("1 digit kept.")
    for key in "bdda":  # commands of a notebook
        page.keyboard.press(key)
    for undo in ("z", "Backspace", "Escape", "Delete"):
        page.keyboard.press(" ")
        page.keyboard.press("ArrowUp")
        page.keyboard.press(" ")
        page.keyboard.press(undo)
    drawn.wait()
    assert plain.run("print(pad.lines, [digit['label'] for digit in pad.kept])") == "[] [3]\n"
    assert page.evaluate(count) == cells
    reached = []
    for _ in range(14):
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
        page.keyboard.press("Tab")
    assert reached == ["", "undo", "clear", "take back the last", *"0123456789"]


def test_two_pads_are_apart_and_two_views_in_step(plain):
    first = plain.pad()
    page = plain.page
    page.evaluate("void jupyterapp.commands.execute('notebook:insert-cell-below')")
    page.evaluate(
        "jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource('display(pad); draw.Pad()')"
    )
    page.evaluate("void jupyterapp.commands.execute('notebook:run-cell')")
    view, other = plain.pad(1), plain.pad(2)
    first.stroke(*ONE)
    view.stroke(*ZERO)
    view.wait()
    assert plain.run("print(len(pad.lines))") == "2\n"
    assert first.ink() == view.ink() and np.sum(first.ink()) > np.sum(other.ink())
    other.stroke((0.2, 0.2), (0.8, 0.2))
    other.button("this was a 5").click()
    expect(other.tally).to_contain_text("1 digit kept.")
    view.button("clear").click()
    first.wait()
    assert plain.run("print(pad.lines, pad.kept)") == "[] []\n"


def test_two_notebooks_at_once(lab, context, plain):
    elsewhere = Notebook(lab, context, "elsewhere", PLAIN)
    here, there = plain.pad(), elsewhere.pad()
    for drawn, label in ((here, 1), (there, 2), (here, 3)):
        drawn.page.bring_to_front()
        drawn.stroke(*ONE)
        drawn.button(f"this was a {label}").click()
    expect(here.tally).to_contain_text("2 digits kept.")
    expect(there.tally).to_contain_text("1 digit kept.")
    assert "2 digits saved in" in plain.run("pad.save('ours')")
    assert "1 digit saved in ours/my_digits.json, beside 2 digits" in elsewhere.run("pad.save('ours')")
    assert plain.run("print([digit['label'] for digit in draw.Pad.load('ours').kept])") == "[1, 3, 2]\n"


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system has no SIGSTOP")
def test_a_busy_kernel_is_told_and_answers_later(plain):
    drawn = plain.pad()
    kernel = int(plain.run("import os; print(os.getpid())"))
    os.kill(kernel, signal.SIGSTOP)
    try:
        drawn.stroke(*ONE)
        expect(drawn.remark).to_contain_text("Waiting for the kernel")
        drawn.stroke(*ZERO)
    finally:
        os.kill(kernel, signal.SIGCONT)
    drawn.wait()
    expect(drawn.remark).to_have_text("")
    assert plain.run("print(len(pad.lines))") == "2\n" and np.sum(drawn.ink("seen")) > 0


def test_a_restart_is_told_and_running_the_cell_helps(plain):
    drawn = plain.pad()
    drawn.stroke(*ONE)
    plain.page.evaluate("void jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    expect(drawn.remark).to_contain_text("The kernel was restarted: run the cells up to this one again")
    expect(drawn.button("this was a 1")).to_be_disabled()
    before = drawn.ink()
    drawn.stroke(*ZERO)
    assert drawn.ink() == before
    drawn.root.evaluate("(root) => root.classList.add('old')")
    plain.page.wait_for_function("jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'")
    plain.run_cells()
    plain.page.locator(".mnist-pad:not(.old)").wait_for()
    drawn.stroke(*ONE)
    drawn.button("this was a 1").click()
    expect(drawn.tally).to_contain_text("1 digit kept.")


def contrast(first, second):
    """The contrast of two colors by the Web Content Accessibility Guidelines, 1 to 21; each `rgb(…)`."""

    def brightness(color):
        shares = [int(part) / 255 for part in color[color.index("(") + 1 : -1].split(",")[:3]]
        linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
        return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted(map(brightness, (first, second)))
    return (high + 0.05) / (low + 0.05)


def test_dark_bright_and_narrow(with_networks):
    drawn, page = with_networks.pad(), with_networks.page
    drawn.stroke(*ONE)
    expect(drawn.spoken).to_contain_text("reader: 1")
    backgrounds = []
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate("(theme) => jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        page.wait_for_function(f"document.body.dataset.jpThemeName === '{theme}'")
        styles = (
            "(element) => { const style = getComputedStyle(element); return [style.color, style.backgroundColor]; }"
        )
        _, background = drawn.root.evaluate(styles)
        for part in (drawn.tally, drawn.part("best").first, drawn.button("undo")):
            assert contrast(part.evaluate(styles)[0], background) > 4.5
        assert contrast(drawn.part("best").first.locator(".mnist-pad-bar").evaluate(styles)[1], background) > 3
        backgrounds.append(background)
    assert backgrounds[0] != backgrounds[1]
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_function("document.querySelector('.mnist-pad-sheet').getBoundingClientRect().width < 280")
    edges = "(root) => [...root.querySelectorAll('*')].map((part) => part.getBoundingClientRect().right)"
    assert max(drawn.root.evaluate(edges)) <= 360
    drawn.stroke((0.1, 0.1), (0.9, 0.9))
    drawn.wait()
    assert with_networks.run("print(pad.lines[-1][0], pad.lines[-1][-1])") == "[0.1, 0.1] [0.9, 0.9]\n"


FOUR = """\
from mnist_helpers import device, draw
device.start()
import keras
from keras import layers
def network(convolutions, units):
    model = keras.Sequential([keras.Input([28, 28, 1])])
    for filters, size, pooled in convolutions:
        model.add(layers.Conv2D(filters, size, padding="valid" if size == 5 else "same", use_bias=False))
        if pooled:
            model.add(layers.MaxPooling2D(2))
        model.add(layers.BatchNormalization())
        model.add(layers.ReLU())
    model.add(layers.Flatten())
    for count in units:
        model.add(layers.Dense(count, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    return model
augmented = network([(24, 5, True), (48, 3, False), (48, 3, True), (96, 3, False), (96, 3, True)], [128])
small = network([(16, 5, True), (32, 3, True)], [64])
one_layer, three_layers = network([], []), network([], [200, 60])
pad = draw.Pad({"one layer": one_layer, "three layers": three_layers, "small": small, "augmented": augmented})
pad"""
WATCH = """() => {
  let start = null;
  window.times = [];
  document.addEventListener("pointerup", () => (start = performance.now()), true);
  new MutationObserver(() => start && requestAnimationFrame(() => {
    if (start) window.times.push(performance.now() - start);
    start = null;
  })).observe(document.querySelector(".mnist-pad-spoken"), { childList: true });
}"""


def test_how_quickly_four_networks_answer(lab, context, capsys):
    notebook = Notebook(lab, context, "four", FOUR)
    drawn = notebook.pad()
    notebook.page.evaluate(WATCH)
    for number in range(12):
        drawn.stroke((0.3, 0.2), (0.7, 0.2 + number / 30), (0.4, 0.9))
        notebook.page.wait_for_function(f"window.times.length > {number}")
    times = notebook.page.evaluate("window.times")
    told = f"{statistics.median(times):.0f} ms, at most {max(times):.0f} ms"
    with capsys.disabled():
        print(f"\nfrom the end of a stroke to the bars of four networks: {told}")
