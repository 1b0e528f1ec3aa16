"""The exercises of notebook 00: shapes, one-hot labels, an average image."""

import numpy as np

from mnist_helpers.exercises.answers import to_array, to_shape
from mnist_helpers.exercises.exercise import exercise


@exercise(
    hints=[
        "The notebook's own batch is [128, 28, 28, 1]. What does each of the four numbers count?",
        "The order is: images, rows, columns, channels. A photo has as many rows as it is pixels high.",
        "A color photo has three channels: red, green and blue.",
    ],
    solution="photo_batch = [64, 192, 256, 3]",
    why="64 images, 192 rows, 256 columns, and 3 channels for red, green and blue.",
)
def photo_batch(shape):
    shape = to_shape(shape)
    right = (64, 192, 256, 3)
    if shape == right:
        return None
    came = f"Your shape is {list(shape)}."
    if shape == (192, 256, 3):
        return f"{came} That is one photo. Which axis counts the photos?"
    if shape == (64, 192, 256):
        return f"{came} Where are the colors? A gray image, too, has an axis for its channels."
    if shape == (64, 256, 192, 3):
        return f"{came} Height and width are swapped: rows come before columns."
    if shape == (64, 192, 256, 1):
        return f"{came} One channel is enough for gray. How many does color need?"
    if len(shape) == 4 and shape[-1] != 3 and 3 in shape:
        return f"{came} In this series the channels are the last axis."
    if sorted(shape, key=str) == sorted(right, key=str):
        return f"{came} These are the right numbers in another order."
    return f"{came} Expected are four numbers: how many photos, rows, columns and channels."


@exercise(
    hints=[
        "A one-hot label has one number for each class. How many numbers are that here?",
        "All are 0 but one. Count the places from 0, as Python does.",
    ],
    solution="one_hot_label = [0, 0, 0, 1, 0]",
    why="Five classes make five numbers, and the 1 stands at place 3, counted from 0.",
)
def one_hot_label(label):
    label = to_array(label)
    if label.size == 1:
        return f"{label.item():g} is a single number. One-hot writes a class as a row of numbers, one for each class."
    if label.ndim != 1:
        return f"Your label has the shape {list(label.shape)}; expected is one axis: a plain list."
    if len(label) == 10:
        return "You wrote ten numbers, as for ten digits. How many classes are there here?"
    if len(label) != 5:
        return f"You wrote {len(label)} numbers; expected is one for each of the five classes."
    if sorted(label) != [0, 0, 0, 0, 1]:
        return "One number should be 1, and all others 0: that's what one-hot means."
    place = int(label.argmax())
    if place == 2:
        return "Your 1 is at place 2: did you count from 1? Classes and places begin at 0."
    return None if place == 3 else f"Your 1 is at place {place}, counted from 0: that is class {place}."


@exercise(
    hints=[
        "First choose the threes: `classes == 3` is `True` where the digit is a 3, and can stand in brackets.",
        "Above, `tf.reduce_mean` averaged all images along axis 0. Give it the chosen ones instead.",
    ],
    solution="average_three = tf.reduce_mean(images[classes == 3], axis=0)",
    why="All threes share one shape, so their average is sharper than that of all digits. Draw it: "
    "`plots.digits([average_three])`.",
)
def average_three(average, images, classes):
    average = to_array(average, "Your average", finite=False)
    images = to_array(images, "The second value, `images`,", [None, 28, 28, 1])
    classes = to_array(classes, "The third value, `classes`,", [len(images)])
    if not (classes == 3).any():
        return "This batch holds no 3. Take another one: run the cell with `next(iter(train_dataset))` again."
    if np.squeeze(average).shape != (28, 28):
        came = f"Your average has the shape {list(average.shape)}; expected is one image, [28, 28, 1]."
        return f"{came} Along which axis do the images lie?"
    average = average.reshape(28, 28, 1)
    if not np.isfinite(average).all():
        return "Your average holds NaN: an average of no images at all? Look at how you choose the threes."
    for digit in np.unique(classes):
        if np.allclose(average, images[classes == digit].mean(axis=0), atol=1e-4):
            return None if digit == 3 else f"This is the average of another digit: {digit}."
    if np.allclose(average, images.mean(axis=0), atol=1e-4):
        return f"This is the average of all {len(images)} digits. Choose the threes first."
    if np.allclose(average, images[classes == 3].sum(axis=0), atol=1e-3):
        return f"This is the sum of the threes: its brightest pixel is {average.max():.1f}, beyond 1."
    return "It has the shape of an image, but isn't the average of the threes of this batch."
