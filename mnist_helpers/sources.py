"""Where the four files come from: a folder of yours, the cache, a mirror, or practice digits. All are checked."""

import contextlib
import functools
import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from mnist_helpers import console, practice, practice_files
from mnist_helpers.files import buckets, cache, idx, mirrors

PROBE_SECONDS = 5  # for the mirrors to answer at all
SHORT_PROBE_SECONDS = 1.5  # the same, where practice digits lie ready
PRACTICE = "practice digits"

NO_MNIST = """\
You are working with practice digits. This package drew them; they are nobody's handwriting.
What you reach on them can't be compared with results on MNIST.
For MNIST, connect to the internet and restart the kernel. Or name a folder with its four files in MNIST_DATA_DIR."""


@dataclass(frozen=True)
class Source:
    """Four checked IDX files, gzip-compressed or plain; the name of their data set, and in words where it is from."""

    name: str
    origin: str
    train_images: str
    train_labels: str
    test_images: str
    test_labels: str


_found = {}  # by what was asked for; within one process the digits stay the same, whatever becomes of the network
_in_use = None  # what `use` found last


def find(data_dir=None):
    """Finds the four files and checks their content.

    Tried in this order: `data_dir`, or else the folder in the environment variable `MNIST_DATA_DIR`; without
    either, MNIST in the cache, then MNIST from the first mirror that delivers it, then practice digits, which this
    package draws. Says in a few lines what was tried where MNIST had to be looked for.

    Args:
        data_dir: folder with the four IDX files, plain or with `.gz`, on this machine or in a bucket
            (`"gs://bucket/folder"`), which is fetched into the cache once; `"practice digits"` for these; `None` for
            the order above.

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
    wanted = data_dir or os.environ.get("MNIST_DATA_DIR")
    if not wanted:
        bring = _from_cache_mirrors_or_practice
    elif wanted == PRACTICE:
        bring = _practice
    elif buckets.is_bucket(wanted):
        wanted = os.fsdecode(wanted).rstrip("/")
        bring = functools.partial(_from_bucket, wanted)
    else:
        return _from_folder(Path(os.path.abspath(os.path.expanduser(wanted))))
    key = wanted or "anywhere"
    if key not in _found or not all(map(os.path.exists, _paths(_found[key]))):
        _found[key] = bring(cache_folder())
    return _found[key]


def use(data_dir=None):
    """Finds the four files as `find` does, and remembers them as the ones in use.

    Example:

    >>> sources.use("practice digits").name == sources.in_use().name
    True
    """
    global _in_use
    _in_use = find(data_dir)
    return _in_use


def in_use():
    """Returns the `Source` that `use` found last; `None` before the first time."""
    return _in_use


def forget():
    """For tests: forgets what was found and what is in use, as if this process had just begun.

    Example:

    >>> sources.forget()
    >>> sources.in_use() is None
    True
    """
    global _in_use
    _in_use = None
    _found.clear()


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
        os.environ["MNIST_DATA_DIR"] = os.path.realpath(os.path.expanduser(folder))


def cache_folder():
    """Returns the folder (a `Path`) where downloaded and drawn files are kept; the system's usual place for caches."""
    with contextlib.suppress(RuntimeError):  # the user has no home; older releases return a folder named ~
        folder = Path(platformdirs.user_cache_dir("mnist_helpers"))
        if folder.is_absolute():
            return folder
    return Path(tempfile.gettempdir()) / f"mnist_helpers_{os.getuid()}"


def _paths(source):
    return [getattr(source, role) for role in idx.FILES]


# --- a folder or a bucket that you named: any problem is an error ---


def _from_folder(folder):
    return _source({role: _file_in(folder, expected) for role, expected in idx.FILES.items()}, "from your folder")


def _source(paths, origin):
    """The source of four files, `{role: path}`, after a check of each."""
    are_mnist = []
    for role, expected in idx.FILES.items():
        content = idx.read(paths[role], expected, again=_put_there(expected))
        are_mnist.append(idx.is_mnist(content, expected))
    return Source(
        "MNIST" if all(are_mnist) else "your own digits", origin, **{role: str(path) for role, path in paths.items()}
    )


def _put_there(expected):
    return f" Put the original {expected.name} there, plain or with .gz."


def _file_in(folder, expected):
    """The path of a file in `folder`, under any of the names that people have it under."""
    if re.search(r"\w{2,}:/", str(folder)):
        raise FileNotFoundError(
            f"{folder} looks like an address. Expected is a folder on this machine, or a text such as "
            f"'gs://bucket/folder'. Download the four files from any other place, and name their folder."
        )
    if not folder.is_dir():
        what = f"{folder.resolve()} is a file; expected is" if folder.exists() else f"There is no {folder.resolve()},"
        raise FileNotFoundError(
            f"{what} the folder with the MNIST files. Correct data_dir or the environment variable MNIST_DATA_DIR, or "
            f"unset it: the files are then downloaded."
        )
    if path := _path_in(folder, expected):
        return path
    found = sorted(path.name for path in folder.iterdir())
    listing = ", ".join(found[:6]) + (", …" if len(found) > 6 else "") if found else "nothing"
    places = (place for depth in ("*", "*/*") for place in folder.glob(depth))
    deeper = sorted(place for place in places if all(_path_in(place, file) for file in idx.FILES.values()))
    advice = f"All four lie in {deeper[0].resolve()}: name that folder." if deeper else _expected_files()
    raise FileNotFoundError(
        f"{folder.resolve()} has no file {expected.name} or {expected.name}.gz; it holds: {listing}. {advice}"
    )


