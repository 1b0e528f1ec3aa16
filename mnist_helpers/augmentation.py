"""New digits made of those at hand: moved, turned, scaled and more, another way each time."""

import math

import keras
import tensorflow as tf


def transform(images, right=0.0, down=0.0, turn=0.0, width=1.0, height=1.0, slant=0.0):
    """Scales, turns, slants and moves each image of a batch, in this order and about its center.

    Args:
        images: float tensor or array `[batch, height, width, channels]`.
        right, down: pixels to move by.
        turn: degrees, counterclockwise.
        width, height: factors; 1 leaves the size.
        slant: pixels to the side for each pixel of height; a positive one leans to the right.
            Each of these is one number for all images, or a float array or tensor `[batch]`.

    Returns:
        A float tensor of the images' shape; black (0) where nothing was.

    Example:

    >>> turned = augmentation.transform(images, turn=20)
    """
    images = tf.convert_to_tensor(images)
    batch, rows, columns = tf.unstack(tf.shape(images)[:3])

    def for_each(amount):
        return tf.broadcast_to(tf.cast(amount, tf.float32), [batch])

    angle, slope = for_each(turn) * math.pi / 180, for_each(slant)
    across, up = 1 / for_each(width), 1 / for_each(height)
    cosine, sine = tf.cos(angle), tf.sin(angle)
    # Where the pixel in column x and row y of the new image comes from in the old one, seen from the center.
    matrix = (across * cosine, across * (slope * cosine - sine), up * sine, up * (slope * sine + cosine))
    x, y = tf.cast(columns - 1, tf.float32) / 2, tf.cast(rows - 1, tf.float32) / 2
    from_x, from_y = x + for_each(right), y + for_each(down)
    left = x - matrix[0] * from_x - matrix[1] * from_y
    top = y - matrix[2] * from_x - matrix[3] * from_y
    zeros = tf.zeros([batch])
    transforms = tf.stack([matrix[0], matrix[1], left, matrix[2], matrix[3], top, zeros, zeros], axis=1)
    return keras.ops.image.affine_transform(
        images, transforms, interpolation="bilinear", fill_mode="constant", data_format="channels_last"
    )


class Vary:
    """Changes each image of a batch at random: its place, angle, size, slant, strokes, sharpness and noise.

    It keeps the state of its random numbers, so that a pipeline goes on with new ones at each pass. (With a seed set,
    TensorFlow's own random functions would start again with the same ones.)

    Args:
        shift: pixels by which an image moves at most, in both directions.
        turn: degrees by which it turns at most.
        scale: share by which it grows or shrinks at most, in width and height independently.
        slant: pixels to the side for each pixel of height, at most.
        stroke: how much thicker or thinner at most, 0 to 1. At 1 a pixel becomes the brightest, or the darkest, of the
            3×3 around it.
        blur: how blurred at most, 0 to 1. At 1 a pixel becomes the mean of the 5×5 around it.
        noise: standard deviation, at most, of the normal noise that is added.

    Example:

    >>> vary = augmentation.Vary(shift=2, turn=12)
    >>> varied_dataset = train_dataset.map(lambda images, labels: (vary(images), labels))
    """

    def __init__(self, shift=0.0, turn=0.0, scale=0.0, slant=0.0, stroke=0.0, blur=0.0, noise=0.0):
        self.shift, self.turn, self.scale, self.slant = shift, turn, scale, slant
        self.stroke, self.blur, self.noise = stroke, blur, noise
        self._seeds = keras.random.SeedGenerator()

    def __call__(self, images):
        """Varies a batch.

        Args:
            images: float tensor or array `[batch, height, width, channels]` in [0, 1].

        Returns:
            A float tensor of the same shape, in [0, 1]; black (0) where nothing was.
        """
        images = tf.convert_to_tensor(images)
        batch = tf.shape(images)[0]

        def draw(low, high, axes=0):
            return keras.random.uniform([batch] + [1] * axes, low, high, seed=self._seeds)

        if self.stroke:
            stroke = draw(-self.stroke, self.stroke, axes=3)
            target = tf.where(
                stroke > 0, tf.nn.max_pool2d(images, 3, 1, "SAME"), -tf.nn.max_pool2d(-images, 3, 1, "SAME")
            )
            images += tf.abs(stroke) * (target - images)
        if self.blur:
            images += draw(0, self.blur, axes=3) * (tf.nn.avg_pool2d(images, 5, 1, "SAME") - images)
        images = transform(
            images,
            right=draw(-self.shift, self.shift),
            down=draw(-self.shift, self.shift),
            turn=draw(-self.turn, self.turn),
            width=1 + draw(-self.scale, self.scale),
            height=1 + draw(-self.scale, self.scale),
            slant=draw(-self.slant, self.slant),
        )
        if self.noise:
            noise = keras.random.normal(tf.shape(images), seed=self._seeds)
            images = tf.clip_by_value(images + draw(0, self.noise, axes=3) * noise, 0, 1)
        return images
