"""Trains the web edition's networks as its page does, in a browser, and measures them: `python tools/page_training.py`.

Writes site/training.json, from which the page tells what they reach on practice digits by other writers and on MNIST's
validation digits. Needs Chromium and Playwright.
"""

import base64
import json
import shutil
from pathlib import Path

import numpy as np
from build_site import TRAIN, practice_digits
from playwright.sync_api import sync_playwright

from mnist_helpers import data

ROOT = Path(__file__).resolve().parents[1]
PLANS = {  # epochs, batch size, optimizer and rate: the settings with which the page begins
    "one_layer": (5, 32, "sgd", 0.2),
    "convolutional": (5, 32, "adam", 0.002),
}
PROGRAM = """([name, epochs, batchSize, optimizer, rate, digits, others]) => {
  const { build, trainBatch, evaluate, shuffled } = Training(), network = build(name, 1);
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const read = ({ images, labels }) => (
    { images: Float32Array.from(bytes(images), (value) => value / 255), labels: bytes(labels) }
  );
  const training = read(digits);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(training.labels.length, network.random);
    for (let start = 0; start < order.length; start += batchSize) {
      trainBatch(network, training, order.subarray(start, start + batchSize), optimizer, rate);
    }
  }
  return others.map((set) => evaluate(network, read(set)).accuracy);
}"""


def as_set(images, classes):
    """Digits as text, which reaches the browser much faster than millions of numbers."""
    arrays = {"images": images, "labels": classes}
    return {name: base64.b64encode(np.uint8(array).tobytes()).decode() for name, array in arrays.items()}


def main():
    images, classes = practice_digits()
    training, practice = as_set(images[:TRAIN], classes[:TRAIN]), as_set(images[TRAIN:], classes[TRAIN:])
    _, validation_dataset, _ = data.load_datasets(1000)
    if data.source().name != "MNIST":
        raise SystemExit("This measures how well real handwriting is read, so it needs MNIST; set MNIST_DATA_DIR.")
    real_images, real_classes = data.to_arrays(validation_dataset)
    real = as_set((255 * real_images).round(), real_classes)
    measured = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.add_script_tag(path=ROOT / "site" / "static" / "live" / "training.js")
        for name, plan in PLANS.items():
            accuracies = page.evaluate(PROGRAM, [name, *plan, training, [practice, real]])
            measured[name] = {"epochs": plan[0]} | dict(zip(("practice", "real"), accuracies, strict=True))
            print(name, measured[name])
        browser.close()
    (ROOT / "site" / "training.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
