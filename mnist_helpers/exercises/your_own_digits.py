"""The exercises of notebook 12: where the ink balances, and what is ink on a paper that lies in the shadow."""

import numpy as np

from mnist_helpers.exercises.answers import call, to_array
from mnist_helpers.exercises.exercise import exercise


@exercise(
    hints=[
        "A mean of the row numbers, in which each row counts as much as it has ink: a weighted mean.",
        "`image.sum(axis=1)` is the ink of each row, `np.arange(28)` are the row numbers.",
        "`np.average` takes numbers and `weights`. The same for the columns, with `axis=0`.",
    ],
    solution="""
        def my_center(image):
            row = np.average(np.arange(28), weights=image.sum(axis=1))
            column = np.average(np.arange(28), weights=image.sum(axis=0))
            return row, column
    """,
    why="Each row and each column counts as much as it has ink. MNIST's digits have this point in the middle.",
)
def center_of_mass(function):
    image = np.zeros((28, 28))
    image[4:8, 10:20], image[8:24, 10:12], image[5, 11] = 0.5, 1.0, 0.8  # an uneven Γ
    rows, columns = np.indices(image.shape)
    truth = np.array([np.average(rows, weights=image), np.average(columns, weights=image)])
    result = to_array(call(function, image=image.copy()), "Your function's result", [2])
    inked = np.argwhere(image)
    if np.allclose(result, truth, atol=0.01):
        return None
    found = f"you found {result.round(2).tolist()}"
    came = f"For an image with its center at row {truth[0]:.2f}, column {truth[1]:.2f} {found}."
    if np.allclose(result, truth[::-1], atol=0.01):
        return f"{came} Row and column are swapped: the row comes first."
    if np.allclose(result, truth * image.sum(), rtol=1e-3):
        return f"{came} Divide by the sum of all ink."
    if np.allclose(result, inked.mean(axis=0), atol=0.01):
        return f"{came} You count each pixel with ink alike. A gray one weighs less than a white one."
    if np.allclose(result, 13.5) or np.allclose(result, 14):
        return f"{came} That's the middle of the image, wherever its ink is."
    if np.allclose(result, (inked.min(axis=0) + inked.max(axis=0)) / 2, atol=0.51):
        return f"{came} That's the middle of the box around the digit, wherever most of its ink is."
    if np.allclose(result, truth + 0.5, atol=0.01):
        return f"{came} Half a pixel too far: count rows and columns from 0."
    if np.allclose(result, truth + 1, atol=0.01):
        return f"{came} A pixel too far: count rows and columns from 0."
    if np.allclose(result, truth.round()):
        return f"{came} Don't round: the center may lie between two pixels."
    return came


@exercise(
    hints=[
        "In the shadow, paper and ink both get half of the light. Which way of comparing the two doesn't change then?",
        "Divide: `photo / paper` is 1 where there is paper, in the sun and in the shadow.",
        "Turn it around so that paper is 0, and let `np.clip` make 0 of what is brighter than the paper.",
    ],
    solution="""
        def my_contrast(photo, paper):
            return np.clip(1 - photo / paper, 0, None)
    """,
    why="Light multiplies, so a quotient of two brightnesses is the same in the sun and in the shadow.",
)
def contrast(function):
    random = np.random.default_rng(0)
    paper = np.linspace(0.9, 0.3, 8) * np.ones((6, 8))
    reflected = np.where(random.random((6, 8)) < 0.3, 0.25, 1.0)
    reflected[0, :2] = 1.1, 0.25  # noise makes some of the paper brighter than it is
    photo = paper * reflected
    result = to_array(call(function, photo=photo.copy(), paper=paper.copy()), "Your function's result", [6, 8])
    truth = np.clip(1 - reflected, 0, None)
    if np.allclose(result, truth, atol=1e-6):
        return None
    if np.allclose(result, 1 - reflected, atol=1e-6):
        return f"The smallest number is {result.min():.2f}, where noise made the paper brighter. Make 0 of such."
    if np.allclose(result, reflected, atol=1e-6) or np.allclose(result, np.clip(reflected, 0, 1), atol=1e-6):
        return "Paper is 1 and ink is less. Expected is 0 for paper and more for ink."
    if np.allclose(result, np.clip(paper - photo, 0, None)) or np.allclose(result, paper - photo):
        dark = result[photo < 0.5 * paper].min()
        return f"The same ink is {result[0, 1]:.2f} in the light and {dark:.2f} in the shadow. Expected is one number."
    if np.allclose(result, 1 - photo):
        return "Paper in the shadow counts as ink. Compare each pixel with its own paper."
    if np.allclose(result, truth.astype(bool)):
        return "That tells where the ink is. Keep how dark it is, too: gray pixels at a stroke's edge are gray."
    return f"Where the paper is {paper[0, 1]:.2f} and the photo {photo[0, 1]:.2f}, you make {result[0, 1]:.2f} of it."
