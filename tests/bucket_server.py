"""Stands in for Google Cloud Storage, in a network that holds nothing else, so that the real client is tested."""

import fcntl
import http.server
import json
import socket
import ssl
import struct
import subprocess
import threading
import urllib.parse
from pathlib import Path

HOSTS = ("www.googleapis.com", "storage.googleapis.com", "metadata.google.internal")

TOKEN = "token-of-the-owner"


class Network:
    """The network of this process alone; for a process that `unshare --mount --net` started."""

    def __init__(self, folder):
        self._hosts = Path(folder) / "hosts"
        self.send_to("")
        subprocess.run(["mount", "--bind", self._hosts, "/etc/hosts"], check=True)
        with socket.socket() as any_socket:  # the loopback interface begins switched off
            interface_up = struct.pack("16sh", b"lo", 1)
            fcntl.ioctl(any_socket, 0x8914, interface_up)  # SIOCSIFFLAGS

    def send_to(self, address):
        """Sends what is meant for Google to `address`; with an empty one, the names are unknown."""
        self._hosts.write_text("".join(f"{address} {host}\n" for host in HOSTS if address))


class Storage(http.server.ThreadingHTTPServer):
    """Serves the `objects` `{"bucket/name": bytes}`; for a bucket in `answers`, `answers[bucket](handler, is_content)`
    answers instead. The certificate is issued by `authority`, a `trustme.CA`. `contents` names each object served.
    """

    daemon_threads = True

    def __init__(self, address, authority, answers):
        super().__init__((address, 443), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*HOSTS).configure_cert(context)
        # The handshake belongs to the request's own thread: one client that stalls must not stop the others.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.objects, self.answers, self.contents = {}, answers, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a client that refuses the certificate, or gives up waiting


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0]
        is_content = self.headers["Host"] == "storage.googleapis.com"
        bucket, _, name = path.removeprefix("/" if is_content else "/storage/v1/b/").partition("/")
        name = urllib.parse.unquote(name if is_content else name.removeprefix("o/"))
        self.content = self.server.objects.get(f"{bucket}/{name}")
        self.server.answers.get(bucket, Handler.answer)(self, is_content)

    def do_POST(self):
        """Logs anyone in who asks for a token."""
        self.send(b'{"access_token": "%s", "expires_in": 3600, "token_type": "Bearer"}' % TOKEN.encode())

    def answer(self, is_content):
        """What Google answers: to a question about an object, its description; else the bytes in the range."""
        if self.path.partition("?")[0].endswith("/o"):
            self.send(b"{}")  # a list of the objects in a folder
        elif self.content is None:
            self.send(b"Not Found", 404)
        elif is_content:
            self.server.contents.append(urllib.parse.unquote(self.path.removeprefix("/")))
            self.send_range(self.content)
        else:
            self.send_description(len(self.content))

    def send_description(self, size):
        updated = "2025-01-01T00:00:00.000Z"
        self.send(json.dumps({"size": str(size), "generation": "1", "updated": updated}).encode())

    def send_range(self, content):
        first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
        if first < len(content):
            self.send(content[first : last + 1], 206)
        else:
            self.send(b"", 416)

    def send(self, body, status=200, length=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
