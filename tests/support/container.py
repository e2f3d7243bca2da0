"""Builds the container image with podman, and runs it, from a base of Debian packages that mmdebstrap makes."""

import ast
import fcntl
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "artifacts" / "container"
PROGRAMS = ("podman", "runc", "mmdebstrap", "nsenter")
PACKAGES = "passwd,python3,python3-venv"
UNUSED = ("doc", "man", "locale", "info")
IMAGE, BASE = "localhost/wizard", "localhost/base"
MOST_FILES = 4096
MOST_PROCESSES = 4096


class CommandFailed(AssertionError):
    """A command failed; the message has all that it printed."""


def run(*words: str, environ: Mapping[str, str] | None = None) -> str:
    """What a command prints on standard output. Raises CommandFailed."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environ)
    if done.returncode:
        raise CommandFailed(
            f"{' '.join(words)} exited with {done.returncode}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        )
    return done.stdout


@dataclass(frozen=True)
class Podman:
    """Podman with a storage of its own in `folder`, with this storage driver."""

    folder: Path
    driver: str

    def __call__(self, *words: str) -> str:
        """What a podman command prints. Raises CommandFailed."""
        return run(*self.command(*words))

    def command(self, *words: str) -> list[str]:
        """The whole command line of a podman command."""
        places = [
            "--root",
            f"{self.folder}/storage",
            "--runroot",
            f"{self.folder}/run",
            "--tmpdir",
            f"{self.folder}/state",
        ]
        # runc, since crun does not run where both versions of cgroups are mounted.
        ways = ["--storage-driver", self.driver, "--runtime", "runc", "--cgroup-manager", "cgroupfs"]
        return ["podman", "--log-level=error", *places, *ways, "--events-backend", "none", *words]

    def inspect(self, name: str) -> dict[str, Any]:
        """What podman knows of an image or a container."""
        [found] = json.loads(self("inspect", name))
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True)
class Container:
    """A running container, without any network but its own loopback."""

    podman: Podman
    name: str

    @cached_property
    def process(self) -> int:
        """The id of its first process, on this machine."""
        return int(self.podman.inspect(self.name)["State"]["Pid"])

    @property
    def exit_code(self) -> int:
        """The exit code of its first process, which has ended."""
        return int(self.podman.inspect(self.name)["State"]["ExitCode"])

    def execute(self, *words: str) -> str:
        """What a command in the container prints. Raises CommandFailed."""
        return self.podman("exec", self.name, *words)

    def beside(self, program: str) -> list[str]:
        """The command that runs a Python `program` of the tests, with the network of the container."""
        return ["nsenter", "--net", f"--target={self.process}", sys.executable, "-c", program]

    def python(self, program: str) -> str:
        """What such a program prints. It may import tests/support/. Raises CommandFailed."""
        return run(*self.beside(program), environ={**os.environ, "PYTHONPATH": str(ROOT / "tests" / "support")})


def require_programs() -> None:
    """Skip the test on a machine that can't have what it needs."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        pytest.skip(f"no {', '.join(missing)} here; as root on Debian, `make system` installs them")
    if os.geteuid() != 0:
        pytest.skip("only root can run containers here")


@contextmanager
def own_podman() -> Iterator[Podman]:
    """Podman with a storage of its own, and the base image in it. Everything is removed at the end.

    Skips the test where containers can't be run.
    """
    require_programs()
    folder = Path(mkdtemp(prefix="wizard-"))  # podman refuses long paths
    podman = None
    try:
        podman = _started(folder)
        podman("import", "--quiet", str(base_archive()), BASE)
        try:
            run_container(podman, "trial", "--entrypoint", "/bin/true", image=BASE)
        except CommandFailed as error:
            pytest.skip(f"this machine runs no containers: {error}")
        yield podman
    finally:
        if podman:
            subprocess.run(podman.command("rm", "--all", "--force", "--time", "0"), capture_output=True, check=False)
            subprocess.run(["umount", f"{podman.folder}/storage/overlay"], capture_output=True, check=False)  # noqa: S607
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path) -> Podman:
    """Podman with the fastest storage that works here: that of `vfs` copies all files for each layer."""
    reasons = []
    for driver in ("overlay", "vfs"):
        podman = Podman(folder / driver, driver)
        try:
            podman("info")
        except CommandFailed as error:
            reasons.append(str(error))
        else:
            return podman
    pytest.skip("\n".join(["podman does not start here:", *reasons]))


def base_archive() -> Path:
    """The files of a small Debian with Python, made once. Skips the test where Debian's packages can't be had."""
    CACHE.mkdir(parents=True, exist_ok=True)
    archive = CACHE / "base.tar"
    with (CACHE / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not archive.exists():
            part = CACHE / "part.tar"
            unused = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in UNUSED]
            try:
                run("mmdebstrap", "--variant=essential", f"--include={PACKAGES}", *unused, "bookworm", str(part))
            except CommandFailed as error:
                pytest.skip(f"no base image can be made: {error}")
            part.rename(archive)
    return archive


def build(podman: Podman, **arguments: str) -> str:
    """Build the image from the Containerfile, with these build arguments. Returns its name."""
    tag = "-".join([IMAGE, *arguments.values()]).replace(".txt", "")
    given = [f"--build-arg={name}={value}" for name, value in {"BASE": BASE, **arguments}.items()]
    podman(
        *(
            "build",
            "--quiet",
            "--pull=never",
            "--layers=false",
            "--isolation=chroot",
            "--network=host",
            "--format=docker",
        ),
        *(*given, *_index(podman.folder), f"--tag={tag}", f"--file={ROOT}/Containerfile", str(ROOT)),
    )
    return tag


def _index(folder: Path) -> Iterator[str]:
    """The options of a build that let pip ask the same index as pip does here."""
    told: dict[str, str] = {}
    for line in sorted(run(sys.executable, "-m", "pip", "config", "list").splitlines(), reverse=True):
        name, _, value = line.partition("=")
        told[name.rpartition(".")[2]] = " ".join(str(ast.literal_eval(value)).split())
    settings = folder / "pip.conf"
    settings.write_text("".join(["[global]\n", *(f"{name} = {value}\n" for name, value in told.items())]))
    yield f"--secret=id=pip,src={settings}"
    for word in {word for value in told.values() for word in value.split()}:
        # An index on the disk links to files beside it.
        path = Path(word.removeprefix("file://")).parent if word.startswith("file://") else Path(word)
        if path.is_absolute() and path.exists():
            yield f"--volume={path}:{path}:ro"


def run_container(podman: Podman, name: str, *options: str, image: str, words: Sequence[str] = ()) -> Container:
    """Run a container as an operator should: root is read-only, and there are no rights to anything.

    Its network is a loopback of its own. `words` are added to the entry point.
    """
    limits = {
        "nofile": min(MOST_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
        "nproc": min(MOST_PROCESSES, resource.getrlimit(resource.RLIMIT_NPROC)[1]),
    }
    podman(
        *("run", "--detach", f"--name={name}", "--network=none", "--read-only", "--read-only-tmpfs=false"),
        *("--cap-drop=all", "--security-opt=no-new-privileges"),
        *(f"--ulimit={kind}={most}:{most}" for kind, most in limits.items()),
        *(*options, image, *words),
    )
    return Container(podman, name)
