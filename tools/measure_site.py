"""Measures the web edition in a browser: `python tools/measure_site.py`.

The site is built anew. Its networks read MNIST's test digits and are compared with Keras; strokes on its pad are timed
until four networks have answered; its two networks are trained as the page trains them. Writes docs/web.json, from
which the page takes what a training reaches, and docs/web.md. Needs MNIST, Playwright and Chromium.
"""

import base64
import json
import shutil
import statistics
import time
from pathlib import Path

import build_site
import export_networks
import numpy as np
from playwright.sync_api import sync_playwright
from reports import table

from mnist_helpers import data, pad
from mnist_helpers.runner import environment, in_words

ROOT = Path(__file__).resolve().parents[1]
DOCS, SITE, LIVE = ROOT / "docs", ROOT / "build" / "site", ROOT / "site" / "static" / "live"
STROKES, EPOCHS = 12, 5
BYTES = """
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const read = ({ images, labels }) => (
  { images: Float32Array.from(bytes(images), (value) => value / 255), labels: bytes(labels) }
);
"""
ANSWER = """([name, digits]) => {
  const layers = Network.load(networkFiles[name]), { images, labels } = read(digits), start = performance.now();
  const answers = Array.from(labels, (_, index) =>
    Array.from(Network.predict(layers, images.subarray(784 * index, 784 * (index + 1)))));
  return [answers, (performance.now() - start) / labels.length];
}"""
TRAIN = """async ([name, epochs, real]) => {
  const { NETWORKS, build, trainBatch, evaluate, shuffled } = Training(), network = build(name, 1);
  const { optimizer, rate, batchSize } = NETWORKS[name], seconds = [];
  const { digits: training, validation } = await PracticeDigits.fetch();
  for (let epoch = 0; epoch < epochs; epoch++) {
    const start = performance.now(), order = shuffled(training.labels.length, network.random);
    for (let first = 0; first < order.length; first += batchSize) {
      trainBatch(network, training, order.subarray(first, first + batchSize), optimizer, rate);
    }
    seconds.push((performance.now() - start) / 1000);
  }
  return [seconds, [validation, read(real)].map((set) => evaluate(network, set).accuracy)];
}"""
# Times each stroke from the lifting of the pen to the frame after the answers were written.
WATCH = """() => {
  let start = null;
  globalThis.times = [];
  document.addEventListener("pointerup", ({ target }) => {
    if (target.matches(".mnist-pad-sheet")) start = performance.now();
  }, true);
  new MutationObserver(() => start && requestAnimationFrame(() => {
    if (start) times.push(performance.now() - start);
    start = null;
  })).observe(document.querySelector(".mnist-pad-spoken"), { childList: true });
}"""


def as_set(images, classes):
    """Digits as text, which reaches the browser much faster than millions of numbers."""
    arrays = {"images": images, "labels": classes}
    return {name: base64.b64encode(np.uint8(array).tobytes()).decode() for name, array in arrays.items()}


def built():
    """Builds the site; returns how long that took, and how large the site and its largest page are."""
    start = time.perf_counter()
    build_site.build(SITE)
    seconds = time.perf_counter() - start
    files, pages = build_site.sizes(SITE)
    return {"seconds": seconds, "pages": len(pages), "largest_page": max(pages), "bytes": sum(files)}


def agreement(page, images, classes):
    """Compares each network in the page with Keras on the same digits.

    Args:
        page: a page with network.js.
        images: float32 array `[count, 28, 28, 1]` of pixels from 0 to 1.
        classes: array `[count]`.

    Returns:
        Dictionary from the network's name to how many answers are others than Keras's, the largest difference of a
        probability, and the milliseconds for a digit.
    """
    digits, measured = as_set((255 * images).round(), classes), {}
    for name in export_networks.NETWORKS:
        page.add_script_tag(path=LIVE / "networks" / f"{name}.js")
        answers, milliseconds = page.evaluate(ANSWER, [name, digits])
        expected = export_networks.load(name).predict(images, verbose=0, batch_size=1000)
        measured[name] = {
            "digits": len(images),
            "other_answers": int((np.argmax(answers, axis=1) != expected.argmax(axis=1)).sum()),
            "difference": float(np.abs(np.asarray(answers) - expected).max()),
            "milliseconds": milliseconds,
        }
    return measured


