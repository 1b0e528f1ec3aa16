"""Where the four MNIST files come from: a folder of yours, the cache, or a mirror. Nothing unchecked gets out."""

import gzip
import hashlib
import os
import struct
import sys
import tempfile
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

import pooch
import requests
import urllib3
from tqdm import tqdm

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
CONNECT_SECONDS = 5  # for each address of a mirror
READ_SECONDS = 10  # for each wait for more bytes
PATIENCE_SECONDS = 30  # after these, a mirror must have sent at least SLOWEST bytes per second
SLOWEST = 50_000

IMAGES_MAGIC, LABELS_MAGIC = 2051, 2049
KIND = {IMAGES_MAGIC: "images", LABELS_MAGIC: "labels"}


@dataclass(frozen=True)
class IdxFile:
    """What one of the four files must hold; `sha256` is that of MNIST's own, decompressed."""

    name: str
    magic: int
    count: int
    sha256: str


FILES = {
    "train_images": IdxFile(
        "train-images-idx3-ubyte",
        IMAGES_MAGIC,
        60_000,
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    "train_labels": IdxFile(
        "train-labels-idx1-ubyte",
        LABELS_MAGIC,
        60_000,
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    "test_images": IdxFile(
        "t10k-images-idx3-ubyte",
        IMAGES_MAGIC,
        10_000,
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    "test_labels": IdxFile(
        "t10k-labels-idx1-ubyte",
        LABELS_MAGIC,
        10_000,
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
}


@dataclass(frozen=True)
class Source:
    """Four checked IDX files, gzip-compressed or plain, and the name of the data set that they hold."""

    name: str
    train_images: str
    train_labels: str
    test_images: str
    test_labels: str


def find(data_dir=None):
    """Finds the four MNIST files and checks their content.

    Tried in this order: `data_dir`, or else the folder in the environment variable `MNIST_DATA_DIR`; without
    either, the cache; what is missing there is downloaded from the first mirror that delivers it.

    Args:
        data_dir: folder with the four IDX files, each as `NAME` or `NAME.gz`; `None` for the order above.

    Returns:
        A `Source`: four paths, and the name `"MNIST"` where all four have the content of MNIST's files, else
        `"your own digits"`.

    Raises:
        FileNotFoundError: the folder, or one of its files, does not exist.
        ValueError: a file is truncated, swapped with another, or no IDX file of 28×28 images or of labels 0 to 9.
        ConnectionError: no mirror delivered the files.
        OSError: the cache folder cannot be written.

    Example:

    >>> files = sources.find("~/mnist")
    >>> files.name
    'MNIST'
    """
    folder = data_dir or os.environ.get("MNIST_DATA_DIR")
    return _from_folder(Path(folder).expanduser()) if folder else _from_cache_or_mirrors()


def make_data_dir_absolute():
    """Makes a relative `MNIST_DATA_DIR` absolute, since notebooks run in a folder of their own.

    Example:

    >>> os.environ["MNIST_DATA_DIR"] = "digits"
    >>> sources.make_data_dir_absolute()
    >>> os.environ["MNIST_DATA_DIR"]
    '/home/ada/digits'
    """
    folder = os.environ.get("MNIST_DATA_DIR")
    if folder and "://" not in folder:
        os.environ["MNIST_DATA_DIR"] = str(Path(folder).expanduser().resolve())


def compression(path):
    """Says how TensorFlow must read a file: `"GZIP"`, or `""` for a plain one.

    Args:
        path: an existing file. Its first bytes decide, whatever its name.

    Returns:
        The `compression_type` for `tf.data.FixedLengthRecordDataset`.

    Example:

    >>> sources.compression("train-images-idx3-ubyte.gz")
    'GZIP'
    """
    with open(path, "rb") as file:
        return "GZIP" if file.read(2) == b"\x1f\x8b" else ""


def cache_folder():
    """Returns the folder (a `Path`) where downloaded files are kept; the system's usual place for caches."""
    return Path(pooch.os_cache("mnist_helpers"))


def _from_folder(folder):
    if not folder.is_dir():
        raise FileNotFoundError(
            f"There is no folder {folder.resolve()}, where the MNIST files should be. Correct data_dir or the "
            f"environment variable MNIST_DATA_DIR, or unset it: the files are then downloaded."
        )
    paths, is_mnist = {}, True
    for role, expected in FILES.items():
        paths[role] = _existing(folder, expected.name)
        content = _read(paths[role])
        again = f" Put the original {expected.name} there, plain or with .gz."
        _check(content, expected, paths[role], again)
        is_mnist = is_mnist and _sha256(content) == expected.sha256
    return Source("MNIST" if is_mnist else "your own digits", **{r: str(p) for r, p in paths.items()})


def _existing(folder, name):
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    found = sorted(path.name for path in folder.iterdir())
    listing = ", ".join(found[:6]) + (", …" if len(found) > 6 else "") if found else "nothing"
    raise FileNotFoundError(
        f"{folder.resolve()} has no file {name} or {name}.gz; it holds: {listing}. Expected are the four files "
        f"{', '.join(file.name for file in FILES.values())}, plain or with .gz. Add the missing one, or unset "
        f"MNIST_DATA_DIR to have them downloaded."
    )


def _from_cache_or_mirrors():
    folder = cache_folder()
    mirrors = list(MIRRORS)
    paths = {}
    for role, expected in FILES.items():
        path = folder / f"{expected.name}.gz"
        if path.is_file() and not _is_mnist(path, expected):
            print(f"The cached file {path} is damaged; downloading it again.")
            path.unlink(missing_ok=True)
        if not path.is_file():
            _download(expected, path, mirrors)
        paths[role] = str(path)
    return Source("MNIST", **paths)


def _is_mnist(path, expected):
    try:
        return _sha256(_read(path)) == expected.sha256
    except ValueError:
        return False


def _download(expected, path, mirrors):
    """Downloads one file into the cache, and puts the mirror that delivered it first in the list `mirrors`.

    pooch moves the file into the cache only after `downloader` found its content right.
    """

    def downloader(url, output_file, _):
        _stream(url, output_file)
        content = _read(output_file, "it")
        _check(content, expected, "it")
        if _sha256(content) != expected.sha256:
            raise ValueError("it is a well-formed file, but not MNIST's (its SHA-256 differs)")

    _check_writable(path.parent)
    failures = []
    pooch.get_logger().setLevel("WARNING")  # its log lines would stand beside the progress bar
    for mirror in list(mirrors):
        url = f"{mirror}{path.name}"
        try:
            pooch.retrieve(url, known_hash=None, fname=path.name, path=path.parent, downloader=downloader)
            mirrors.insert(0, mirrors.pop(mirrors.index(mirror)))
            return
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            failures.append(f"  {url}: {_brief(error)}")
            print(f"{url} did not deliver: {_brief(error)}", flush=True)
    raise ConnectionError(
        "No mirror delivered {}:\n{}\nCheck the network and run the cell again. Or download the four files on "
        "another machine, put them in a folder, and name it in the environment variable MNIST_DATA_DIR.".format(
            path.name, "\n".join(failures)
        )
    )


def _check_writable(folder):
    """Raises an OSError unless a file can be written in the cache folder; makes the folder where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(
            f"The cache folder {folder} cannot be written ({error.strerror or error}). Set the environment variable "
            f"XDG_CACHE_HOME to a folder that can, or name a folder with the four MNIST files in MNIST_DATA_DIR."
        ) from error


def _stream(url, output_file):
    """Saves the bytes of `url`, with a progress bar, and gives up on a server that sends too slowly."""
    start = time.monotonic()
    with (
        requests.get(url, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)) as response,
        open(output_file, "wb") as file,
    ):
        response.raise_for_status()
        size = int(response.headers.get("Content-Length", 0)) or None
        name = url.rsplit("/", 1)[-1]
        with tqdm(desc=name, total=size, unit="B", unit_scale=True, file=sys.stdout) as progress:
            try:
                # read1 returns what has arrived; read would wait, however long, for a whole block.
                while chunk := response.raw.read1(2**16):
                    file.write(chunk)
                    progress.update(len(chunk))
                    seconds = time.monotonic() - start
                    if seconds > PATIENCE_SECONDS and progress.n < SLOWEST * seconds:
                        raise TimeoutError(f"only {progress.n:,} bytes came in {seconds:.0f} s")
            except urllib3.exceptions.HTTPError as error:  # no OSError; requests passes it on from `raw` as it is
                stalled = isinstance(error, urllib3.exceptions.ReadTimeoutError)
                problem = f"nothing more came within {READ_SECONDS} s" if stalled else "the connection broke"
                expected = f" of {size:,}" if size else ""
                raise ConnectionError(f"{problem} after {progress.n:,}{expected} bytes") from error


def _brief(error):
    """One line of an error: requests wraps the cause several layers deep."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS} s"
    if isinstance(error, requests.exceptions.Timeout):
        return f"no answer within {READ_SECONDS} s"
    if isinstance(error, requests.exceptions.HTTPError):
        return f"it answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate was not accepted (behind a proxy, set REQUESTS_CA_BUNDLE to the proxy's certificate)"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy refused (see the environment variable HTTPS_PROXY)"
    if isinstance(error, requests.exceptions.ConnectionError):
        return "no connection"
    return str(error)


def _read(path, where=None):
    """Reads a file's content, decompressed where it is compressed; `where` is how an error calls the file."""
    opener = gzip.open if compression(path) else open
    try:
        with opener(path, "rb") as file:
            return file.read()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f"{where or path} is a damaged or truncated gzip file ({error}). Expected is a whole one; copy or "
            f"download it again."
        ) from error


def _sha256(content):
    return hashlib.sha256(content).hexdigest()


def _check(content, expected, where, again=""):
    """Raises a ValueError unless `content` is an IDX file with the header and the length that are `expected`.

    The message begins with `where` and ends with `again`: what to do.
    """
    if content.lstrip()[:1] == b"<":
        raise ValueError(f"{where} holds a web page (a login page?), not the IDX file {expected.name}.{again}")
    header_bytes = 16 if expected.magic == IMAGES_MAGIC else 8
    if len(content) < header_bytes:
        raise ValueError(f"{where} has {len(content)} bytes, less than an IDX header ({header_bytes}).{again}")
    magic, count = struct.unpack(">II", content[:8])
    if magic != expected.magic:
        raise ValueError(
            f"{where} begins with the magic number {magic} ({KIND.get(magic, 'not an MNIST file')}); expected is "
            f"{expected.magic} ({KIND[expected.magic]}). Are two files swapped?{again}"
        )
    if count != expected.count:
        raise ValueError(
            f"{where} holds {count:,} {KIND[magic]}; expected are {expected.count:,}. Are the training and the "
            f"test files swapped?{again}"
        )
    record_bytes = 1
    if magic == IMAGES_MAGIC:
        rows, columns = struct.unpack(">II", content[8:16])
        if (rows, columns) != (28, 28):
            raise ValueError(f"{where} holds images of {rows}×{columns} pixels; expected are 28×28.{again}")
        record_bytes = 28 * 28
    length = header_bytes + count * record_bytes
    if len(content) != length:
        problem = "truncated" if len(content) < length else "too long"
        raise ValueError(f"{where} is {problem}: {len(content):,} bytes; expected are {length:,}.{again}")
    if magic == LABELS_MAGIC and max(content[header_bytes:]) > 9:
        raise ValueError(f"{where} has a label {max(content[header_bytes:])}; expected are 0 to 9.{again}")
