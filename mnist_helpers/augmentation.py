"""New digits made of those at hand: moved, turned, scaled and slanted, another way each time."""

import math

import keras
import tensorflow as tf


class Vary:
    """Moves, turns, scales and slants each image of a batch at random, all in one step.

    It keeps the state of its random numbers, so that a pipeline goes on with new ones at each pass. (With a seed set,
    TensorFlow's own random functions would start again with the same ones.)

    Args:
        shift: pixels by which an image moves at most, in both directions.
        turn: degrees by which it turns at most.
        scale: share by which it grows or shrinks at most, in width and height independently.
        slant: pixels to the side for each pixel of height, at most.

    Example:

    >>> vary = augmentation.Vary()
    >>> varied_dataset = train_dataset.map(lambda images, labels: (vary(images), labels))
    """

    def __init__(self, shift=2.0, turn=12.0, scale=0.1, slant=0.1):
        self.shift, self.turn, self.scale, self.slant = shift, turn * math.pi / 180, scale, slant
        self._seeds = keras.random.SeedGenerator()

    def __call__(self, images):
        """Varies a batch.

        Args:
            images: float tensor or array `[batch, height, width, channels]`.

        Returns:
            A float tensor of the same shape; black (0) where nothing was.
        """
        images = tf.convert_to_tensor(images)
        batch, height, width = tf.unstack(tf.shape(images)[:3])

        def draw(limit):
            return keras.random.uniform([batch], -limit, limit, seed=self._seeds)

        angle, slope = draw(self.turn), draw(self.slant)
        across, down = 1 / (1 + draw(self.scale)), 1 / (1 + draw(self.scale))
        cosine, sine = tf.cos(angle), tf.sin(angle)
        # Where the pixel in column x and row y of the new image comes from in the old one, seen from the center.
        matrix = (across * cosine, across * (slope * cosine - sine), down * sine, down * (slope * sine + cosine))
        x, y = tf.cast(width - 1, tf.float32) / 2, tf.cast(height - 1, tf.float32) / 2
        left = x - matrix[0] * x - matrix[1] * y + draw(self.shift)
        top = y - matrix[2] * x - matrix[3] * y + draw(self.shift)
        zeros = tf.zeros([batch])
        transforms = tf.stack([matrix[0], matrix[1], left, matrix[2], matrix[3], top, zeros, zeros], axis=1)
        return keras.ops.image.affine_transform(images, transforms, interpolation="bilinear", fill_mode="constant")
