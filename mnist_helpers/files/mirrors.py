"""Downloads a file from the first mirror that delivers it, and says in one line why another did not."""

import os
import queue
import ssl
import threading
import time
from pathlib import Path

import requests
import urllib3

from mnist_helpers import console

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
CONNECT_SECONDS = 1.5  # for each address of a mirror: where IPv6 leads nowhere, IPv4 still gets its turn
READ_SECONDS = 10  # for the first byte, and for each wait for more
PATIENCE_SECONDS = 10  # in each such span, a mirror must send at least SLOWEST bytes per second
SLOWEST = 50_000
REFUSES_HEAD = (405, 501)  # a server may answer so to HEAD, and still deliver the file
NOT_YET_VALID, EXPIRED, FIRST_STRICT = 9, 10, 80  # OpenSSL's codes; from 80 on, those of its strict checks


class MirrorError(Exception):
    """A mirror did not deliver a file; the message says in a few words why."""


def answering(name, seconds):
    """Asks all mirrors at once for a file's headers, and prints a line for each that cannot deliver it.

    Args:
        name: the file's name.
        seconds: how long to wait for all answers together.

    Returns:
        A list of the mirrors worth a download, in the order of `MIRRORS`.

    Example:

    >>> mirrors.answering("t10k-labels-idx1-ubyte.gz", seconds=5)
    https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz did not deliver: no connection
    ['https://ossci-datasets.s3.amazonaws.com/mnist/']
    """
    urls = [f"{mirror}{name}" for mirror in MIRRORS]
    answers = _ask("HEAD", urls, seconds)
    mirrors = []
    for mirror, url in zip(MIRRORS, urls, strict=True):
        problem = _problem(answers[url])
        if problem is None or getattr(answers[url], "status_code", None) in REFUSES_HEAD:
            mirrors.append(mirror)
        else:
            _say(url, problem)
    return mirrors


def fetch(name, folder, mirrors, check):
    """Downloads a file from the first mirror that delivers it, and prints a line for each that does not.

    Args:
        name: the file's name.
        folder: where to. Where no mirror delivers, a part of the file may be left there.
        mirrors: list of mirrors. Those that do not deliver are removed: they are not asked for the next file.
        check: function of a path that raises a `ValueError` where that file is not the right one.

    Returns:
        The mirror that delivered, or `None`.

    Raises:
        OSError: the file cannot be written.

    Example:

    >>> mirrors.fetch("t10k-labels-idx1-ubyte.gz", "build", mirrors, check=print)
    'https://ossci-datasets.s3.amazonaws.com/mnist/'
    """
    path = Path(folder) / name
    while mirrors:
        url = f"{mirrors[0]}{name}"
        try:
            _stream(url, path)
            check(path)
            return mirrors[0]
        except (MirrorError, ValueError) as error:
            _say(url, error)
            del mirrors[0]
    return None


def _say(url, problem):
    console.say(f"{url} did not deliver: {problem}")


def _ask(method, urls, seconds):
    """Asks all `urls` at once; returns `{url: response, or the error that came instead}` after `seconds` at most."""
    # Threads by hand, since a name lookup can neither be interrupted nor given a time limit: requests, and what builds
    # on it as pooch does, would wait for it in silence, and so would a pool of threads when Python exits.
    arrived = queue.SimpleQueue()

    def ask(url):
        try:
            answer = requests.request(method, url, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS))
        except Exception as error:
            answer = error
        arrived.put((url, answer))

    for url in urls:
        threading.Thread(target=ask, args=(url,), daemon=True).start()
    answers = dict.fromkeys(urls, TimeoutError(f"no answer within {seconds} s"))
    deadline = time.monotonic() + seconds
    try:
        for _ in urls:
            url, answer = arrived.get(timeout=max(0, deadline - time.monotonic()))
            answers[url] = answer
    except queue.Empty:
        pass  # who has not answered by now keeps the TimeoutError
    return answers


