"""Other ways to train notebook 10's network, for `make longer`: each changes one thing.

A way is a function that takes the notebook's variables and the number of epochs, and returns the dataset to train on.
It may put another model in place of the notebook's.
"""

import keras
import tensorflow as tf

from mnist_helpers import data

PRACTICE_DIGITS = 16


def as_in_the_notebook(variables, epochs):
    """Half of each batch is varied, half isn't, from the first step to the last."""
    return variables["augmented_dataset"]


def bent(variables, epochs):
    """Digits are bent before they are varied, by 0.8 pixels (standard deviation) at 5×5 points; we tried no other.

    Elastic distortions, after Simard, Steinkraus and Platt (2003).
    """
    unchanged, seeds = variables["starts"][0], keras.random.SeedGenerator()

    def bend_some(images, labels):
        return tf.concat([images[:unchanged], bend(images[unchanged:], seeds)], axis=0), labels

    return variables["train_dataset"].map(bend_some).map(variables["augment"]).prefetch(tf.data.AUTOTUNE)


def bend(images, seeds, points=5, pixels=0.8):
    """Shifts each pixel by a random amount that changes smoothly over the image.

    Args:
        images: float tensor `[batch, height, width, 1]`.
        seeds: a `keras.random.SeedGenerator`. It gives other random numbers at each pass of a pipeline.
        points: random shifts in height and in width; they are enlarged to the image's size by cubic interpolation.
        pixels: standard deviation of these shifts.

    Returns:
        A float tensor of the images' shape; black (0) where nothing was.
    """
    batch, height, width, _ = tf.unstack(tf.shape(images))
    coarse = keras.random.normal([batch, points, points, 2], stddev=pixels, seed=seeds)
    shifts = tf.image.resize(coarse, [height, width], "bicubic")
    down, right = tf.meshgrid(tf.range(height), tf.range(width), indexing="ij")
    places = tf.cast(tf.stack([down, right], axis=-1), tf.float32) + shifts
    corner = tf.floor(places)
    share = places - corner
    padded = tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]])

    # By hand, since keras.ops.image.map_coordinates can't be told how many images there are while a pipeline is built.
    def at(rows_further, columns_further):
        offset = tf.constant([rows_further, columns_further], tf.float32)
        place = tf.clip_by_value(corner + offset, -1, [tf.cast(height, tf.float32), tf.cast(width, tf.float32)])
        return tf.gather_nd(padded, tf.cast(place + 1, tf.int32), batch_dims=1)

    lower, further = share[..., :1], share[..., 1:]
    upper_row = (1 - further) * at(0, 0) + further * at(0, 1)
    lower_row = (1 - further) * at(1, 0) + further * at(1, 1)
    return (1 - lower) * upper_row + lower * lower_row


def practice_digits_mixed_in(variables, epochs):
    """Sixteen of the 64 unchanged digits of each batch are replaced by practice digits, which this package draws."""
    practice = data.load_datasets(PRACTICE_DIGITS, "practice digits")[0].repeat()

    def replace(batch, drawn):
        return tuple(tf.concat([new, old[PRACTICE_DIGITS:]], axis=0) for old, new in zip(batch, drawn, strict=True))

    mixed = tf.data.Dataset.zip((variables["train_dataset"], practice)).map(replace)
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
    """All layers but the last compute with numbers of 16 bits, and the weights keep 32.

    Misread digits are counted in float32, by the network that the notebook has built.
    """
    float32 = variables["model"]

    def computing_in_16_bits(layer):
        kind = "float32" if layer is float32.layers[-1] else "mixed_bfloat16"
        return type(layer).from_config(layer.get_config() | {"dtype": kind})

    model = keras.models.clone_model(float32, clone_function=computing_in_16_bits)
    model.set_weights(float32.get_weights())
    sgd = type(float32.optimizer).from_config(float32.optimizer.get_config())
    model.compile(sgd, float32.loss, metrics=["accuracy"], steps_per_execution=float32.steps_per_execution)
    variables["model"], variables["float32"] = model, float32
    return variables["augmented_dataset"]


class Checkpoints(keras.callbacks.Callback):
    """Keeps the weights, and batch normalization's statistics, at the end of the last epochs.

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


USUAL = "the notebook's way"
WAYS = {
    USUAL: as_in_the_notebook,
    "bent digits": bent,
    "practice digits among the others": practice_digits_mixed_in,
    "varied: from none to all": growing,
    "varied: from all to none": shrinking,
    "bfloat16": bfloat16,
}
