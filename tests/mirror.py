"""A mirror on this machine, and the ways in which it answers."""

import datetime
import http.server
import ipaddress
import socket
import ssl
import threading

import idx
import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

LOGIN_PAGE = b"\n<!DOCTYPE html><html><body>Please log in to the guest network</body></html>"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.server.head(self)

    def do_GET(self):
        self.server.requests.append(self.path)
        try:
            self.server.answer(self)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has given up, as it should

    def log_message(self, *_):
        pass

    def send(self, body, length=None, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


def status(code):
    return lambda handler: handler.send(
        b"" if handler.command == "HEAD" else b"<html>an error page</html>", status=code
    )


class Mirror(http.server.ThreadingHTTPServer):
    """`answer(handler)` answers each GET, `head(handler)` each HEAD; the paths of the GETs are in `requests`.

    With a `certificate`, a `trustme.LeafCert`, it speaks HTTPS.
    """

    daemon_threads = True

    def __init__(self, answer, head=None, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.head = answer, head or status(200)
        self.requests, self.stopped = [], threading.Event()
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.server_port}/mnist/"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a client that refuses the certificate

    def stop(self):
        self.stopped.set()
        self.shutdown()
        self.server_close()


class Refusal:
    """An address where nothing listens: every connection is refused."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/mnist/"

    def stop(self):
        self.socket.close()


class BlackHole(Refusal):
    """An address that swallows every packet: its queue of connections is full, so nothing answers a new one."""

    def __init__(self):
        super().__init__()
        self.socket.listen(0)
        self.queued = []
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(self.socket.getsockname())
            self.queued.append(client)

    def stop(self):
        for client in self.queued:
            client.close()
        super().stop()


def serve(files):
    """An answer: the files as they are."""
    return lambda handler: handler.send(files[handler.path.rsplit("/", 1)[-1]])


def login_page(handler):
    handler.send(LOGIN_PAGE)


def redirect_to_login_page(handler):
    if handler.path == "/login":
        return login_page(handler)
    handler.send_response(302)
    handler.send_header("Location", "/login")
    handler.end_headers()


def never_answer(handler):
    handler.server.stopped.wait()


def drip_headers(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nX: ")
    while not handler.server.stopped.wait(0.1):
        handler.wfile.write(b"x")


def stall(handler):
    handler.send(b"\x1f\x8b" + 5000 * b"\x00", length=9_912_422)
    handler.server.stopped.wait()


def drip(handler, start=b""):
    handler.send(start, length=9_912_422)
    while not handler.server.stopped.wait(0.1):
        handler.wfile.write(b"\x1f")


def never_end(handler):
    handler.send(b"", length=10**9)
    while not handler.server.stopped.wait(0.1):
        handler.wfile.write(20_000 * b"\x1f")


def drip_after_a_quick_start(handler):
    drip(handler, 1_000_000 * b"\x1f")


def break_off(handler):
    handler.send(5000 * b"\x1f", length=9_912_422)


def truncated_gzip(handler):
    handler.send_response(200)  # without a Content-Length, only the content can tell
    handler.end_headers()
    handler.wfile.write(idx.compress(idx.label_file(np.zeros(60_000, np.uint8)))[:50])


def junk(handler):
    handler.send(9_912_422 * b"\x07")


def other_digits(handler):
    """The wrong file with the right size, in the right format."""
    pixels = np.zeros((60_000, 28 * 28), np.uint8)
    handler.send(idx.compress(idx.image_file(pixels)))


class LaxCertificate:
    """A certificate for 127.0.0.1 as old tools make them: neither it nor its authority has a key identifier."""

    def __init__(self, folder):
        self._key, self._name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "proxy")])
        authority = self._sign(name, x509.BasicConstraints(ca=True, path_length=None))
        leaf = self._sign(name, x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]))
        key = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.authority, self._path = folder / "authority.pem", folder / "leaf.pem"
        self.authority.write_bytes(authority)
        self._path.write_bytes(leaf + key)

    def _sign(self, issuer, extension):
        is_authority = isinstance(extension, x509.BasicConstraints)
        now = datetime.datetime.now()
        builder = x509.CertificateBuilder(issuer, issuer if is_authority else self._name, self._key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(days=2))
        builder = builder.not_valid_after(now + datetime.timedelta(days=2)).add_extension(extension, critical=True)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def configure_cert(self, context):
        context.load_cert_chain(self._path)
