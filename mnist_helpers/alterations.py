"""Digits altered on purpose, to ask how much a network bears."""

import keras
import numpy as np

from mnist_helpers import augmentation

SHIFT, TURN, SMALL, LARGE, NOISE, BLUR = 3, 20, 0.75, 1.2, 0.3, 1.2


def alter(images, seed=0):
    """Alters digits in seven ways, each by a fixed amount that leaves them readable for a person.

    Args:
        images: float array `[count, 28, 28, 1]` in [0, 1].
        seed: of the random directions and of the noise.

    Returns:
        Dictionary from the alteration's name to a float32 array of the same shape, in [0, 1]: `"shifted"` by 3 pixels
        to the side, up or down or both; `"turned"` by 20 degrees to the left or right; `"scaled"` to 75 % or 120 %;
        `"noisy"`, normal noise with a standard deviation of 0.3; `"blurred"` with a standard deviation of 1.2 pixels;
        `"thinned"`, the darkest of each 2×2 pixels; `"thickened"`, the brightest of each 3×3.

    Example:

    >>> for name, altered_images in alterations.alter(validation_images).items():
    ...     model.predict(altered_images)
    """
    images = np.asarray(images, np.float32)
    random = np.random.default_rng(seed)
    count = len(images)
    directions = [(right, down) for right in (-1, 0, 1) for down in (-1, 0, 1) if right or down]
    right, down = SHIFT * random.choice(directions, count).T
    size = random.choice([SMALL, LARGE], count)
    altered = {
        "shifted": augmentation.transform(images, right=right, down=down),
        "turned": augmentation.transform(images, turn=random.choice([-TURN, TURN], count)),
        "scaled": augmentation.transform(images, width=size, height=size),
        "noisy": images + random.normal(scale=NOISE, size=images.shape),
        "blurred": keras.ops.image.gaussian_blur(
            images, kernel_size=(9, 9), sigma=(BLUR, BLUR), data_format="channels_last"
        ),
        "thinned": -_brightest(-images, 2),
        "thickened": _brightest(images, 3),
    }
    return {name: np.clip(result, 0, 1).astype(np.float32) for name, result in altered.items()}


def _brightest(images, size):
    """Puts in each pixel's place the brightest of a square of `size` pixels around it."""
    return keras.ops.max_pool(images, pool_size=size, strides=1, padding="same", data_format="channels_last")
