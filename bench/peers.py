"""Starts what the first question is compared with: pages from a static server, and a django-formtools wizard."""

# For scripts; they start what they installed themselves.
# ruff: noqa: INP001, S603

import filecmp
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from threading import Thread
from typing import Any, Self
from urllib.error import URLError
from urllib.request import urlopen

import brotli
from chromium import NotMeasured

HERE = Path(__file__).parent
PAGES = HERE / "first-question"
LOCK = HERE / "requirements-first-question.txt"
WORDING = HERE.parent / "wizard" / "wording" / "en.toml"
START_S = 30

Running = AbstractContextManager[subprocess.Popen[bytes]]

# What each package's documentation has a page without a bundler load: the smallest form, without Google's fonts.
PACKAGES = {
    "formbricks": "@formbricks/surveys/dist/index.umd.js",
    "surveyjs_core": "survey-core/survey.core.min.js",
    "surveyjs_ui": "survey-js-ui/survey-js-ui.min.js",
    "surveyjs_css": "survey-core/survey-core.fontless.min.css",
}
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css"}


def first_question() -> dict[str, Any]:
    """Our own first question, which all are to show."""
    question = tomllib.loads(WORDING.read_text("utf-8"))["questions"]["who"]
    choices = [
        {"id": name, "label": words["label"], "hint": words["hint"]} for name, words in question["choices"].items()
    ]
    return {"title": question["title"], "hint": question["hint"], "choices": choices}


def install(folder: Path) -> tuple[Path, Path]:
    """The Python of django-formtools and the folder of the npm packages, installed in `folder` from the locks."""
    return _install_python(folder / "venv"), _install_packages(folder / "npm")


def _install_python(venv: Path) -> Path:
    python, done = venv / "bin" / "python", venv / LOCK.name
    if not (done.exists() and filecmp.cmp(LOCK, done, shallow=False)):
        _run(sys.executable, "-m", "venv", "--clear", "--without-pip", str(venv))
        pip = (sys.executable, "-m", "pip", "--python", str(python))
        _run(*pip, "install", "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(LOCK))
        _run(*pip, "check")
        shutil.copy(LOCK, done)
    return python


def _install_packages(folder: Path) -> Path:
    lock, done = PAGES / "package-lock.json", folder / "node_modules" / "package-lock.json"
    if not (done.exists() and filecmp.cmp(lock, done, shallow=False)):
        if not (npm := shutil.which("npm")):
            raise NotMeasured("npm fetches Formbricks and SurveyJS; on Debian: apt-get install npm")
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PAGES / name, folder)
        _run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", cwd=folder)
        shutil.copy(lock, done)
    return folder / "node_modules"


def _run(*words: str, cwd: Path | None = None) -> None:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotMeasured(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")


@contextmanager
def served(
    command: Sequence[str], port: int, folder: Path, environ: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A server by `command`, which is to answer /readyz on `port`, while the context lasts."""
    log = folder / f"{port}.log"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WIZARD_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env={**clean, **environ}, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_until_ready(port, process, log)
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz"):
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise NotMeasured(f"a server did not come up; it said:\n{log.read_text()[-4000:]}")


def wizard(port: int, folder: Path, origin: str, host: str) -> Running:
    """Our own server as an operator starts it, which says that it is at `origin`; `host` may frame it."""
    environ = {
        "PYTHONPATH": str(HERE.parent),
        "WIZARD_EMBED_ORIGINS": host,
        "WIZARD_PUBLIC_URL": origin,
    }
    return served((sys.executable, "-m", "wizard", "serve", "--port", str(port)), port, folder, environ)


def formtools(port: int, folder: Path, python: Path) -> Running:
    """The Django site, by the same kind of server as ours."""
    words = ("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-log", "--working-dir", str(PAGES))
    command = (str(python), "-m", "granian", *words, "formtools_site:application")
    return served(command, port, folder, {"FIRST_QUESTION": json.dumps(first_question())})


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Static:
    """A static server that has every file compressed as hard as brotli can beforehand, and keeps connections open."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[str, bytes]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])

    @contextmanager
    def running(self) -> Iterator[Self]:
        """It serves while the context lasts."""
        thread = Thread(target=self._server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def add(self, path: str, text: bytes) -> str:
        """Serve `text` at `path`; the path."""
        self._files[path] = (TYPES[Path(path).suffix], brotli.compress(text, quality=11))
        return path

    def add_pages(self, node_modules: Path, given: Mapping[str, str]) -> None:
        """Serve the packages and every page, each page with the question and what is `given` filled in."""
        question = first_question()
        packages = {
            name: self.add(f"/{name}{Path(path).suffix}", (node_modules / path).read_bytes())
            for name, path in PACKAGES.items()
        }
        filled = {"title": question["title"], "hint": question["hint"], "labels": _labels(question["choices"])}
        for page in PAGES.glob("*.html"):
            if page.name != "formtools.html":
                values = {**filled, **packages, **given, "question": json.dumps(question)}
                self.add(f"/{page.name}", Template(page.read_text("utf-8")).substitute(values).encode())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        files = self._files

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # headers and body leave together, as from a server for production

            def do_GET(self) -> None:
                kind, body = files.get(self.path, ("text/plain", b""))
                self.send_response(200 if self.path in files else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                if self.path in files:
                    self.send_header("Content-Encoding", "br")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def _labels(choices: Sequence[Mapping[str, str]]) -> str:
    return "\n".join(
        f'<p><label><input type="radio" name="who" value="{choice["id"]}"> {choice["label"]}: {choice["hint"]}</label>'
        for choice in choices
    )
