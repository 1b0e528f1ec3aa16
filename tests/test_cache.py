"""The cache under real processes, real signals and real file systems that are read-only or full."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import idx
import mirror
import pytest

from mnist_helpers import practice, sources
from mnist_helpers.files import mirrors

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="only there XDG_CACHE_HOME surely names other processes' cache"
    ),
]
SCRIPT = Path(__file__).with_name("find_digits.py")
WAITING = "Another process is fetching or drawing the digits; waiting for it.\n"
PRACTICE = f"practice-{practice.VERSION}"


@pytest.fixture
def command(tmp_path):
    """Makes the command that finds digits in a process of its own; what it draws is logged in `drawings.txt`."""
    return lambda *mirrors: [sys.executable, str(SCRIPT), str(tmp_path / "drawings.txt"), *mirrors]


@pytest.fixture
def start(command):
    """Starts processes that find digits, and kills those that outlive the test."""
    processes = []

    def start(*mirrors):
        output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
        processes.append(subprocess.Popen(command(*mirrors), **output))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def dead_mirror():
    """The address of a mirror that refuses every connection."""
    refusal = mirror.Refusal()
    yield refusal.url
    refusal.stop()


def drawings(tmp_path):
    return (tmp_path / "drawings.txt").read_text().splitlines()


def finish(process):
    """The source that the process found, and all that it wrote before."""
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    *lines, source = output.splitlines()
    return json.loads(source), "\n".join(lines)


def wait_for(text, process):
    """Reads what a process writes until `text` has come."""
    read = ""
    while text not in read:
        character = process.stdout.read(1)
        assert character, f"the process ended without saying {text!r}: {read}"
        read += character


def files_in(folder):
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return sorted(str(path.relative_to(folder)) for path in paths)


def practice_files(folder=PRACTICE):
    return sorted(f"{folder}/{name}.gz" for name in idx.NAMES)


# --- several processes ---


def test_eight_processes_download_once(cache, start_mirrors, mnist_gz, start):
    (server,) = start_mirrors(mirror.serve(mnist_gz))
    found = [finish(process)[0] for process in [start(server.url) for _ in range(8)]]
    assert sorted(server.requests) == sorted(f"/mnist/{name}" for name in mnist_gz)
    assert {source["name"] for source in found} == {"MNIST"}
    assert sorted(source["origin"] for source in found) == ["from 127.0.0.1"] + 7 * ["from the cache"]
    assert {source["train_images"] for source in found} == {str(cache / f"{idx.TRAIN_IMAGES}.gz")}
    assert files_in(cache) == sorted(mnist_gz)


def test_eight_processes_draw_once(cache, start, dead_mirror, tmp_path):
    found = [finish(process)[0] for process in [start(dead_mirror) for _ in range(8)]]
    assert drawings(tmp_path) == ["drawn"]
    assert found == 8 * [found[0]]
    assert found[0]["name"] == "practice digits"
    assert files_in(cache) == practice_files()


def test_killed_in_the_middle_of_a_download(cache, start_mirrors, mnist_gz, start):
    endless, whole = start_mirrors(mirror.never_end, mirror.serve(mnist_gz))
    killed = start(endless.url)
    wait_for(f"{idx.TRAIN_IMAGES}.gz:   0%", killed)
    waiting = start(whole.url)
    wait_for(WAITING, waiting)
    assert files_in(cache)  # a part of a file lies there
    killed.kill()
    assert finish(waiting)[0]["name"] == "MNIST"
    assert files_in(cache) == sorted(mnist_gz)


def test_killed_in_the_middle_of_drawing(cache, start, dead_mirror, tmp_path):
    killed = start("hang")
    wait_for("Drawing practice digits:  ", killed)
    waiting = start(dead_mirror)
    wait_for(WAITING, waiting)
    killed.kill()
    assert finish(waiting)[0]["name"] == "practice digits"
    assert drawings(tmp_path) == ["drawn", "drawn"]
    assert files_in(cache) == practice_files()


# --- folders that cannot be written ---


def test_cache_folder_that_is_a_file(cache, start, dead_mirror):
    cache.parent.mkdir()
    cache.write_text("no folder")
    source, lines = finish(start(dead_mirror))
    assert source["name"] == "practice digits"
    assert f"Cannot write to {cache} (File exists); using " in lines
    assert cache.read_text() == "no folder"
    assert not Path(source["train_images"]).exists()  # the temporary folder went with its process


@pytest.fixture(scope="session")
def unshare():
    """The command that starts a process with mounts and a network of its own; nobody else sees them."""
    reasons = []
    for command in (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"]):
        try:
            subprocess.run(
                [*command, "--net", "mount", "-t", "tmpfs", "tmpfs", "/dev/shm"],
                check=True,
                capture_output=True,
                encoding="utf-8",
            )
            return command
        except FileNotFoundError as error:
            reasons.append(str(error))
        except subprocess.CalledProcessError as error:
            reasons.append(error.stderr.strip())
    pytest.skip(f"needs file systems of its own: {'; '.join(reasons)}")


@pytest.fixture
def find_in(unshare, command, tmp_path):
    """Runs shell lines, then finds digits from the given mirrors, or without any network where none is given.

    In the lines, `$CACHE` is the folder above the cache folder; /dev/shm is an empty file system of its own. Returns
    the source (or `None`), all that was said, and the files that lie in both in the end.
    """
    (tmp_path / "above").mkdir()
    environment = {**os.environ, "CACHE": str(tmp_path / "above"), "XDG_CACHE_HOME": str(tmp_path / "above")}
    environment.pop("MNIST_DATA_DIR", None)

    def find(*lines, mirrors=()):
        script = [
            "mount -t tmpfs tmpfs /dev/shm",
            *lines,
            shlex.join(command(*mirrors)),
            'echo; echo "Files:"; cd "$CACHE" && find . /dev/shm -type f ! -name .lock',
        ]
        network = [] if mirrors else ["--net"]
        output = subprocess.run(
            [*unshare, *network, "sh", "-c", "\n".join(script)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
        ).stdout
        said, _, files = output.partition("\nFiles:\n")
        found = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        return (found[0] if found else None), said, sorted(files.split())

    return find


def full(kibibytes):
    return f'mount -t tmpfs -o size={kibibytes}k tmpfs "$CACHE"'


def test_read_only_cache(find_in, tmp_path):
    source, said, files = find_in('mount -t tmpfs tmpfs "$CACHE"', 'mount -o remount,ro "$CACHE"')
    assert source["name"] == "practice digits"
    assert f"Cannot write to {tmp_path}/above/mnist_helpers (Read-only file system); using " in said
    assert said.count("Cannot write to") == 1
    assert files == []
    assert not Path(source["train_images"]).exists()


def test_files_in_a_read_only_cache_are_used(find_in, cache, start, dead_mirror):
    finish(start(dead_mirror))
    copy = f'cp -r {shlex.quote(str(cache))} "$CACHE"'
    source, said, files = find_in('mount -t tmpfs tmpfs "$CACHE"', copy, 'mount -o remount,ro "$CACHE"')
    assert source["name"] == "practice digits"
    assert files == [f"./mnist_helpers/{name}" for name in practice_files()]
    assert "Cannot write to" not in said and "Drawing" not in said


@pytest.mark.parametrize("kibibytes", [4, 100], ids=["at the first byte", "in the middle of a file"])
def test_full_disk(kibibytes, find_in, tmp_path):
    source, said, files = find_in(full(kibibytes))
    assert source["name"] == "practice digits"
    assert f"Cannot write to {tmp_path}/above/mnist_helpers (No space left on device); using " in said
    assert drawings(tmp_path) == ["drawn"]
    assert files == []


def test_full_disk_that_holds_the_temporary_folder_too(find_in, tmp_path):
    source, said, files = find_in(full(100), 'export TMPDIR="$CACHE"')
    assert source["train_images"].startswith("/dev/shm/mnist_helpers_")
    assert f"Cannot write to {tmp_path}/above (No space left on device); using /dev/shm for this run." in said
    assert drawings(tmp_path) == ["drawn"]
    assert files == []


def test_disk_full_in_the_middle_of_a_download(find_in, start_mirrors, mnist_gz):
    (server,) = start_mirrors(mirror.serve(mnist_gz))
    source, said, files = find_in(full(4_000), mirrors=[server.url])
    assert source["name"] == "MNIST"
    assert "mnist_helpers (No space left on device); using " in said
    assert "did not deliver" not in said
    assert files == []


def test_nothing_can_be_written(find_in):
    source, said, files = find_in(full(100), 'export TMPDIR="$CACHE"', "mount -o remount,ro /dev/shm")
    assert source is None
    assert "OSError: The digits need about 20 MB, and no folder can be written: " in said
    assert "/dev/shm (Read-only file system). Free some space, or set the environment variable TMPDIR" in said
    assert files == []


def test_name_server_that_swallows_every_packet(find_in):
    if not shutil.which("ip"):
        pytest.skip("needs the command ip")
    source, said, _ = find_in(
        "ip link set lo up",
        "ip tuntap add dev hole mode tun && ip address add 192.0.2.1/24 dev hole && ip link set hole up",
        "ip route add default dev hole",
        'echo nameserver 192.0.2.2 > "$CACHE/resolv.conf" && mount --bind "$CACHE/resolv.conf" /etc/resolv.conf',
    )
    assert source["name"] == "practice digits"
    for url in mirrors.MIRRORS:
        assert f"{url}{idx.TRAIN_IMAGES}.gz did not deliver: no answer within {sources.PROBE_SECONDS} s\n" in said
