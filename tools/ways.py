"""Other ways to train notebook 10's network, for `make longer`: each changes one thing.

A way is a function that takes the notebook's variables and the number of epochs, and returns the dataset to train on.
It may put another model in place of the notebook's.
"""

import keras
import tensorflow as tf

from mnist_helpers import data

BEND_POINTS, BEND_PIXELS = 5, 0.8
PRACTICE_DIGITS = 16


def as_in_the_notebook(variables, epochs):
    """Half of each batch unchanged, half varied."""
    return variables["augmented_dataset"]


def bent(variables, epochs):
    """The varied half is bent as well: elastic distortions, after Simard, Steinkraus and Platt (2003)."""
    unchanged = variables["starts"][0]

    def bend_varied(images, labels):
        return tf.concat([images[:unchanged], bend(images[unchanged:])], axis=0), labels

    return variables["augmented_dataset"].map(bend_varied).prefetch(tf.data.AUTOTUNE)


def bend(images, points=BEND_POINTS, pixels=BEND_PIXELS):
    """Shifts each pixel by a random amount that changes smoothly over the image.

    Args:
        images: float tensor `[batch, height, width, 1]`.
        points: random shifts in height and in width; they are enlarged to the image's size by cubic interpolation.
        pixels: standard deviation of these shifts.

    Returns:
        A float tensor of the images' shape; black (0) where nothing was.
    """
    batch, height, width, _ = tf.unstack(tf.shape(images))
    coarse = tf.random.normal([batch, points, points, 2], stddev=pixels)
    shifts = tf.image.resize(coarse, [height, width], "bicubic")
    down, right = tf.meshgrid(tf.range(height), tf.range(width), indexing="ij")
    places = tf.cast(tf.stack([down, right], axis=-1), tf.float32) + shifts
    corner = tf.floor(places)
    share = places - corner
    padded = tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]])

    def at(rows_further, columns_further):
        offset = tf.constant([rows_further, columns_further], tf.float32)
        place = tf.clip_by_value(corner + offset, -1, [tf.cast(height, tf.float32), tf.cast(width, tf.float32)])
        return tf.gather_nd(padded, tf.cast(place + 1, tf.int32), batch_dims=1)

    lower, further = share[..., :1], share[..., 1:]
    upper_row = (1 - further) * at(0, 0) + further * at(0, 1)
    lower_row = (1 - further) * at(1, 0) + further * at(1, 1)
    return (1 - lower) * upper_row + lower * lower_row


def practice_digits_mixed_in(variables, epochs):
    """Sixteen of the 64 unchanged digits of each batch are practice digits, whose writers nobody has seen."""
    practice = data.load_datasets(PRACTICE_DIGITS, "practice digits")[0].repeat()

    def replace(batch, drawn):
        rest = PRACTICE_DIGITS
        return tuple(tf.concat([new, old[rest:]], axis=0) for old, new in zip(batch, drawn, strict=True))

    pairs = tf.data.Dataset.zip(variables["train_dataset"], practice)
    mixed = pairs.map(lambda batch, drawn: replace(batch, drawn))
    return mixed.map(variables["augment"]).prefetch(tf.data.AUTOTUNE)


def growing(variables, epochs):
    """The share of varied digits grows from none to all."""
    return _changing_share(variables, epochs, lambda progress: progress)


def shrinking(variables, epochs):
    """The share of varied digits shrinks from all to none."""
    return _changing_share(variables, epochs, lambda progress: 1 - progress)


def _changing_share(variables, epochs, share):
    """Varies another share of the batch at each step; `share` takes and returns a fraction."""
    train_dataset, kinds, starts = variables["train_dataset"], variables["kinds"], variables["starts"]
    steps = epochs * len(train_dataset)
    size = variables["BATCH_SIZE"]
    bounds = [(start - starts[0]) / (size - starts[0]) for start in starts]

    def augment(step, batch):
        images, labels = batch
        varied = share(tf.cast(step, tf.float32) / steps) * tf.cast(tf.shape(images)[0], tf.float32)
        places = [tf.shape(images)[0] - tf.cast(tf.round(varied * (1 - bound)), tf.int32) for bound in bounds]
        parts = [vary(images[a:b]) for vary, a, b in zip(kinds, places[:-1], places[1:], strict=True)]
        return tf.ensure_shape(tf.concat([images[: places[0]], *parts], axis=0), [None, 28, 28, 1]), labels

    return train_dataset.repeat(epochs).enumerate().map(augment).prefetch(tf.data.AUTOTUNE)


def bfloat16(variables, epochs):
    """Computes with numbers of 16 bits; the weights keep 32."""
    keras.config.set_dtype_policy("mixed_bfloat16")
    keras.utils.set_random_seed(variables["SEED"])
    float32, compiled = variables["model"], variables["sgd"]
    model = variables["build"](variables["convolutions"], units=128, dropout_rate=variables["DROPOUT_RATE"])
    model.set_weights(float32.get_weights())
    sgd = type(compiled).from_config(compiled.get_config())
    model.compile(sgd, "categorical_crossentropy", metrics=["accuracy"], steps_per_execution=17)
    variables["model"], variables["float32"] = model, float32
    return variables["augmented_dataset"]


class Checkpoints(keras.callbacks.Callback):
    """Keeps the weights at the end of the last epochs.

    Args:
        count: of how many epochs.
    """

    def __init__(self, count=3):
        super().__init__()
        self.count, self.weights = count, []

    def on_epoch_end(self, epoch, logs=None):
        self.weights = [*self.weights, self.model.get_weights()][-self.count :]

    def mean(self):
        """Returns the means, a list of arrays for `set_weights`."""
        return [sum(arrays) / len(arrays) for arrays in zip(*self.weights, strict=True)]


USUAL = "as in the notebook"
WAYS = {
    USUAL: as_in_the_notebook,
    "varied digits bent": bent,
    "practice digits among them": practice_digits_mixed_in,
    "varied: from none to all": growing,
    "varied: from all to none": shrinking,
    "bfloat16": bfloat16,
}