def strokes(page):
    """Draws on the site's pad with all networks; returns the milliseconds from each stroke to their answers."""
    page.goto((SITE / "draw.html").as_uri())
    for box in page.locator(".live input[type=checkbox]").all():
        box.check()
    page.wait_for_function("() => document.querySelectorAll('.mnist-pad-network').length === 4")
    page.evaluate(WATCH)
    sheet = page.locator(".mnist-pad-sheet")
    sheet.scroll_into_view_if_needed()
    left, top, width, height = sheet.bounding_box().values()
    for number in range(STROKES):
        (x, y), *rest = [(left + x * width, top + y * height) for x, y in pad.sample(number % 10)[0]]
        page.mouse.move(x, y)
        page.mouse.down()
        for x, y in rest:
            page.mouse.move(x, y)
        page.mouse.up()
        page.wait_for_function(f"() => times.length > {number}")
        page.get_by_role("button", name="clear").click()
    return page.evaluate("() => times")


def trainings(page, real_images, real_classes):
    """Trains the page's networks; returns for each the epochs, their seconds, and its accuracies at the end."""
    real, measured = as_set((255 * real_images).round(), real_classes), {}
    for name in page.evaluate("() => Object.keys(Training().NETWORKS)"):
        seconds, (drawn, written) = page.evaluate(TRAIN, [name, EPOCHS, real])
        measured[name] = {"epochs": EPOCHS, "seconds": statistics.median(seconds), "practice": drawn, "real": written}
    return measured


def measure():
    """Measures everything; returns what docs/web.json holds."""
    _, validation_dataset, test_dataset = data.load_datasets(1000)
    if data.source().name != "MNIST":
        raise SystemExit("This measures how well real handwriting is read, so it needs MNIST; set MNIST_DATA_DIR.")
    site = built()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 1400})
        answered = strokes(page)
        page.goto("about:blank")
        page.add_script_tag(content=BYTES)
        page.add_script_tag(content=build_site.digits_script())
        for name in ("network", "practice_digits", "training"):
            page.add_script_tag(path=LIVE / f"{name}.js")
        compared = agreement(page, *data.to_arrays(test_dataset))
        trained = trainings(page, *data.to_arrays(validation_dataset))
        browser.close()
    return {**environment(), "site": site, "networks": compared, "strokes": answered, "training": trained}


def report(measured):
    """Returns docs/web.md as a string, from what docs/web.json holds."""
    versions = in_words(measured["versions"])
    site, answered = measured["site"], measured["strokes"]
    largest, middle = site["largest_page"] / 1000, statistics.median(answered)
    digits = next(iter(measured["networks"].values()))["digits"]
    networks = [
        (name, row["other_answers"], f"{row['difference']:.1g}", f"{row['milliseconds']:.2f} ms")
        for name, row in measured["networks"].items()
    ]
    trained = [
        (name, f"{row['seconds']:.2f} s", f"{row['practice']:.1%}", f"{row['real']:.1%}")
        for name, row in measured["training"].items()
    ]
    return f"""# The web edition, measured

All of this was measured by `make measure-site` on {measured["machine"]}, with {versions}.

- The site has {site["pages"]} pages and {site["bytes"] / 1e6:.1f} MB, weights and digits included;
  its largest page has {largest:.0f} kB of HTML. Building it took {site["seconds"]:.1f} s.
- From the end of a stroke on the drawing page to the bars of four networks it takes {middle:.0f} ms
  (median of {len(answered)} strokes; the longest {max(answered):.0f} ms).

## The networks of the page against Keras

MNIST's {digits:,} test digits, read by `network.js` and by Keras with the same weights: how often they answer
otherwise, and by how much a probability differs at most.

{table(("network", "other answers", "largest difference", "a digit takes"), networks)}

## Training in the page

{EPOCHS} epochs of {build_site.TRAIN:,} practice digits with the page's first settings; then {build_site.VALIDATION:,}
practice digits by other writers are read, and MNIST's validation digits.

{table(("network", "an epoch takes", "practice digits right", "real handwriting right"), trained)}
"""


def main():
    measured = measure()
    (DOCS / "web.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    (DOCS / "web.md").write_text(report(measured), encoding="utf-8")
    print(report(measured))


if __name__ == "__main__":
    main()
