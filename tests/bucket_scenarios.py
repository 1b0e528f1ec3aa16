"""Reads from buckets, good and bad: `unshare --mount --net python bucket_scenarios.py SCENARIO RESULTS FOLDER…`.

Adds a line of JSON `[name, outcome]` to the file RESULTS for each thing that it tried.
"""

import json
import os
import socket
import ssl
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bucket_server
import idx
import numpy as np
import trustme

from mnist_helpers import device
from mnist_helpers.files import buckets

LOGIN_PAGE = b"<!DOCTYPE html><html><body>Please log in to the guest network</body></html>"
FOLDER_NAME = "my digits – Ziffern 数字"
SIZE = 100_000  # what the description of a bad object says


# --- how a bucket answers ---


def status(code):
    return lambda handler, is_content: handler.send(b"an error page", code)


def content(answer_content, size=SIZE):
    """A good description; then `answer_content(handler)` answers instead of the content."""

    def answer(handler, is_content):
        if is_content:
            answer_content(handler)
        else:
            handler.send_description(size)

    return answer


def login_page(handler, is_content):
    handler.send(LOGIN_PAGE)


def redirect(handler, is_content):
    handler.send_response(302)
    handler.send_header("Location", "https://login.example/")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def never_answer(handler, is_content):
    threading.Event().wait()


def stall(handler):
    handler.send(bytes(5_000), 206, length=SIZE)
    threading.Event().wait()


def drip(handler):
    handler.send(b"", 206, length=SIZE)
    while True:
        time.sleep(0.1)
        handler.wfile.write(b"\0")


def truncated_late(handler):
    time.sleep(6)  # by now, the client has forgotten the description
    handler.send_range(bytes(5_000))


def fail_once(handler, is_content):
    if handler.server.failed.is_set():
        handler.answer(is_content)
    else:
        handler.server.failed.set()
        handler.send(b"", 503)


def without_listing(handler, is_content):
    """Google does not say that an object is missing to one who may not list the bucket."""
    if handler.content is None:
        handler.send(b"", 403)
    else:
        handler.answer(is_content)


def for_the_owner(handler, is_content):
    if handler.headers["Authorization"] == f"Bearer {bucket_server.TOKEN}":
        handler.answer(is_content)
    else:
        handler.send(b"", 401)


FAULTS = {
    "401": status(401),
    "403": status(403),
    "404": status(404),
    "503": status(503),
    "login-page": login_page,
    "redirect": redirect,
    "login-page-as-content": content(lambda handler: handler.send(LOGIN_PAGE)),
    "truncated": content(lambda handler: handler.send_range(bytes(5_000))),
    "truncated-late": content(truncated_late),
    "replaced-by-longer": content(lambda handler: handler.send_range(bytes(SIZE + 1))),
    "breaks-off": content(lambda handler: handler.send(bytes(5_000), 206, length=SIZE)),
    "never-answers": never_answer,
    "content-never-comes": content(lambda handler: threading.Event().wait()),
    "stalls": content(stall),
    "drips": content(drip),
}
ANSWERS = FAULTS | {
    "fails-once": fail_once,
    "private": for_the_owner,
    "no-listing": without_listing,
    "portal": content(lambda handler: handler.send(LOGIN_PAGE), size=len(LOGIN_PAGE)),
}


# --- the scenarios ---


class Scenario:
    def __init__(self, results):
        self.results = Path(results)
        self.network = bucket_server.Network(self.results.parent)
        self.network.send_to("127.0.0.1")
        authority = trustme.CA()
        self.certificate = self.results.with_suffix(".pem")
        authority.cert_pem.write_to_path(str(self.certificate))
        os.environ["CURL_CA_BUNDLE"] = str(self.certificate)
        self.storage = bucket_server.Storage("127.0.0.1", authority, ANSWERS)
        self.storage.failed = threading.Event()
        buckets.MACHINE = Path("nowhere")  # wherever the tests run, this is none of Google's machines

    def upload(self, folder, local_folder):
        for path in Path(local_folder).iterdir():
            self.storage.objects[f"{folder}/{path.name}"] = path.read_bytes()

    def record(self, name, action):
        """Notes what `action()` returns, or `[kind, message]` of the error that it raises."""
        try:
            outcome = action()
        except Exception as error:
            outcome = [type(error).__name__, str(error)]
        with self.results.open("a") as file:
            file.write(json.dumps([name, outcome]) + "\n")


