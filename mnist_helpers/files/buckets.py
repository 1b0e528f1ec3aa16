"""Files in Google Cloud Storage, `gs://bucket/folder/file`, read by TensorFlow's own client."""

import concurrent.futures
import os
import re
import threading
from pathlib import Path

DEADLINE_SECONDS = 45  # for one object, whatever the client's own time-outs and retries add up to

# By default the client waits a minute or more for a silent server, and tries ten times more with ever longer pauses.
SETTINGS = {
    "GCS_REQUEST_CONNECTION_TIMEOUT_SECS": "5",
    "GCS_REQUEST_IDLE_TIMEOUT_SECS": "8",  # without a further byte
    "GCS_METADATA_REQUEST_TIMEOUT_SECS": "8",  # for the description of an object, before its content is read
    "GCS_READ_REQUEST_TIMEOUT_SECS": "40",
    "GCS_RETRY_CONFIG_MAX_RETRIES": "1",
}
MACHINE = Path("/sys/class/dmi/id/product_name")  # "Google Compute Engine" on Google's machines, Colab's included

CERTIFICATES = (
    "It was checked against the certificates in CURL_CA_BUNDLE, {}: is that file there, is it PEM (a text with the "
    "line -----BEGIN CERTIFICATE-----), and is the issuer's among them?"
)
ELSEWHERE = "copy the four files to a folder on this machine, and name it in data_dir or MNIST_DATA_DIR."
TRY_AGAIN = "Check the network and run the cell again."
TOO_LITTLE = "less came than the description of the object says (a truncated object, or a login page?)"
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
        "the server's certificate was refused",
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
        TOO_LITTLE,
        LOG_IN_TO_NETWORK,
    ),
    ("HTTP response code", ConnectionError, "the server failed", "Run the cell again later."),
    ("", ConnectionError, "TensorFlow's client failed (what it said stands above)", TRY_AGAIN),
)


def is_bucket(folder):
    """Says whether a folder lies in Google Cloud Storage.

    Args:
        folder: string or path; of an address, only a string keeps its two slashes.

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

    configure()
    # Without other credentials the client asks a server that only Google's machines have, and elsewhere may wait for
    # minutes. A public bucket needs none.
    if not (MACHINE.is_file() and "Google" in MACHINE.read_text()):
        os.environ.setdefault("NO_GCE_CHECK", "true")
    import tensorflow as tf  # here, since most readers have no bucket

    outcome = concurrent.futures.Future()

    def work():
        try:
            size = tf.io.gfile.stat(url).length
            with tf.io.gfile.GFile(url, "rb") as file:
                outcome.set_result((size, file.read(size + 1)))  # one byte more: was it replaced by a longer one?
        except Exception as error:
            outcome.set_exception(error)

    # A thread by hand: the client can't be interrupted, so it is left behind when the time is over. Python would wait
    # for a pool's threads when it exits.
    threading.Thread(target=work, daemon=True).start()
    try:
        size, content = outcome.result(timeout=DEADLINE_SECONDS)
    except concurrent.futures.TimeoutError:
        came = f"it did not arrive within {DEADLINE_SECONDS} s"
        raise _error(url, ConnectionError, came, f"{TRY_AGAIN} Compressed files arrive sooner.") from None
    except tf.errors.OpError as error:
        raise _explained(url, f"{type(error).__name__}: {error.message}") from error
    if len(content) < size:
        raise _error(url, ConnectionError, TOO_LITTLE, LOG_IN_TO_NETWORK)
    if len(content) > size:
        came = f"more bytes came than the {size:,} that were expected (was it replaced just now?)"
        raise _error(url, ConnectionError, came, "Run the cell again.")
    return content


def _explained(url, said):
    """The error for the reader, from what an error of the client says."""
    kind, came, advice = next(row[1:] for row in EXPLANATIONS if re.search(row[0], said))
    if answer := re.search(r"HTTP response code (\d+)", said):
        came += f" (HTTP status {answer[1]})"
    if "certificate" in came and (bundle := os.environ.get("CURL_CA_BUNDLE")):
        advice = CERTIFICATES.format(bundle)
    return _error(url, kind, came, advice)


def _error(url, kind, came, advice):
    return kind(f"{url} could not be read: {came}. {advice} Or {ELSEWHERE}")