def _problem(answer):
    """In a few words what is wrong with a response, or with the error in its place; `None` for a good response."""
    if isinstance(answer, requests.Response):
        return None if answer.ok else f"it answered {answer.status_code} {answer.reason}"
    if isinstance(answer, requests.exceptions.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS} s"
    if isinstance(answer, requests.exceptions.Timeout):
        return f"no answer within {READ_SECONDS} s"
    if isinstance(answer, requests.exceptions.SSLError):
        return _certificate_problem(answer)
    if isinstance(answer, requests.exceptions.ProxyError):
        return "the proxy refused (see the environment variable HTTPS_PROXY)"
    if isinstance(answer, requests.exceptions.ConnectionError):
        return "no connection"
    return str(answer)


def _certificate_problem(error):
    """Why a certificate was refused, in OpenSSL's words, and what to do about it."""
    variable = next((name for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if os.environ.get(name)), None)
    bundle = os.environ.get(variable or "")
    if variable and os.path.isfile(bundle):
        try:
            ssl.create_default_context(cafile=bundle)
        except PermissionError as refusal:
            return f"{variable} names {bundle}, which can't be read: {refusal.strerror}"
        except ssl.SSLError as refusal:
            return (
                f"{variable} names {bundle}, and OpenSSL can't read it: {refusal.reason or refusal}. Expected is PEM, "
                f"a text with the line -----BEGIN CERTIFICATE-----; from the binary DER format, this makes it: "
                f"openssl x509 -inform der -in {bundle} -out certificate.pem"
            )
    refusal = _refusal(error)
    words = getattr(refusal, "verify_message", "") or getattr(refusal, "reason", "") or refusal
    if not isinstance(refusal, ssl.SSLCertVerificationError):
        return f"no secure connection: {words} (is a login page or a proxy in between?)"
    code = refusal.verify_code
    if code in (EXPIRED, NOT_YET_VALID):
        advice = "is this machine's clock right?"
    elif code >= FIRST_STRICT:
        advice = "Python 3.13 and later check more strictly than earlier ones; whoever issued it can mend it"
    elif variable:
        advice = f"it was checked against the certificates in {variable}, {bundle}: is the issuer's among them?"
    else:
        advice = "behind a proxy, set REQUESTS_CA_BUNDLE to the proxy's certificate"
    return f"its certificate was refused: {words} ({advice})"


def _refusal(error):
    """OpenSSL's own error, which others wrap several times."""
    while not isinstance(error, ssl.SSLError):
        inner = [error.__cause__, getattr(error, "reason", None), *error.args]
        inner = next((value for value in inner if isinstance(value, Exception)), None)
        if inner is None:
            break
        error = inner
    return error


def _stream(url, output_file):
    """Saves the bytes of `url`, with a progress bar, and gives up on a server that sends too slowly."""
    response = _ask("GET", [url], READ_SECONDS)[url]
    if problem := _problem(response):
        raise MirrorError(problem)
    size = int(response.headers.get("Content-Length", 0)) or None
    name = url.rsplit("/", 1)[-1]
    with (
        response,
        open(output_file, "wb") as file,
        console.progress(desc=name, total=size, unit="B", unit_scale=True) as progress,
    ):
        span_start, span_bytes = time.monotonic(), 0
        try:
            # read1 returns what has arrived; read would wait, however long, for a whole block.
            while chunk := response.raw.read1(2**16):
                file.write(chunk)
                progress.update(len(chunk))
                span_bytes += len(chunk)
                seconds = time.monotonic() - span_start
                if seconds > PATIENCE_SECONDS:
                    if span_bytes < SLOWEST * seconds:
                        raise MirrorError(f"only {span_bytes:,} bytes came in {seconds:.0f} s")
                    span_start, span_bytes = time.monotonic(), 0
        except urllib3.exceptions.HTTPError as error:  # requests passes it on from `raw` as it is
            stalled = isinstance(error, urllib3.exceptions.ReadTimeoutError)
            problem = f"nothing more came within {READ_SECONDS} s" if stalled else "the connection broke"
            expected = f" of {size:,}" if size else ""
            raise MirrorError(f"{problem} after {progress.n:,}{expected} bytes") from error
