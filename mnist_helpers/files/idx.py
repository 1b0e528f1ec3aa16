"""MNIST's file format, IDX: what each of the four files must hold, how it is checked, how one is made."""

import gzip
import hashlib
import struct
import zlib
from dataclasses import dataclass

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

    @property
    def header_bytes(self):
        return 16 if self.magic == IMAGES_MAGIC else 8

    @property
    def record_bytes(self):
        return 28 * 28 if self.magic == IMAGES_MAGIC else 1

    @property
    def paths(self):
        """Where people have the file: relative paths, the original name first.

        Some tools write a dot before idx, or unpack into a folder of the file's own name.
        """
        spellings = (self.name, self.name.replace("-idx", ".idx"))
        files = [spelling + ending for spelling in spellings for ending in ("", ".gz")]
        return [*files, *(f"{folder}/{file}" for folder in spellings for file in files)]


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


VALIDATION_COUNT = 10_000  # the last digits of the training files
TRAIN_COUNT = FILES["train_images"].count - VALIDATION_COUNT
TEST_COUNT = FILES["test_images"].count


def read(path, expected, where=None, again=""):
    """Reads a file and checks it.

    Args:
        path: a `Path`, of a plain or a gzip-compressed file.
        expected: the `IdxFile` that it should be.
        where: what an error calls the file; `None` for its path.
        again: how an error ends: what to do.

    Returns:
        The content, decompressed, in bytes.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is truncated, or another file than expected.

    Example:

    >>> content = idx.read(Path("t10k-labels-idx1-ubyte.gz"), idx.FILES["test_labels"])
    >>> len(content)
    10008
    """
    return check(path.read_bytes(), expected, where or path, again)


def check(packed, expected, where, again=""):
    """Checks the bytes of a file; arguments, result and errors as for `read`."""
    content = _unpacked(packed, where, again)
    if content.lstrip()[:1] == b"<":
        raise ValueError(f"{where} holds a web page (a login page?), not the IDX file {expected.name}.{again}")
    if len(content) < expected.header_bytes:
        raise ValueError(f"{where} has {len(content)} bytes, less than an IDX header ({expected.header_bytes}).{again}")
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
    if magic == IMAGES_MAGIC:
        rows, columns = struct.unpack(">II", content[8:16])
        if (rows, columns) != (28, 28):
            raise ValueError(f"{where} holds images of {rows}×{columns} pixels; expected are 28×28.{again}")
    length = expected.header_bytes + count * expected.record_bytes
    if len(content) != length:
        problem = "truncated" if len(content) < length else "too long"
        raise ValueError(f"{where} is {problem}: {len(content):,} bytes; expected are {length:,}.{again}")
    if magic == LABELS_MAGIC and max(content[expected.header_bytes :]) > 9:
        raise ValueError(f"{where} has a label {max(content[expected.header_bytes :])}; expected are 0 to 9.{again}")
    return content


def is_mnist(content, expected):
    """Says whether a file's decompressed content is that of MNIST's own."""
    return hashlib.sha256(content).hexdigest() == expected.sha256


def check_mnist(path, expected):
    """Reads a file and checks that it is MNIST's own; arguments and errors as for `read`."""
    if not is_mnist(read(path, expected, "it"), expected):
        raise ValueError("it is a well-formed file, but not MNIST's (its SHA-256 differs)")


def pack(records, expected):
    """Makes an IDX file, compressed.

    Args:
        records: uint8 array `[count, 28, 28]` of pixels, or `[count]` of labels.
        expected: the `IdxFile` to make.

    Returns:
        The file, in bytes; the same ones each time.

    Example:

    >>> file = idx.pack(np.zeros(10_000, np.uint8), idx.FILES["test_labels"])
    """
    header = struct.pack(">IIII", expected.magic, expected.count, 28, 28)[: expected.header_bytes]
    return gzip.compress(header + records.tobytes(), compresslevel=1, mtime=0)


def _unpacked(packed, where, again):
    """A file's content, decompressed where it is compressed."""
    if not packed.startswith(GZIP_MAGIC):
        return packed
    try:
        return gzip.decompress(packed)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{where} is a damaged or truncated gzip file ({error}).{again}") from error
