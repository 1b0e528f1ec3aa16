"""Mirrors, with every fault made for real by a server on this machine."""

import datetime
import re
import ssl
import sys

import idx
import mirror
import pytest
import trustme

from mnist_helpers import sources
from mnist_helpers.files import mirrors

pytestmark = pytest.mark.slow
FAULTS = {
    "403": (mirror.status(403), "it answered 403 Forbidden"),
    "404": (mirror.status(404), "it answered 404 Not Found"),
    "500": (mirror.status(500), "it answered 500 Internal Server Error"),
    "login page": (mirror.login_page, r"it holds a web page \(a login page\?\)"),
    "redirected to a login page": (mirror.redirect_to_login_page, r"it holds a web page \(a login page\?\)"),
    "never answers": (mirror.never_answer, "no answer within 1 s"),
    "drips headers": (mirror.drip_headers, "no answer within 1 s"),
    "stalls": (mirror.stall, "nothing more came within 1 s after 5,002 of 9,912,422 bytes"),
    "drips": (mirror.drip, r"only \d+ bytes came in \d+ s"),
    "drips after a quick start": (mirror.drip_after_a_quick_start, r"only \d+ bytes came in \d+ s"),
    "breaks off": (mirror.break_off, "the connection broke after 5,000 of 9,912,422 bytes"),
    "truncated": (mirror.truncated_gzip, "it is a damaged or truncated gzip file"),
    "junk": (mirror.junk, r"it begins with the magic number \d+ \(not an MNIST file\)"),
    "other digits": (mirror.other_digits, "it is a well-formed file, but not MNIST's"),
}


def names_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


@pytest.fixture(autouse=True)
def blank_practice_digits(drawings):
    """Where no mirror delivers, practice digits come: here at once."""


@pytest.mark.parametrize(("answer", "reason"), FAULTS.values(), ids=FAULTS)
def test_mirrors_that_fail(answer, reason, cache, start_mirrors, monkeypatch, capsys):
    monkeypatch.setattr(mirrors, "READ_SECONDS", 1)
    monkeypatch.setattr(mirrors, "PATIENCE_SECONDS", 0.5)
    first, second = start_mirrors(answer, mirror.status(503))
    assert sources.find().name == "practice digits"
    lines = capsys.readouterr().out
    assert re.search(rf"^{first.url}{idx.TRAIN_IMAGES}.gz did not deliver: {reason}", lines, re.MULTILINE)
    assert f"{second.url}{idx.TRAIN_IMAGES}.gz did not deliver: it answered 503 Service Unavailable\n" in lines
    assert first.requests[0] == second.requests[0] == f"/mnist/{idx.TRAIN_IMAGES}.gz"
    assert len(second.requests) == 1  # who failed is not asked for the other files
    assert names_in(cache) == [sources._practice_folder(cache).name]


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (mirror.Refusal, "no connection"),
        pytest.param(
            mirror.BlackHole,
            "no answer within 1 s",
            marks=pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has such a full queue"),
        ),
        (lambda: mirror.Mirror(None, head=mirror.never_answer), "no answer within 1 s"),
        (lambda: mirror.Mirror(None, head=mirror.status(403)), "it answered 403 Forbidden"),
    ],
    ids=["refuses connections", "black hole", "never answers", "403"],
)
def test_mirrors_that_do_not_answer_are_not_asked_for_a_file(server, reason, cache, start_mirrors, monkeypatch, capsys):
    monkeypatch.setattr(sources, "PROBE_SECONDS", 1)
    first, second = start_mirrors(server(), server())
    assert sources.find().name == "practice digits"
    lines = capsys.readouterr().out
    for url in (first.url, second.url):
        assert f"{url}{idx.TRAIN_IMAGES}.gz did not deliver: {reason}\n" in lines
    assert not getattr(first, "requests", None)


@pytest.mark.parametrize("code", [405, 501])
def test_mirror_that_refuses_only_to_be_asked(code, cache, start_mirrors, mnist_gz):
    start_mirrors(mirror.Mirror(mirror.serve(mnist_gz), head=mirror.status(code)))
    assert sources.find().name == "MNIST"


@pytest.mark.parametrize(
    "answer", [mirror.login_page, mirror.break_off, mirror.other_digits], ids=lambda answer: answer.__name__
)
def test_second_mirror_takes_over(answer, cache, start_mirrors, mnist_gz, capsys):
    first, second = start_mirrors(answer, mirror.serve(mnist_gz))
    source = sources.find()
    assert (source.name, source.origin) == ("MNIST", "from 127.0.0.1")
    assert (len(first.requests), len(second.requests)) == (1, 4)  # who failed is not asked for the other files
    assert names_in(cache) == sorted(mnist_gz)
    for name, content in mnist_gz.items():
        assert (cache / name).read_bytes() == content
    assert f"{first.url}{idx.TRAIN_IMAGES}.gz did not deliver: " in capsys.readouterr().out


