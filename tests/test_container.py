"""The container image: built and run as docs/deploy.md says, with a read-only root and without any rights."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from container import Container, Podman, build, own_podman, run_container
from wheels import pins

from wizard.serve import STOP_SECONDS

ROOT = Path(__file__).parents[1]
PATH = {"who": "team", "team_size": "2_10", "hosting": "avoid"}
EVENTS = 8
"""How many events a visit along PATH has."""

GRACE_SECONDS = 10
"""How long podman and Docker wait for a container to stop before they kill it."""

START_SECONDS = 60
PORT = 8000
URL = f"http://127.0.0.1:{PORT}"
VOLUME = "/var/lib/wizard"
ONCE = ("run", "--rm", "--network=none", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024")
VISIT = f"from server import visit; print(visit([{URL!r}], {PATH!r}).main['data-recommended'])"
SLOW = """
import socket, sys
with socket.create_connection(("127.0.0.1", 8000)) as slow:
    slow.sendall(b"POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: application/x-www-form-urlencoded\\r\\n")
    slow.sendall(b"Expect: 100-continue\\r\\nContent-Length: 9\\r\\n\\r\\n")
    print(slow.recv(100), flush=True)
    sys.stdin.read()
"""
"""A client that never sends the body that it has announced."""

COUNTS = """
import json, sqlite3
log = sqlite3.connect("file:var/wizard.db?mode=ro", uri=True)
print(json.dumps({
    "events": log.execute("SELECT count(*) FROM events").fetchone()[0],
    "ids": log.execute("SELECT count(DISTINCT journey_id || event_id) FROM events").fetchone()[0],
}))
"""


@contextmanager
def running(podman: Podman, image: str) -> Iterator[Container]:
    """A wizard with its files in the volume `data`, ready for visitors."""
    container = run_container(
        podman,
        f"wizard-{time.monotonic_ns()}",
        f"--volume=data:{VOLUME}",
        image=image,
        words=["--allow-made-up-key"],
    )
    deadline = time.monotonic() + START_SECONDS
    while not listens(container):
        if time.monotonic() > deadline:
            logs = subprocess.run(podman.command("logs", container.name), capture_output=True, text=True, check=False)
            raise AssertionError(logs.stdout + logs.stderr)
        time.sleep(0.1)
    yield container
    podman("rm", "--force", "--time", "0", container.name)


def listens(container: Container) -> bool:
    """Whether the server accepts connections."""
    sockets = Path(f"/proc/{container.process}/net/tcp")
    return sockets.exists() and f":{PORT:04X} " in sockets.read_text()


def test_the_image_serves_visits_is_healthy_stops_in_time_and_loses_nothing(
    request: pytest.FixtureRequest,
) -> None:
    """One test, since the image is built once, and tests may run in several processes."""
    with own_podman() as podman:
        image = build(podman)
        it_says_how_it_is_run_and_holds_no_tools_for_building(podman, image)
        with running(podman, image) as first:
            it_serves_a_visit_without_rights_on_a_read_only_root(first)
            it_is_healthy_until_it_hangs(first)
            first.python(VISIT)
            podman("kill", "--signal=KILL", first.name)
        with running(podman, image) as second:
            a_stop_with_a_stalled_request_ends_in_time_and_leaves_no_journal(second)
        held = json.loads(podman(*ONCE, f"--volume=data:{VOLUME}", "--entrypoint=python", image, "-c", COUNTS))
        assert held["events"] == held["ids"] == 3 * EVENTS, "also of the visit just before the first was killed"
        if request.config.getoption("--soak"):
            with_its_own_lock_it_has_what_sends_traces(podman)


def it_says_how_it_is_run_and_holds_no_tools_for_building(podman: Podman, image: str) -> None:
    config = podman.inspect(image)["Config"]
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["wizard", "serve", "--host", "0.0.0.0"]  # noqa: S104  # in a container
    assert list(config["Volumes"]) == [VOLUME] == [config["WorkingDir"]]
    assert list(config["ExposedPorts"]) == ["8000/tcp"]
    assert podman.inspect(image)["Healthcheck"]["Test"][0] == "CMD"
    look = "ls -d /src /opt/build /etc/pip.conf /opt/wizard/bin/pip 2>/dev/null; python -m pip --version 2>&1"
    found = podman(*ONCE, "--entrypoint=sh", image, "-c", f"{look}; true")
    assert found == "/opt/wizard/bin/python: No module named pip\n"


def it_serves_a_visit_without_rights_on_a_read_only_root(container: Container) -> None:
    assert container.python(VISIT).strip() == "cloud"
    status = Path(f"/proc/{container.process}/status").read_text().splitlines()
    about = {name: value.split() for name, value in (line.split(":") for line in status if line.count(":") == 1)}
    assert set(about["Uid"]) == set(about["Gid"]) == {"10001"}
    assert {about[name][0] for name in ("CapPrm", "CapEff", "CapBnd")} == {"0" * 16}
    mounts = [line.split() for line in Path(f"/proc/{container.process}/mounts").read_text().splitlines()]
    assert [fields[3].split(",")[0] for fields in mounts if fields[1] == "/"] == ["ro"]
    tries = "for folder in / /opt/wizard /tmp /var/tmp /etc; do touch $folder/x 2>/dev/null && echo $folder; done; true"
    assert container.execute("sh", "-c", tries) == ""
    assert "Balanced" in container.execute("wizard", "ledger")
    checked = json.loads(container.execute("sh", "-c", "wizard doctor --json || true"))
    wrong = {finding["check"] for finding in checked if finding["result"] == "problem"}
    assert wrong <= {"journal-disk", "log-disk"}, "those of this machine"
    assert container.execute("wizard", "sign-in-link", "--email", "one@example.com").startswith(URL)


def it_is_healthy_until_it_hangs(container: Container) -> None:
    def is_healthy() -> bool:
        return not subprocess.run(
            container.podman.command("healthcheck", "run", container.name), check=False
        ).returncode

    assert is_healthy()
    processes = container.podman("top", container.name, "hpid").split()[1:]
    subprocess.run(["kill", "-STOP", *processes], check=True)  # noqa: S607
    assert not is_healthy()
    subprocess.run(["kill", "-CONT", *processes], check=True)  # noqa: S607
    assert is_healthy()


def a_stop_with_a_stalled_request_ends_in_time_and_leaves_no_journal(container: Container) -> None:
    with subprocess.Popen(container.beside(SLOW), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as stalled:
        assert stalled.stdout
        assert "100 Continue" in stalled.stdout.readline()
        container.python(VISIT)
        began = time.monotonic()
        container.podman("stop", f"--time={GRACE_SECONDS}", container.name)
        took = time.monotonic() - began
        stalled.communicate()
    assert took >= STOP_SECONDS
    assert container.exit_code == 0, "it was killed"
    kept = container.podman("volume", "inspect", "data", "--format={{.Mountpoint}}").strip()
    assert not list(Path(kept, "var", "spool").glob("journal-*"))


def with_its_own_lock_it_has_what_sends_traces(podman: Podman) -> None:
    traced = build(podman, LOCK="requirements-traces.txt")
    podman(*ONCE, "--entrypoint=python", traced, "-c", "import opentelemetry.sdk, wizard.app")


def test_the_lock_with_traces_pins_the_same_releases() -> None:
    plain, traced = pins(ROOT / "requirements.txt"), pins(ROOT / "requirements-traces.txt")
    assert plain.items() <= traced.items()
    assert "opentelemetry-sdk" in traced.keys() - plain.keys()


def test_the_build_sees_only_what_goes_into_the_image() -> None:
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = " ".join(
        line.removeprefix("COPY ") for line in (ROOT / "Containerfile").read_text().splitlines() if "COPY" in line[:4]
    ).split()
    assert [name for name in allowed if name not in copied] == []
    assert all((ROOT / name).exists() for name in allowed)


def test_the_containerfile_installs_as_the_makefile_does_and_names_no_registry() -> None:
    text = (ROOT / "Containerfile").read_text()
    assert text.count("--no-deps --require-hashes") == 2
    assert "://" not in text.replace("http://127.0.0.1:8000/healthz", "")
    assert "ARG BASE=python:3.11-slim-bookworm" in text
