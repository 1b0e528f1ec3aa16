"""Pictures that move: frames and a play button, kept in the notebook; the last frame where nothing plays."""

import base64
import hashlib
import itertools
import json

import numpy as np
from matplotlib import colormaps

from mnist_helpers import diagrams, pictures, plots

DPI = 100  # there are many frames, and together they should stay under 500 KB

# By hand, since Matplotlib's to_jshtml shows nothing where no script runs, as on GitHub, names no control for a screen
# reader, and writes frames several times as large. Here the frames live in a script. Where none runs, the image stands
# alone, without controls that do nothing. A front end may run the script before it shows the image, so the script looks
# for it more than once.
PLAYER = """<div class="{key}" style="max-width:{width}px">{still}</div>
<script>
(function start(tries) {{
  const players = document.querySelectorAll(".{key}:not([data-ready])");
  if (!players.length && tries) return setTimeout(start, 100, tries - 1);
  for (const player of players) {{
    player.dataset.ready = "yes";
    const image = player.querySelector("img");
    const frames = {frames}.map(data => "data:image/png;base64," + data).concat(image.src);
    const bar = player.appendChild(document.createElement("div"));
    bar.style = "display:flex;gap:8px";
    bar.onkeydown = event => event.stopPropagation();  // else JupyterLab takes the arrow keys
    const button = bar.appendChild(document.createElement("button"));
    const slider = bar.appendChild(document.createElement("input"));
    Object.assign(slider, {{type: "range", min: 0, max: frames.length - 1, value: frames.length - 1}});
    slider.style.flex = "1";
    slider.setAttribute("aria-label", "frame");
    let timer = null;
    const show = index => {{ slider.value = index; image.src = frames[index]; }};
    const stop = () => {{ clearInterval(timer); timer = null; button.textContent = "▶ Play"; }};
    const next = () => slider.value < frames.length - 1 ? show(+slider.value + 1) : stop();
    button.onclick = () => {{
      if (timer) return stop();
      if (+slider.value === frames.length - 1) show(0);
      button.textContent = "❚❚ Stop";
      timer = setInterval(next, {milliseconds});
    }};
    slider.oninput = () => {{ stop(); show(+slider.value); }};
    stop();
  }}
}})(50);
</script>"""


class Animation:
    """A short film that a notebook plays: with a button and a slider where scripts run, else a still of its end.

    Args:
        figure: the `pictures.Picture` that is drawn again and again; its description is the film's.
        update: function of a frame's number that changes the figure.
        count: how many frames, 2 or more.
        seconds: how long each is shown.

    Attributes:
        frames: the frames as PNG files, a list of bytes.
        alt: what the film shows, in words.
    """

    def __init__(self, figure, update, count, seconds=0.25):
        figure.png()  # lays the figure out, once for all frames
        figure.set_layout_engine("none")
        self.frames = []
        for index in range(count):
            update(index)
            self.frames.append(figure.png(DPI))
        self.alt, self.seconds = figure.alt, seconds

    def _repr_mimebundle_(self, include=None, exclude=None):
        data, metadata = pictures.describe(self.frames[-1], self.alt)
        player = PLAYER.format(
            key="animation-" + hashlib.sha256(self.frames[-1]).hexdigest()[:12],
            width=pictures.DISPLAY_WIDTH,
            still=data["text/html"],
            frames=json.dumps([base64.b64encode(frame).decode() for frame in self.frames[:-1]]),
            milliseconds=round(1000 * self.seconds),
        )
        return data | {"text/html": player, "text/plain": f"<Animation: {self.alt}>"}, metadata


def walk(optimizer, loss, start, steps=20):
    """Lets an optimizer walk down a loss of two weights, as training does.

    Args:
        optimizer: a new Keras optimizer.
        loss: function of two float tensors, the two weights, that returns the loss.
        start: the two weights to begin with.
        steps: how many steps to take.

    Returns:
        A float array `[steps + 1, 2]`, the weights before the first step and after each: a path for `descent`.

    Example:

    >>> animations.walk(keras.optimizers.SGD(0.1), lambda w1, w2: w1**2 + w2**2, start=[1.0, 2.0])
    """
    import tensorflow as tf  # here, so that pictures alone don't wait for it

    weights = tf.Variable(start, dtype=tf.float32)
    path = [weights.numpy()]
    for _ in range(steps):
        with tf.GradientTape() as tape:
            value = loss(weights[0], weights[1])
        optimizer.apply_gradients([(tape.gradient(value, weights), weights)])
        path.append(weights.numpy())
    return np.array(path)


@pictures.as_designed
def descent(loss, paths, limits, seconds=0.25):
    """Shows how optimizers walk over a landscape of two weights, step by step.

    Args:
        loss, paths, limits: as for `plots.descent`.
        seconds: how long each step is shown.

    Returns:
        An `Animation` with a frame for each step; shorter paths wait at their end.

    Example:

    >>> animations.descent(loss, {"SGD": path}, limits=(-4, 4))
    """
    figure = plots.descent(loss, paths, limits)
    lines, losses = (axis.get_lines() for axis in figure.axes)
    heights = [line.get_ydata() for line in losses]
    walks = [np.asarray(path) for path in paths.values()]

    def update(step):
        for index, walk in enumerate(walks):
            line, end = lines[2 * index : 2 * index + 2]
            line.set_data(walk[: step + 1].T)
            end.set_data(walk[: step + 1][-1:].T)
            losses[index].set_data(range(len(walk[: step + 1])), heights[index][: step + 1])

    return Animation(figure, update, count=max(map(len, walks)), seconds=seconds)