def _path_in(folder, expected):
    paths = (folder / path for path in expected.paths)
    return next((path for path in paths if os.path.isfile(path)), None)  # False also where it may not look


def _expected_files():
    return (
        f"Expected are the four files {', '.join(file.name for file in idx.FILES.values())}, plain or with .gz. Add "
        f"the missing one, or unset MNIST_DATA_DIR to have them downloaded."
    )


def _from_bucket(address, folder):
    """The files of a bucket: those fetched before into the cache `folder`, or new ones."""
    name = os.path.join("buckets", hashlib.sha256(address.encode()).hexdigest()[:16])
    if source := _fetched(folder / name):
        return source
    files = {}
    for expected in console.progress(iterable=idx.FILES.values(), desc="Fetching from the bucket", unit=" files"):
        url, packed = _read_object(address, expected)
        idx.check(packed, expected, url, _put_there(expected))
        files[expected.name + (".gz" if packed.startswith(idx.GZIP_MAGIC) else "")] = packed
    return cache.write(folder, functools.partial(_keep_fetched, files, name))


def _fetched(folder, origin="from your bucket, fetched before"):
    """The source of the files in `folder`, or `None` where one is missing or damaged."""
    paths = {role: _path_in(folder, expected) for role, expected in idx.FILES.items()}
    with contextlib.suppress(OSError, ValueError):
        if all(paths.values()):
            return _source(paths, origin)
    return None


def _keep_fetched(files, name, place, unfinished):
    """The source of a bucket's files, `{name: bytes}`, kept in the folder `name` of `place`."""
    for file, packed in files.items():
        (unfinished / file).write_bytes(packed)
    shutil.rmtree(place / name, ignore_errors=True)  # a damaged set
    (place / name).mkdir(parents=True)
    for file in files:
        os.replace(unfinished / file, place / name / file)
    return _fetched(place / name, "from your bucket")


def _read_object(address, expected):
    refusal = None
    for path in expected.paths:
        url = f"{address}/{path}"
        try:
            return url, buckets.read(url)
        except FileNotFoundError:
            pass
        except PermissionError as error:  # also what a bucket answers that does not say which objects it lacks
            refusal = refusal or error
    raise refusal or FileNotFoundError(
        f"{address} has no object {expected.name} or {expected.name}.gz. {_expected_files()}"
    )


# --- the cache, the mirrors, practice digits ---


def _from_cache_mirrors_or_practice(folder):
    cached = _checked(folder, idx.check_mnist)
    if len(cached) == len(idx.FILES):
        return Source("MNIST", "from the cache", **cached)
    missing = [f"{expected.name}.gz" for role, expected in idx.FILES.items() if role not in cached]
    for name in missing:
        if os.path.exists(folder / name):
            console.say(f"The cached file {folder / name} is damaged; downloading it again.")
    ready = _cached_practice(folder)
    console.say(f"MNIST is not on this machine yet; asking {' and '.join(map(_host, mirrors.MIRRORS))} for it.")
    answering = mirrors.answering(missing[0], SHORT_PROBE_SECONDS if ready else PROBE_SECONDS)
    if answering and (source := cache.write(folder, functools.partial(_download, folder, answering))):
        return source
    source = ready or _practice(folder)
    console.say(NO_MNIST)
    return source


def _checked(folder, check):
    """The files in `folder` that pass `check`, as `{role: path}`; one that is damaged counts as missing."""
    paths = {}
    for role, expected in idx.FILES.items():
        path = folder / f"{expected.name}.gz"
        with contextlib.suppress(OSError, ValueError):
            check(path, expected)
            paths[role] = str(path)
    return paths


def _host(mirror):
    return urlsplit(mirror).hostname


def _download(folder, answering, place, unfinished):
    """MNIST from the cache `folder` and, into `place`, from mirrors; `None` where none of them delivers a file."""
    paths = _checked(folder, idx.check_mnist)  # by now, another process may have brought them
    hosts = []
    for role, expected in idx.FILES.items():
        if role not in paths:
            name = f"{expected.name}.gz"
            check = functools.partial(idx.check_mnist, expected=expected)
            mirror = mirrors.fetch(name, unfinished, answering, check)
            if mirror is None:
                return None
            os.replace(unfinished / name, place / name)
            paths[role] = str(place / name)
            hosts.append(_host(mirror))
    origin = f"from {' and '.join(dict.fromkeys(hosts))}" if hosts else "from the cache"
    return Source("MNIST", origin, **paths)


def _practice(folder):
    """Practice digits: those in the cache `folder`, or new ones."""
    draw = functools.cache(practice_files.draw)  # a cache that turns out to be full leaves them to another folder
    return _cached_practice(folder) or cache.write(folder, functools.partial(_draw, draw, folder))


def _practice_folder(folder):
    return folder / f"practice-{practice.VERSION}"


def _cached_practice(folder):
    paths = _checked(_practice_folder(folder), idx.read)
    return _practice_source(paths) if len(paths) == len(idx.FILES) else None


def _practice_source(paths):
    return Source(PRACTICE, "drawn by this package", **paths)


def _draw(draw, cached, place, unfinished):
    """Practice digits from the cache `cached`, where another process has drawn them by now, or new ones in `place`."""
    if source := _cached_practice(cached):
        return source
    folder = _practice_folder(place)
    if os.path.exists(folder):
        console.say(f"The practice digits in {folder} are damaged; drawing them again.")
    files = draw()
    folder.mkdir(exist_ok=True)
    paths = {}
    for role, content in files.items():
        name = f"{idx.FILES[role].name}.gz"
        (unfinished / name).write_bytes(content)
        os.replace(unfinished / name, folder / name)
        paths[role] = str(folder / name)
    return _practice_source(paths)
