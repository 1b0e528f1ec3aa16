"""Files in Google Cloud Storage, `gs://bucket/folder/file`, read by TensorFlow's own client."""

import concurrent.futures
import os
import re
import threading
from pathlib import Path

DEADLINE_SECONDS = 45  # for one object, whatever the client's own time-outs and retries add up to

# By default the client waits a minute or more for a silent server, tries ten times more with ever longer pauses, and
# asks for 64 MB where two bytes are wanted. A dataset of images and labels waits for both, so twice.
SETTINGS = {
    "GCS_REQUEST_CONNECTION_TIMEOUT_SECS": "5",
    "GCS_REQUEST_IDLE_TIMEOUT_SECS": "8",  # without a further byte
    "GCS_METADATA_REQUEST_TIMEOUT_SECS": "8",  # for the description of an object, before its content is read
    "GCS_READ_REQUEST_TIMEOUT_SECS": "40",
    "GCS_RETRY_CONFIG_MAX_RETRIES": "1",
    "GCS_READ_CACHE_BLOCK_SIZE_MB": "4",
}
MACHINE = Path("/sys/class/dmi/id/product_name")  # "Google Compute Engine" on Google's machines, Colab's included

ELSEWHERE = "copy the four files to a folder on this machine, and name it in data_dir or MNIST_DATA_DIR."
TRY_AGAIN = "Check the network and run the cell again."
LOG_IN_TO_NETWORK = "Open a page in a browser: the network may want you to log in first."

# What an error of the client says (the first row that is found in it counts), and for the reader: the kind of error,
# what came or what is wrong, and what to do.
EXPLANATIONS = (
    (
        "^NotFoundError|^InvalidArgumentError",
        FileNotFoundError,
        "there is no such object",
        "Correct the names of the bucket and the folder.",
    ),
    (
        "^PermissionDeniedError",
        PermissionError,
        "you may not read it, or it is not there",
        # The client does not look again for credentials that it once failed to get.
        "With an account that may: log in (in Colab: from google.colab import auth; auth.authenticate_user(); "
        "elsewhere: gcloud auth application-default login), then restart the kernel.",
    ),
    (
        "^UnimplementedError",
        ConnectionError,
        "this TensorFlow has no client for such addresses",
        "pip install tensorflow-io-gcs-filesystem (made for Python up to 3.12, on Windows up to 3.11), restart, and "
        "import tensorflow_io_gcs_filesystem first.",
    ),
    ("libcurl code 6 ", ConnectionError, "the names of Google's servers are not known here", TRY_AGAIN),
    ("libcurl code 7 ", ConnectionError, "there is no connection to Google's servers", TRY_AGAIN),
    ("libcurl code (28|42) ", ConnectionError, "no answer came, or it stopped", TRY_AGAIN),
    ("libcurl code 18 ", ConnectionError, "the connection broke before the end of the object", TRY_AGAIN),
    (
        "libcurl code (35|60) ",
        ConnectionError,
        "the server's certificate was not accepted",
        "Behind a proxy, set the environment variable CURL_CA_BUNDLE to a file with the proxy's certificate.",
    ),
    (
        "libcurl code 77 ",
        ConnectionError,
        "TensorFlow has no certificates to know the server by",
        "Set the environment variable CURL_CA_BUNDLE to the file that python -m certifi names.",
    ),
    (
        "HTTP response code 30|JSON response",
        ConnectionError,
        "something else came than the description of an object (a login page?)",
        LOG_IN_TO_NETWORK,
    ),
    (
        "contents are inconsistent",
        ConnectionError,
        "less came than the description of the object says (a truncated object, or a login page?)",
        LOG_IN_TO_NETWORK,
    ),
    ("HTTP response code", ConnectionError, "the server failed", "Run the cell again later."),
    ("", ConnectionError, "TensorFlow's client failed (what it said stands above)", TRY_AGAIN),
)


