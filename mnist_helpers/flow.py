"""The film of a pipeline: pairs of digits and labels flow from the file through buffer and batch to the network."""

import numpy as np

from mnist_helpers.animations import Animation
from mnist_helpers.pictures import INK, WIDTH, as_designed, new_figure
from mnist_helpers.pictures import TRAIN_COLOR as ACCENT

BUFFER = BATCH = 4  # pairs: few enough to be followed by eye
PLACES = {  # from top to bottom: what holds pairs, and how many
    "zip: image and label, in the order of the files": 16,
    f"shuffle: draws from a buffer of {BUFFER} pairs": BUFFER,
    f"batch: collects {BATCH} pairs, still bytes": BATCH,
    f"map(decode) and prefetch: images [{BATCH}, 28, 28, 1], ready": BATCH,
    "the network: trains on this batch": BATCH,
}
SIDE, ROW = 0.3, 0.86  # inches: an image, and from one place to the next


@as_designed
def pipeline(images, classes, seed=0):
    """Shows sixteen pairs on their way through `shuffle`, `batch`, `map` and `prefetch`.

    Args:
        images: float array `[16, 28, 28]` or `[16, 28, 28, 1]` in [0, 1], in the order of the file.
        classes: integers `[16]`, their labels.
        seed: of the buffer's random draws.

    Returns:
        An `Animation`. In its last frame every place holds what it works on: one batch is trained on, the next one is
        ready, a third is being collected out of the buffer, and some pairs are still in the file.

    Raises:
        ValueError: the images aren't sixteen, or not as many as the classes.

    Example:

    >>> flow.pipeline(images[:16], classes[:16])
    """
    images, classes = np.asarray(images), np.asarray(classes)
    count = next(iter(PLACES.values()))
    if images.shape[:3] != (count, 28, 28) or classes.shape != (count,):
        raise ValueError(
            f"images has the shape {images.shape} and classes {classes.shape}; expected are ({count}, 28, 28) and "
            f"({count},), a label for each of {count} images."
        )
    states = _states(count, seed)
    drawn = ", ".join(str(classes[pair]) for place in (4, 3, 2) for pair in states[-1][place])
    alt = (
        f"Pairs of digits and labels leave the file in the order {', '.join(map(str, classes))}, wait in a buffer of "
        f"{BUFFER}, and leave it in a random order, {drawn} so far. {BATCH} at a time become a batch, which is decoded "
        "and kept ready until the network has trained on the one before."
    )
    figure, (axis,) = new_figure(1, 1, ROW * len(PLACES) + 0.05, alt, framed=False)
    slots = []
    for row, (name, size) in enumerate(PLACES.items()):
        top = -row * ROW
        axis.text(0, top, name, va="top", fontsize=10, color=ACCENT)
        slots.append([_slot(axis, SIDE * 1.03 * index, top - 0.22) for index in range(size)])
    axis.set(xlim=(-0.02, WIDTH - 0.04), ylim=(-ROW * len(PLACES), 0.03))

    def update(number):
        for row, pairs in zip(slots, states[number], strict=True):
            for index, (picture, label) in enumerate(row):
                pair = pairs[index] if index < len(pairs) else None
                picture.set_data(np.full((28, 28), 0.93) if pair is None else images[pair].reshape(28, 28))
                label.set_text("" if pair is None else str(classes[pair]))

    return Animation(figure, update, count=len(states), seconds=0.6)


def _slot(axis, left, top):
    """A place for a pair: the image and, below it, the label."""
    extent = (left, left + SIDE, top - SIDE, top)
    picture = axis.imshow(np.zeros((28, 28)), cmap="gray", vmin=0, vmax=1, extent=extent, aspect="auto")
    label = axis.text(left + SIDE / 2, top - SIDE - 0.02, "0", ha="center", va="top", fontsize=10, color=INK)
    return picture, label


def _states(count, seed):
    """What lies where at each moment: for every place the numbers of its pairs, `None` where one is missing."""
    random = np.random.default_rng(seed)
    file, buffer, batch, ready, network = list(range(count)), [None] * BUFFER, [], [], []
    states = [[list(place) for place in (file, buffer, batch, ready, network)]]

    def read(place):
        buffer[place] = count - sum(pair is not None for pair in file)  # the first that is left
        file[buffer[place]] = None
        states.append([list(place) for place in (file, buffer, batch, ready, network)])

    for place in range(BUFFER):
        read(place)
    for _ in range(2 * BATCH + BATCH // 2):
        if len(batch) == BATCH:
            network, ready, batch = ready, batch, []
        place = random.integers(BUFFER)
        batch.append(buffer[place])
        read(place)
    return states