def test_cached_files_need_no_network(cache, start_mirrors, mnist_gz, capsys):
    start_mirrors(mirror.serve(mnist_gz))
    downloaded = sources.find()
    lines = capsys.readouterr().out
    assert "MNIST is not on this machine yet; asking 127.0.0.1 for it.\n" in lines
    assert f"{idx.TRAIN_IMAGES}.gz: 100%" in lines  # progress is shown

    sources.forget()  # as in another process
    (dead,) = start_mirrors(mirror.Refusal())
    cached = sources.find()
    assert (cached.name, cached.origin) == ("MNIST", "from the cache")
    assert cached.test_labels == downloaded.test_labels == str(cache / f"{idx.TEST_LABELS}.gz")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "damaged", [b"", b"\x1f\x8b", b"\x1f\x8b\x08junk", mirror.LOGIN_PAGE, "half", "other digits"], ids=str
)
def test_damaged_cached_file_is_downloaded_again(damaged, cache, start_mirrors, mnist_gz, capsys):
    cache.mkdir(parents=True)
    for name, content in mnist_gz.items():
        (cache / name).write_bytes(content)
    name = f"{idx.TEST_LABELS}.gz"
    if damaged == "half":
        damaged = mnist_gz[name][: len(mnist_gz[name]) // 2]
    elif damaged == "other digits":
        damaged = idx.compress(idx.label_file(idx.marked_digits(10_000, mark=1)[1]))
    (cache / name).write_bytes(damaged)
    (server,) = start_mirrors(mirror.serve(mnist_gz))
    assert sources.find().name == "MNIST"
    assert server.requests == [f"/mnist/{name}"]
    assert (cache / name).read_bytes() == mnist_gz[name]
    assert names_in(cache) == sorted(mnist_gz)
    assert f"The cached file {cache / name} is damaged; downloading it again." in capsys.readouterr().out


def test_whole_files_stay_when_a_later_one_fails(cache, start_mirrors, mnist_gz):
    def images_only(handler):
        mirror.serve(mnist_gz)(handler) if "images" in handler.path else mirror.break_off(handler)

    start_mirrors(images_only)
    assert sources.find().name == "practice digits"
    assert names_in(cache) == [sources._practice_folder(cache).name, f"{idx.TRAIN_IMAGES}.gz"]
    sources.forget()
    (server,) = start_mirrors(mirror.serve(mnist_gz))
    assert sources.find().name == "MNIST"
    assert server.requests == [f"/mnist/{name}.gz" for name in idx.NAMES[1:]]


# --- certificates ---


@pytest.fixture
def authority(monkeypatch):
    """Issues certificates; nothing of this machine's says which are trusted."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    return trustme.CA()


@pytest.fixture
def refusal(authority, cache, start_mirrors, mnist_gz, capsys):
    """Looks for MNIST on a mirror with a certificate; returns why that was refused."""

    def ask(certificate=None):
        certificate = certificate or authority.issue_cert("127.0.0.1")
        (server,) = start_mirrors(mirror.Mirror(mirror.serve(mnist_gz), certificate=certificate))
        assert sources.find().name == "practice digits"
        (line,) = re.findall("did not deliver: (.*)", capsys.readouterr().out)
        assert server.requests == []
        return line

    return ask


def test_certificate_of_an_unknown_authority(refusal):
    words = r"its certificate was refused: unable to get local issuer certificate \(behind a proxy, set REQUESTS_CA_BUN"
    assert re.match(words, refusal())


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificate_that_the_one_you_set_does_not_cover(variable, refusal, tmp_path, monkeypatch):
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "proxy.pem"))
    monkeypatch.setenv(variable, str(tmp_path / "proxy.pem"))
    line = refusal()
    assert re.match(r"its certificate was refused: [a-z -]+ \(it was checked against the certificates in", line)
    assert f"{variable}, {tmp_path / 'proxy.pem'}: is the issuer's among them?" in line
    assert "set REQUESTS_CA_BUNDLE" not in line


def test_certificate_file_in_another_format(refusal, authority, tmp_path, monkeypatch):
    (tmp_path / "proxy.der").write_bytes(ssl.PEM_cert_to_DER_cert(authority.cert_pem.bytes().decode()))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "proxy.der"))
    line = refusal()
    assert f"REQUESTS_CA_BUNDLE names {tmp_path / 'proxy.der'}, and OpenSSL can't read it: NO" in line
    assert f"openssl x509 -inform der -in {tmp_path / 'proxy.der'} -out" in line


def test_certificate_file_that_is_missing(refusal, tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nowhere.pem"))
    assert f"TLS CA certificate bundle, invalid path: {tmp_path / 'nowhere.pem'}" in refusal()


def test_certificate_that_has_expired(refusal, authority, tmp_path, monkeypatch):
    authority.cert_pem.write_to_path(str(tmp_path / "proxy.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "proxy.pem"))
    past = datetime.datetime(2020, 1, 1)
    line = refusal(authority.issue_cert("127.0.0.1", not_before=past, not_after=past + datetime.timedelta(days=1)))
    assert line == "its certificate was refused: certificate has expired (is this machine's clock right?)"


def test_certificate_for_another_name(refusal, authority, tmp_path, monkeypatch):
    authority.cert_pem.write_to_path(str(tmp_path / "proxy.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "proxy.pem"))
    assert "certificate is not valid for '127.0.0.1'" in refusal(authority.issue_cert("mirror.example"))


def test_certificate_that_only_newer_pythons_refuse(refusal, tmp_path, monkeypatch):
    """As the proxies of some companies make them: without a key identifier of the authority."""
    if sys.version_info < (3, 13):
        pytest.skip("needs Python 3.13, whose checks are stricter")
    certificate = mirror.LaxCertificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.authority))
    line = refusal(certificate)
    assert "its certificate was refused: Missing Authority Key Identifier (Python 3.13 and later check more" in line


def test_certificate_that_is_trusted(authority, cache, start_mirrors, mnist_gz, tmp_path, monkeypatch):
    authority.cert_pem.write_to_path(str(tmp_path / "proxy.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "proxy.pem"))
    start_mirrors(mirror.Mirror(mirror.serve(mnist_gz), certificate=authority.issue_cert("127.0.0.1")))
    assert sources.find().name == "MNIST"
