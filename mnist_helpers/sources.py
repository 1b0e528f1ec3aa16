"""Where the four files come from: a folder of yours, the cache, a mirror, or practice digits. All are checked."""

import contextlib
import functools
import gzip
import hashlib
import os
import struct
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pooch
from tqdm import tqdm

from mnist_helpers import buckets, cache, downloads, practice

PROBE_SECONDS = 5  # for the mirrors to answer at all
SHORT_PROBE_SECONDS = 1.5  # the same, where practice digits lie ready
PRACTICE = "practice digits"
WRITERS = 7_000  # of ten practice digits each: the last 1,000 write the test digits
WRITERS_IN_A_CHUNK = 100

NO_MNIST = """\
You are working with practice digits. This package drew them; they are nobody's handwriting.
What you reach on them can't be compared with results on MNIST.
For MNIST, connect to the internet and restart the kernel. Or name a folder with its four files in MNIST_DATA_DIR."""

IMAGES_MAGIC, LABELS_MAGIC = 2051, 2049
GZIP_MAGIC = b"\x1f\x8b"
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
    """Four checked IDX files, gzip-compressed or plain; the name of their data set, and in words where it is from."""

    name: str
    origin: str
    train_images: str
    train_labels: str
    test_images: str
    test_labels: str


_found = {}  # by where they come from: within one process the digits stay the same, whatever becomes of the network


def find(data_dir=None):
    """Finds the four files and checks their content.

    Tried in this order: `data_dir`, or else the folder in the environment variable `MNIST_DATA_DIR`; without
    either, MNIST in the cache, then MNIST from the first mirror that delivers it, then practice digits, which this
    package draws. Says in a few lines what was tried where MNIST had to be looked for.

    Args:
        data_dir: folder with the four IDX files, each as `NAME` or `NAME.gz`, on this machine or in a bucket
            (`"gs://bucket/folder"`); `"practice digits"` for these; `None` for the order above.

    Returns:
        A `Source`: four paths; the name `"MNIST"` where all four have the content of MNIST's files, else
        `"practice digits"` or `"your own digits"`; and the origin, such as `"from the cache"`.

    Raises:
        FileNotFoundError: the folder, or one of its files, does not exist.
        ValueError: a file is truncated, swapped with another, or no IDX file of 28×28 images or of labels 0 to 9.
        PermissionError, ConnectionError: a bucket does not deliver (see `buckets.read`).
        OSError: neither the cache nor a temporary folder can be written.

    Example:

    >>> files = sources.find("~/mnist")
    >>> files.name, files.origin
    ('MNIST', 'from your folder')
    """
    folder = data_dir or os.environ.get("MNIST_DATA_DIR")
    if not folder or folder == PRACTICE:
        bring = _practice if folder else _from_cache_mirrors_or_practice
        key = (bring, cache_folder())
        if key not in _found or not all(map(os.path.exists, _paths(_found[key]))):
            _found[key] = bring(cache_folder())
        return _found[key]
    if buckets.is_bucket(folder):
        if folder not in _found:
            _found[folder] = _from_named_folder(str(folder).rstrip("/"), "from your bucket", _read_object)
        return _found[folder]
    return _from_named_folder(Path(folder).expanduser(), "from your folder", _read_file)


def _paths(source):
    return [getattr(source, role) for role in FILES]


def make_data_dir_absolute():
    """Makes a relative `MNIST_DATA_DIR` absolute, since notebooks run in a folder of their own.

    Example:

    >>> os.environ["MNIST_DATA_DIR"] = "digits"
    >>> sources.make_data_dir_absolute()
    >>> os.environ["MNIST_DATA_DIR"]
    '/home/ada/digits'
    """
    folder = os.environ.get("MNIST_DATA_DIR")
    if folder and folder != PRACTICE and not buckets.is_bucket(folder):
        os.environ["MNIST_DATA_DIR"] = str(Path(folder).expanduser().resolve())


def compression(path):
    """Says how TensorFlow must read a file: `"GZIP"`, or `""` for a plain one.

    Args:
        path: an existing file, on this machine or in a bucket. Its first bytes decide, whatever its name.

    Returns:
        The `compression_type` for `tf.data.FixedLengthRecordDataset`.

    Example:

    >>> sources.compression("train-images-idx3-ubyte.gz")
    'GZIP'
    """
    if buckets.is_bucket(path):
        start = buckets.first_bytes(path, len(GZIP_MAGIC))
    else:
        with open(path, "rb") as file:
            start = file.read(len(GZIP_MAGIC))
    return "GZIP" if start == GZIP_MAGIC else ""