def read_digits(scenario, plain_folder, gzip_folder, mnist_folder=None):
    """A notebook that reads from good buckets, and then from one that cannot be reached."""
    metadata_server = socket.create_server(("127.0.0.1", 80))  # takes connections and never answers
    device.start()
    from mnist_helpers import data, sources

    scenario.upload("plain/digits", plain_folder)
    scenario.upload(f"packed/{FOLDER_NAME}", gzip_folder)
    scenario.upload("root", gzip_folder)
    scenario.upload("private", gzip_folder)
    scenario.upload("no-listing", gzip_folder)
    for name, content in list(scenario.storage.objects.items()):
        if name.startswith("root/"):
            dotted = name.removeprefix("root/").replace("-idx", ".idx")
            scenario.storage.objects[f"dotted/{dotted}"] = content

    def load():
        """Loads from a bucket, goes through all sets twice, loads again, and once more as another process would."""
        os.environ["MNIST_DATA_DIR"] = f"gs://packed/{FOLDER_NAME}"
        outcome = []
        for _ in range(2):
            for dataset in data.load_datasets(1000) * 2:
                images, classes = data.to_arrays(dataset)
                marked_classes, index, mark = idx.read_marks(images)
                assert np.array_equal(marked_classes, classes)
                outcome.append([len(images), int(mark.min()), int(mark.max()), len(set(index))])
            sources.forget()
        return outcome

    def find(folder):
        return lambda: vars(sources.find(folder))

    record = scenario.record
    record("load", load)
    record("requests", lambda: sorted(scenario.storage.contents))
    record("fetched before", find(f"gs://packed/{FOLDER_NAME}"))
    record("folder", find("gs://plain/digits"))
    record("trailing slash", find("gs://packed/" + FOLDER_NAME + "/"))
    record("bucket", find("gs://root"))
    record("other names", find("gs://dotted"))
    record("no listing", find("gs://no-listing"))
    if mnist_folder:
        scenario.upload("mnist/files", mnist_folder)
        record("mnist", find("gs://mnist/files"))
    scenario.storage.objects["fails-once/x"] = b"ten bytes."
    record("retried", lambda: len(buckets.read("gs://fails-once/x")))
    record("no credentials", find("gs://private"))
    credentials = scenario.results.with_suffix(".credentials")
    credentials.write_text('{"client_id": "a", "client_secret": "b", "refresh_token": "c", "type": "authorized_user"}')
    os.environ["GOOGLE_APPLICATION_CREDENTIALS"] = str(credentials)
    record("credentials", find("gs://private"))
    del os.environ["GOOGLE_APPLICATION_CREDENTIALS"]
    record("no files", find("gs://plain/nothing"))
    record("portal", find("gs://portal"))
    metadata_server.settimeout(0)
    record("metadata server", metadata_server.accept)

    bucket_server.Storage("127.0.0.2", trustme.CA(), {})
    scenario.network.send_to("127.0.0.2")
    record("other-certificate", lambda: buckets.read("gs://other-certificate/x"))
    sources.forget()  # as in another process, which cannot reach the bucket any more
    record("out of reach", find("gs://plain/digits"))
    scenario.network.send_to("127.0.0.3")
    record("refused", lambda: buckets.read("gs://refused/x"))
    scenario.network.send_to("")
    record("no-names", lambda: buckets.read("gs://no-names/x"))
    scenario.network.send_to("127.0.0.1")
    os.environ["CURL_CA_BUNDLE"] = "/nowhere.pem"
    record("no-certificates", lambda: buckets.read("gs://no-certificates/x"))
    binary = scenario.results.with_suffix(".der")
    binary.write_bytes(ssl.PEM_cert_to_DER_cert(scenario.certificate.read_text()))
    os.environ["CURL_CA_BUNDLE"] = str(binary)
    record("binary-certificate", lambda: buckets.read("gs://binary-certificate/x"))
    del os.environ["CURL_CA_BUNDLE"]
    record("unknown-certificate", lambda: buckets.read("gs://unknown-certificate/x"))


def meet_faults(scenario):
    """A notebook that meets all faults, with the package's own time-outs; all at once, since most of them wait."""
    device.start()
    with ThreadPoolExecutor(len(FAULTS)) as pool:
        for name in FAULTS:
            pool.submit(scenario.record, name, lambda url=f"gs://{name}/x": buckets.read(url))


def configure_too_late(scenario):
    """A program that loads TensorFlow first, so that the client keeps its own, long time-outs."""
    import tensorflow  # noqa: F401

    device.start()
    buckets.DEADLINE_SECONDS = 5
    scenario.record("too late", lambda: buckets.read("gs://never-answers/x"))


name, results, *folders = sys.argv[1:]
SCENARIOS = {"digits": read_digits, "faults": meet_faults, "late": configure_too_late}
SCENARIOS[name](Scenario(results), *folders)