@pictures.as_designed
def decisions(images, classes, probabilities):
    """Shows what a network takes some digits for after each epoch.

    Args:
        images: float array `[count, 28, 28, 1]` in [0, 1].
        classes: integers `[count]`, the right classes, 0 to 9.
        probabilities: float array `[epochs + 1, count, 10]`; the first entry is that of the untrained network.

    Returns:
        An `Animation` with a frame for each epoch.

    Example:

    >>> animations.decisions(images[:5], classes[:5], predictions.probabilities[:, :5])
    """
    figure = plots.decisions(images, classes, probabilities[-1])

    def update(epoch):
        plots.update_decisions(figure, classes, probabilities[epoch])
        figure.suptitle("before training" if epoch == 0 else f"after epoch {epoch}", fontsize=12)

    return Animation(figure, update, count=len(probabilities), seconds=0.8)


@pictures.as_designed
def weights(kernels, steps):
    """Shows how the weights of a dense layer that looks at the pixels take shape.

    Args:
        kernels: float array `[frames, 784, units]`, the layer's kernel at several moments.
        steps: integers `[frames]`, after how many training steps; 0 is before training.

    Returns:
        An `Animation` with a frame for each moment, in the colors of the last one.

    Example:

    >>> animations.weights(noted.kernels, noted.steps)
    """
    figure = plots.weights(kernels[-1])
    figure.suptitle("before training", fontsize=12)
    axes = [axis for axis in figure.axes if axis.images][: np.shape(kernels)[-1]]
    for axis in axes:  # noise takes much room: few colors, and none between two pixels
        axis.images[0].set(cmap=colormaps["RdBu"].resampled(33), interpolation="nearest")

    def update(index):
        figure.suptitle(
            f"after {steps[index]:,} step{'s' if steps[index] > 1 else ''}" if steps[index] else "before training"
        )
        for axis, weights_of_one in zip(axes, np.transpose(kernels[index]), strict=True):
            axis.images[0].set_data(weights_of_one.reshape(28, 28))

    return Animation(figure, update, count=len(steps), seconds=0.8)


@pictures.as_designed
def sliding_filter(image, kernel):
    """Shows a filter that slides over an image, and the feature map that grows behind it.

    Args:
        image: float array `[28, 28]` or `[28, 28, 1]` in [0, 1].
        kernel: float array `[height, width]`.

    Returns:
        An `Animation`: the filter on five rows from the top of the ink to its bottom, the map complete up to where it
        stands; at the end the whole map, and the filter at the place of its strongest answer.

    Example:

    >>> animations.sliding_filter(images[0], [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
    """
    image = np.asarray(image).reshape(28, 28)
    whole = diagrams.feature_map(image, kernel)
    rows, columns = whole.shape
    strongest = np.unravel_index(np.abs(whole).argmax(), whole.shape)
    figure = diagrams.convolution(image, kernel, *strongest)
    map_picture = figure.axes[2].images[0]
    answering = np.flatnonzero(whole.any(axis=1)) if whole.any() else np.arange(rows)
    stop_rows = np.linspace(answering[0], answering[-1], 5).astype(int)
    stop_columns = np.linspace(0, columns - 1, 9).astype(int)
    stops = [*itertools.product(stop_rows, stop_columns), strongest]

    def update(index):
        row, column = stops[index]
        diagrams.move_filter(figure, image, whole, row, column)
        is_last = index == len(stops) - 1
        done = is_last | (np.arange(whole.size).reshape(whole.shape) <= row * columns + column)
        map_picture.set_data(np.ma.masked_array(whole, mask=~done))

    return Animation(figure, update, count=len(stops), seconds=0.25)


@pictures.as_designed
def matrix_product(images, weights):
    """Shows how a product of two matrices comes about: first column and first row, then the other rows, then columns.

    Args:
        images: float array `[rows, inner]` in [0, 1], an image in each row.
        weights: float array `[inner, columns]`, a neuron in each column.

    Returns:
        An `Animation`: the first column entry by entry at first, in longer and longer strides, then a column at a time.

    Raises:
        ValueError: the matrices don't fit.

    Example:

    >>> animations.matrix_product(pixels, weights)
    """
    figure = diagrams.matrix_product(images, weights)
    product = np.asarray(images) @ np.asarray(weights)
    rows, columns = product.shape
    stops = sorted({round((rows - 1) * share**2) for share in np.linspace(0, 1, 6)})
    stops = [(row, 0) for row in stops] + [(rows - 1, column) for column in range(1, columns)]

    def update(index):
        diagrams.move_product(figure, product, *stops[index])

    return Animation(figure, update, count=len(stops), seconds=0.6)
