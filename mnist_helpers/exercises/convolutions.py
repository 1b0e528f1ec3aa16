"""The exercises of notebook 07: an output's shape, a small network, a filter for lower edges."""

import numpy as np

from mnist_helpers.exercises.answers import outputs, to_array, to_classes, to_model, to_shape
from mnist_helpers.exercises.exercise import exercise


@exercise(
    hints=[
        "Without padding, the whole filter must lie inside the image. In how many places of a row of 28 can it begin?",
        "Of these places, a stride of 2 takes every second, beginning with the first.",
        "Each filter makes one map. How many filters are there?",
    ],
    solution="output_shape = [12, 12, 12]",
    why="A filter of 5 can begin at 24 places of 28; every second of them is 12, in rows and in columns. And 12 "
    "filters make 12 channels.",
)
def output_shape(shape):
    shape = to_shape(shape)
    came = f"Your shape is {list(shape)}."
    image = shape[1:] if len(shape) == 4 else shape  # of a batch's shape any first length will do
    if image == (12, 12, 12):
        return None
    messages = {
        (14, 14, 12): "That's padding `same`. With `valid`, the filter doesn't reach over the border.",
        (24, 24, 12): "That's where the filter can begin. And the stride?",
        (28, 28, 12): "Without padding the maps shrink, and a stride of 2 shrinks them further.",
        (12, 12, 1): "The size is right. How many maps do 12 filters make?",
        (12, 12, 5): "The size is right. The number of channels is the number of filters, not their size.",
        (12, 12): "The size is right. How many channels are there?",
        (13, 13, 12): "That would be right for a filter of 3. This one is 5 wide.",
        (11, 11, 12): "Nearly: count the places where the filter can begin, and don't forget the first.",
    }
    expected = "Expected are three numbers: rows, columns, channels."
    if len(image) == 3:
        expected = "Count the places where a filter of 5 can begin in a row of 28, then take every second."
    return f"{came} {messages.get(image, expected)}"


@exercise(
    hints=[
        "Most parameters of the notebook's network are in its first dense layer. Which numbers make it so large?",
        "Fewer filters, and smaller maps before `Flatten`, save most. You may leave the dense layer of 64 out.",
        "Adam with a learning rate of 0.003 needs three or four epochs.",
    ],
    solution="""
        my_model = keras.Sequential(
            [
                keras.Input(shape=[28, 28, 1]),
                layers.Conv2D(8, kernel_size=5, padding="same", activation="relu"),
                layers.MaxPooling2D(2),
                layers.Conv2D(16, kernel_size=3, padding="same", activation="relu"),
                layers.MaxPooling2D(2),
                layers.Flatten(),
                layers.Dense(10, activation="softmax"),
            ]
        )
        adam = keras.optimizers.Adam(0.003)
        my_model.compile(optimizer=adam, loss="categorical_crossentropy", metrics=["accuracy"])
        my_model.fit(train_dataset, epochs=4, shuffle=False, verbose=2)
    """,
    why="Fewer than 20,000 parameters read 98 of 100 digits, which took a dense network more than 400,000: the same "
    "filter serves every place of the image.",
)
def small_network(model, images, classes):
    model = to_model(model)
    images = to_array(images, "The second value, the images,", [None, 28, 28, 1])
    classes = to_classes(classes, "The third value, the classes,", len(images))
    shape = outputs(model, images[:2]).shape
    if shape != (2, 10):
        return f"For one image the output has the shape {list(shape[1:])}; expected is [10], a number for each digit."
    count = model.count_params()
    if count >= 20_000:
        return f"Your network has {count:,} parameters; fewer than 20,000 are allowed. `summary` shows where they are."
    right = outputs(model, images).argmax(axis=1) == classes
    accuracy = right.mean()
    came = f"{count:,} parameters are few enough, and {accuracy:.2%} of the validation digits are read right."
    if accuracy < 0.3:
        return f"{came} That's about as good as guessing: has it been trained?"
    return None if accuracy >= 0.98 else f"{came} Expected are 98 %: train longer, or use your parameters elsewhere."


@exercise(
    hints=[
        "The notebook's filter compares left with right. Which two directions does yours compare?",
        "At a lower edge there is ink above and none below. Ink is 1, so where must the weights be positive?",
        "On an even area all nine pixels are equal, so the answer is their value times the sum of the weights.",
    ],
    solution="lower_edge = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]",
    why="It subtracts the row below from the row above: positive where ink ends downward, 0 where all is even. "
    "See it: `diagrams.convolution(images[0], np.array(lower_edge), row=12, column=10)`.",
)
def lower_edge(kernel):
    kernel = to_array(kernel, "Your filter")
    if kernel.shape == (3, 3, 1, 1):
        kernel = kernel[:, :, 0, 0]
    kernel = to_array(kernel, "Your filter", [3, 3]).astype(float)
    if not kernel.any():
        return "All weights are 0, so the filter answers 0 everywhere."

    def answer(*rows):
        return (kernel * np.array(rows)).sum()

    none, ink, left, right = [0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 0, 1]
    even = answer(ink, ink, ink)
    below = answer(ink, ink, none), answer(ink, none, none)  # the edge below the middle row, and above it
    beside = answer(left, left, left), answer(right, right, right)
    if not np.isclose(even, 0, atol=1e-5 * np.abs(kernel).sum()):
        return f"On an even area full of ink your filter answers {even:.3g}, not 0. What is the sum of its weights?"
    if max(below) <= 1e-6 and max(np.abs(beside)) > 1e-6 and np.allclose(below, 0, atol=1e-6):
        return "At a lower edge your filter answers 0; it finds left or right edges. Turn it by a quarter."
    if max(below) <= 1e-6 and min(below) < -1e-6:
        return f"At a lower edge your filter answers {min(below):.3g}, a negative number. It finds upper edges."
    if min(below) < -1e-6:
        return f"At a lower edge it answers {max(below):.3g} and {min(below):.3g}: it finds thin lines, not edges."
    if max(np.abs(beside)) >= max(below):
        return "Your filter answers at left or right edges as strongly as at lower ones. Compare only above and below."
    return None