def cache_folder():
    """Returns the folder (a `Path`) where downloaded and drawn files are kept; the system's usual place for caches."""
    return Path(pooch.os_cache("mnist_helpers"))


# --- a folder that you named: any problem is an error ---


def _from_named_folder(folder, origin, read):
    """Checks the files in `folder`; `read` takes it and a file's name, and returns the file's path and its bytes."""
    paths, is_mnist = {}, True
    slow = buckets.is_bucket(folder)
    for role, expected in tqdm(FILES.items(), desc=str(folder), unit="file", file=sys.stdout, disable=not slow):
        path, packed = read(folder, expected.name)
        content = _unpacked(packed, path)
        _check(content, expected, path, f" Put the original {expected.name} there, plain or with .gz.")
        is_mnist = is_mnist and _sha256(content) == expected.sha256
        paths[role] = str(path)
    return Source("MNIST" if is_mnist else "your own digits", origin, **paths)


def _read_file(folder, name):
    if not folder.is_dir():
        raise FileNotFoundError(
            f"There is no folder {folder.resolve()}, where the MNIST files should be. Correct data_dir or the "
            f"environment variable MNIST_DATA_DIR, or unset it: the files are then downloaded."
        )
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path, path.read_bytes()
    found = sorted(path.name for path in folder.iterdir())
    listing = ", ".join(found[:6]) + (", …" if len(found) > 6 else "") if found else "nothing"
    raise FileNotFoundError(
        f"{folder.resolve()} has no file {name} or {name}.gz; it holds: {listing}. {_expected_files()}"
    )


def _read_object(folder, name):
    refusal = None
    for url in (f"{folder}/{name}", f"{folder}/{name}.gz"):
        try:
            return url, buckets.read(url)
        except FileNotFoundError:
            pass
        except PermissionError as error:  # also what a bucket answers that does not say which objects it lacks
            refusal = error
    raise refusal or FileNotFoundError(f"{folder} has no object {name} or {name}.gz. {_expected_files()}")


def _expected_files():
    return (
        f"Expected are the four files {', '.join(file.name for file in FILES.values())}, plain or with .gz. Add the "
        f"missing one, or unset MNIST_DATA_DIR to have them downloaded."
    )


# --- the cache, the mirrors, practice digits ---


def _from_cache_mirrors_or_practice(folder):
    cached = _checked(folder, _check_mnist)
    if len(cached) == len(FILES):
        return Source("MNIST", "from the cache", **cached)
    missing = [f"{expected.name}.gz" for role, expected in FILES.items() if role not in cached]
    for name in missing:
        if os.path.exists(folder / name):
            print(f"The cached file {folder / name} is damaged; downloading it again.")
    ready = _cached_practice(folder)
    print(f"MNIST is not on this machine yet; asking {' and '.join(map(_host, downloads.MIRRORS))} for it.", flush=True)
    mirrors = downloads.answering(missing[0], SHORT_PROBE_SECONDS if ready else PROBE_SECONDS)

    def download(place, unfinished):
        return _downloaded(folder, mirrors, place, unfinished)

    source = (cache.write(folder, download) if mirrors else None) or _practice(folder)
    if source.name == PRACTICE:
        print(NO_MNIST, flush=True)
    return source


def _practice(folder):
    """Practice digits: those in the cache `folder`, or new ones."""
    draw_once = functools.cache(
        draw_practice_digits
    )  # where the cache turns out to be full, another folder gets the same files

    def draw(place, unfinished):  # by now, another process may have drawn them
        return _cached_practice(folder) or _drawn(draw_once, place, unfinished)

    return _cached_practice(folder) or cache.write(folder, draw)


def _checked(folder, check):
    """The files in `folder` that pass `check`, as `{role: path}`; one that is damaged counts as missing."""
    paths = {}
    for role, expected in FILES.items():
        path = folder / f"{expected.name}.gz"
        with contextlib.suppress(OSError, ValueError):
            check(path, expected)
            paths[role] = str(path)
    return paths


