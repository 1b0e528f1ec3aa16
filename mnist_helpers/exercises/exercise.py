"""What every exercise has: `check`, `hint` and `solution`, and the outcome that each of them returns."""

import html
import inspect
import re
import textwrap

from mnist_helpers.exercises.answers import NotAttempted, NotYet

HEADINGS = {"right": "✓ Right.", "not yet": "✗ Not yet.", "not attempted": "○ Not attempted.", "solution": "Solution:"}
BORDERS = {"right": "#2e8b57", "not yet": "#d95f02"}  # beside the words, never instead of them


class Outcome:
    """What `check`, `hint` and `solution` answer. A notebook shows it as HTML, a terminal as text.

    Args:
        status: "right", "not yet", "not attempted", "hint" or "solution".
        message: text in which backticks enclose code; of a solution, the code.
        heading: what stands before the message; `None` for the words that belong to `status`.

    Example:

    >>> print(Outcome("right", "391 batches."))
    ✓ Right. 391 batches.
    """

    def __init__(self, status, message, heading=None):
        self.status, self.message = status, message
        self.heading = heading or HEADINGS[status]

    def __str__(self):
        return f"{self.heading}{chr(10) if self.status == 'solution' else ' '}{self.message}"

    __repr__ = __str__

    def _repr_html_(self):
        message = html.escape(self.message)
        if self.status == "solution":
            message = f"<pre>{message}</pre>"
        else:
            message = re.sub("`([^`]+)`", r"<code>\1</code>", message)
        style = f"border-left: 4px solid {BORDERS.get(self.status, '#888888')}; padding: 0.3em 0.8em"
        return f'<div style="{style}"><strong>{self.heading}</strong> {message}</div>'


class Exercise:
    """One exercise of a notebook, made by the decorator `exercise`.

    Args:
        judge: function that takes the reader's answers, in the order of `check`, and returns what is off in them,
            or `None` where they are right. It may raise `NotYet` or `NotAttempted` instead.
        hints: list of strings, from the vaguest to the clearest.
        solution: Python code that can stand in place of the reader's attempt.
        why: string, why the right answer is right.

    Example:

    >>> exercises.steps.check(781)
    ✗ Not yet. 781 batches hold 49,984 digits. Who reads the other 16?
    """

    def __init__(self, judge, hints, solution, why):
        self.name, self.hints, self.shown = judge.__name__, hints, 0
        self._judge, self._solution, self._why = judge, textwrap.dedent(solution).strip(), why

    def check(self, *answers):
        """Judges answers.

        Args:
            answers: the reader's values, functions or models, and the notebook's arrays where the judge needs them.

        Returns:
            An `Outcome`: "not attempted", "not yet" or "right". Nonsense is "not yet", never an error.

        Example:

        >>> exercises.steps.check(steps)
        """
        names = list(inspect.signature(self._judge).parameters)
        if len(answers) != len(names):
            usage = f"exercises.{self.name}.check({', '.join(names)})"
            return Outcome("not yet", f"`check` got the wrong number of values, {len(answers)}. Call it so: `{usage}`.")
        try:
            problem = self._judge(*answers)
        except NotYet as error:
            problem = str(error)
        except NotAttempted:
            task = "Replace the `...` with an answer of yours and run the cell again."
            more = f"`exercises.{self.name}.hint()` gives a hint, `exercises.{self.name}.solution()` the solution."
            return Outcome("not attempted", f"{task} {more}")
        return Outcome("right", self._why) if problem is None else Outcome("not yet", problem)

    def hint(self):
        """Returns the next hint as an `Outcome`; after the last one, the last again."""
        self.shown = min(self.shown + 1, len(self.hints))
        left = len(self.hints) - self.shown
        more = "Call `hint()` again for the next." if left else "That was the last hint; `solution()` shows the answer."
        heading = f"Hint {self.shown} of {len(self.hints)}:"
        return Outcome("hint", f"{self.hints[self.shown - 1]} ({more})", heading)

    def solution(self):
        """Returns an `Outcome` whose message is code to paste over the attempt."""
        return Outcome("solution", self._solution)


def exercise(*, hints, solution, why):
    """Makes an exercise of the judge below it; see `Exercise` for the arguments.

    Example:

    >>> @exercise(hints=["Divide.", "Round up."], solution="steps = 391", why="390.6 batches are 391 steps.")
    ... def steps(steps):
    ...     return None if to_number(steps) == 391 else "How many batches is that?"
    """
    return lambda judge: Exercise(judge, hints, solution, why)