def is_bucket(folder):
    """Says whether a folder lies in Google Cloud Storage.

    Args:
        folder: string or path.

    Returns:
        `True` if it starts with `gs://`.

    Example:

    >>> buckets.is_bucket("gs://my-bucket/mnist")
    True
    """
    return os.fsdecode(folder).startswith("gs://")


def configure():
    """Makes TensorFlow's client give up within a minute, through the environment variables in `SETTINGS`.

    Those that you have set stay as they are. The client reads them once, when TensorFlow is loaded: run this before.

    Example:

    >>> buckets.configure()
    >>> import tensorflow as tf
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)


def read(url):
    """Reads a whole object, as it is stored: a compressed one stays compressed.

    Args:
        url: `gs://bucket/folder/file`.

    Returns:
        Its content, `bytes`.

    Raises:
        FileNotFoundError: there is no such object.
        PermissionError: it may not be read, or not without logging in.
        ConnectionError: within `DEADLINE_SECONDS` no answer came, or not the whole object; or this TensorFlow has no
            client for `gs://`.

    Example:

    >>> content = buckets.read("gs://my-bucket/mnist/t10k-labels-idx1-ubyte.gz")
    >>> content[:2]
    b'\\x1f\\x8b'
    """

    def whole(gfile):
        size = gfile.stat(url).length
        with gfile.GFile(url, "rb") as file:
            content = file.read(size + 1)  # one byte more, which an object that was replaced may have
        if len(content) != size:
            came = f"{len(content):,}" if len(content) < size else "more"
            raise _error(
                url,
                ConnectionError,
                f"{came} bytes came, {size:,} were expected (was it replaced just now?)",
                "Run the cell again.",
            )
        return content

    return _in_time(url, whole)


def first_bytes(url, count):
    """Reads the beginning of an object.

    Args:
        url: `gs://bucket/folder/file`.
        count: how many bytes.

    Returns:
        The first `count` bytes of its content, or all where it has less.

    Raises:
        FileNotFoundError, PermissionError, ConnectionError: as `read` does.

    Example:

    >>> buckets.first_bytes("gs://my-bucket/mnist/t10k-labels-idx1-ubyte", 4)
    b'\\x00\\x00\\x08\\x01'
    """

    def beginning(gfile):
        with gfile.GFile(url, "rb") as file:
            return file.read(count)

    return _in_time(url, beginning)


def _in_time(url, action):
    """Returns `action(tf.io.gfile)`, or raises an OSError that tells the reader what came and what to do.

    The client cannot be interrupted, so it works in a thread that is left behind when the time is over.
    """
    configure()
    # Without other credentials the client asks a server that only Google's machines have, and elsewhere may wait for
    # minutes. A public bucket needs none.
    if not (MACHINE.is_file() and "Google" in MACHINE.read_text()):
        os.environ.setdefault("NO_GCE_CHECK", "true")
    import tensorflow as tf  # here, since most readers have no bucket

    outcome = concurrent.futures.Future()

    def work():
        try:
            outcome.set_result(action(tf.io.gfile))
        except Exception as error:
            outcome.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        return outcome.result(timeout=DEADLINE_SECONDS)
    except concurrent.futures.TimeoutError:
        came = f"it did not arrive within {DEADLINE_SECONDS} s"
        raise _error(url, ConnectionError, came, f"{TRY_AGAIN} Compressed files arrive sooner.") from None
    except tf.errors.OpError as error:
        said = f"{type(error).__name__}: {error.message}"
        kind, came, advice = next(row[1:] for row in EXPLANATIONS if re.search(row[0], said))
        if answer := re.search(r"HTTP response code (\d+)", said):
            came += f" (HTTP status {answer[1]})"
        raise _error(url, kind, came, advice) from error


def _error(url, kind, came, advice):
    return kind(f"{url} could not be read: {came}. {advice} Or {ELSEWHERE}")