def _check_mnist(path, expected):
    content = _unpacked(Path(path).read_bytes(), "it")
    _check(content, expected, "it")
    if _sha256(content) != expected.sha256:
        raise ValueError("it is a well-formed file, but not MNIST's (its SHA-256 differs)")


def _check_digits(path, expected):
    _check(_unpacked(path.read_bytes(), path), expected, path)


def _host(mirror):
    return urlsplit(mirror).hostname


def _downloaded(folder, mirrors, place, unfinished):
    """MNIST from the cache `folder` and, into `place`, from `mirrors`; `None` where no mirror delivers a file."""
    paths = _checked(folder, _check_mnist)  # by now, another process may have brought them
    hosts = []
    for role, expected in FILES.items():
        if role not in paths:
            name = f"{expected.name}.gz"
            mirror = downloads.fetch(name, unfinished, mirrors, functools.partial(_check_mnist, expected=expected))
            if mirror is None:
                return None
            os.replace(unfinished / name, place / name)
            paths[role] = str(place / name)
            hosts.append(_host(mirror))
    origin = f"from {' and '.join(dict.fromkeys(hosts))}" if hosts else "from the cache"
    return Source("MNIST", origin, **paths)


def _practice_folder(folder):
    return folder / f"practice-{practice.VERSION}"


def _cached_practice(folder):
    paths = _checked(_practice_folder(folder), _check_digits)
    return _practice_source(paths) if len(paths) == len(FILES) else None


def _practice_source(paths):
    return Source(PRACTICE, "drawn by this package", **paths)


def draw_practice_digits():
    """Draws all practice digits, with a progress bar.

    Returns:
        The four IDX files, compressed: dictionary from the keys of `FILES` to bytes.

    Example:

    >>> files = sources.draw_practice_digits()
    """
    chunks = [range(first, first + WRITERS_IN_A_CHUNK) for first in range(0, WRITERS, WRITERS_IN_A_CHUNK)]
    images, classes = [], []
    with (
        ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool,
        tqdm(desc="Drawing practice digits", total=10 * WRITERS, unit=" digits", file=sys.stdout) as progress,
    ):
        for chunk_images, chunk_classes in pool.map(practice.digits, chunks):
            images.append(chunk_images)
            classes.append(chunk_classes)
            progress.update(len(chunk_classes))
    train_count = FILES["train_images"].count
    records = {}
    records["train_images"], records["test_images"] = np.split(np.concatenate(images), [train_count])
    records["train_labels"], records["test_labels"] = np.split(np.concatenate(classes), [train_count])
    files = {}
    for role, expected in FILES.items():
        header = struct.pack(">IIII", expected.magic, expected.count, 28, 28)[: _header_bytes(expected)]
        files[role] = gzip.compress(header + records[role].tobytes(), compresslevel=1, mtime=0)
    return files


def _drawn(draw, place, unfinished):
    """The four practice files, drawn and kept in `place`."""
    folder = _practice_folder(place)
    if os.path.exists(folder):
        print(f"The practice digits in {folder} are damaged; drawing them again.", flush=True)
    files = draw()
    folder.mkdir(exist_ok=True)
    paths = {}
    for role, content in files.items():
        name = f"{FILES[role].name}.gz"
        (unfinished / name).write_bytes(content)
        os.replace(unfinished / name, folder / name)
        paths[role] = str(folder / name)
    return _practice_source(paths)


# --- the content of a file ---


def _unpacked(packed, where):
    """A file's content, decompressed where it is compressed; `where` is how an error calls the file."""
    if not packed.startswith(GZIP_MAGIC):
        return packed
    try:
        return gzip.decompress(packed)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f"{where} is a damaged or truncated gzip file ({error}). Expected is a whole one; copy or download it "
            f"again."
        ) from error


def _sha256(content):
    return hashlib.sha256(content).hexdigest()


def _header_bytes(expected):
    return 16 if expected.magic == IMAGES_MAGIC else 8


def _check(content, expected, where, again=""):
    """Raises a ValueError unless `content` is an IDX file with the header and the length that are `expected`.

    The message begins with `where` and ends with `again`: what to do.
    """
    if content.lstrip()[:1] == b"<":
        raise ValueError(f"{where} holds a web page (a login page?), not the IDX file {expected.name}.{again}")
    header_bytes = _header_bytes(expected)
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
