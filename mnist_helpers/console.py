"""Lines and progress bars, on whatever standard output a process has."""

import contextlib
import sys

from tqdm import tqdm


def say(text):
    """Prints a text at once. A letter that the output's encoding lacks becomes a question mark, not an error.

    Example:

    >>> console.say("✓ 92.31 % of the test digits")
    ✓ 92.31 % of the test digits
    """
    try:
        print(text, flush=True)
    except UnicodeEncodeError:
        print(text.encode(sys.stdout.encoding, "replace").decode(sys.stdout.encoding), flush=True)


def progress(**options):
    """Returns a progress bar on standard output; where a process has none, a bar that nobody sees.

    Args:
        options: as for `tqdm.tqdm`.

    Example:

    >>> with console.progress(desc="Drawing", total=70_000) as bar:
    ...     bar.update(1_000)
    """
    return tqdm(file=sys.stdout, disable=sys.stdout is None, **options)


def forgive_encoding():
    """Lets any `print` of this process replace letters that the output's encoding lacks, such as × in a code page.

    Example:

    >>> console.forgive_encoding()
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):  # a notebook's stream takes all; a closed one takes none
            stream.reconfigure(errors="replace")
