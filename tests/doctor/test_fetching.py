"""How `wizard doctor` fetches pages: over real connections, with a certificate made for the test."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from server import free_port

from wizard.doctor.connection import server, tls
from wizard.doctor.fetching import Answer, Unreachable, fetch
from wizard.doctor.site import Site

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl here to make a certificate")
DAYS = 10


class Up(BaseHTTPRequestHandler):
    """Answers as the wizard does at /healthz, and with a redirect elsewhere."""

    def do_GET(self) -> None:  # the library's name
        body = b'{"status": "up"}'
        self.send_response(200 if self.path == "/healthz" else 303)
        self.send_header("Location", "/healthz")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a certificate for localhost that expires in DAYS, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", str(DAYS)]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    command = ["openssl", "req", "-x509", *made, *names, *files]
    subprocess.run(command, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "certificate.pem").read_text())
    return both


@contextmanager
def serving_tls(certificate: Path, most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> Iterator[str]:
    """A server with that certificate: its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.maximum_version = most
    with HTTPServer(("127.0.0.1", 0), Up) as running:
        running.socket = context.wrap_socket(running.socket, server_side=True)
        running.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that does not trust it
        thread = Thread(target=running.serve_forever, args=[0.02], daemon=True)
        thread.start()
        yield f"https://localhost:{running.server_port}"
        running.shutdown()
        thread.join()


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def test_a_certificate_that_is_trusted_is_told_with_its_days(certificate: Path) -> None:
    with serving_tls(certificate) as url:
        site = Site(url, fetch=partial(fetch, context=trusting(certificate)))
        assert server(site).result == "ok"
        finding = tls(site)
    assert (finding.result, finding.found) == ("warning", f"The certificate expires in {DAYS - 1} days.")


def test_a_certificate_that_is_not_trusted_is_a_problem_with_the_reason(certificate: Path) -> None:
    with serving_tls(certificate) as url:
        site = Site(url)
        assert server(site).result == "problem"
        finding = tls(site)
    assert finding.result == "problem"
    assert finding.found == "Browsers don't trust the certificate (self-signed certificate)."
    assert "localhost" in finding.advice


def test_so_is_one_for_another_name(certificate: Path) -> None:
    with serving_tls(certificate) as url:
        site = Site(url.replace("localhost", "127.0.0.1"), fetch=partial(fetch, context=trusting(certificate)))
        finding = tls(site)
    assert finding.result == "problem"
    assert "IP address mismatch" in finding.found


def test_redirects_are_not_followed(certificate: Path) -> None:
    with serving_tls(certificate) as url:
        answer = fetch(f"{url}/elsewhere?a=1", {}, context=trusting(certificate))
    assert (answer.status, answer.headers["Location"], answer.tls) == (303, "/healthz", "TLSv1.3")


def test_the_reason_is_told_where_nothing_answers() -> None:
    with pytest.raises(Unreachable, match="Connection refused") as refused:
        fetch(f"http://127.0.0.1:{free_port()}/", {})
    assert not refused.value.is_certificate
    with pytest.raises(Unreachable, match=r"not known|resolution"):
        fetch("http://no-such-host.invalid/", {})


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.doctor.fetching.SECONDS", 0.2)
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as silent,
        pytest.raises(Unreachable, match="no answer within"),
    ):
        fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/", {})


def test_a_server_of_something_else_is_told_as_an_error_of_the_protocol() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]

        def answer() -> None:
            connection, _ = other.accept()
            connection.recv(1000)
            connection.sendall(b"SSH-2.0\r\n\r\n")
            connection.close()

        thread = Thread(target=answer)
        thread.start()
        with pytest.raises(Unreachable):
            fetch(f"http://127.0.0.1:{port}/", {})
        thread.join()


def test_a_body_that_is_no_json_object_has_no_members() -> None:
    for body in (b"", b"<p>", b"[]", b"\xff"):
        assert Answer(200, HTTPMessage(), body).json == {}
    assert Answer(200, HTTPMessage()).date_s is None
