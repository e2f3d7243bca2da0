"""Makes wheels for tests: empty ones, or repacked from installed packages; and copies installed packages."""

import hashlib
import shutil
import zipfile
from collections.abc import Iterable
from email.parser import Parser
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path


def write_wheel(folder: Path, name: str, version: str, *requires: str, extras: Iterable[str] = ()) -> Path:
    """Write a wheel that holds nothing but its metadata. `requires` are its requirements."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    files = {
        f"{info}/METADATA": "\n".join([*lines, ""]).encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    return _zip(folder / f"{info.removesuffix('.dist-info')}-py3-none-any.whl", info, files)


def repack(folder: Path, name: str) -> Path:
    """Pack an installed package into a wheel again, which has a hash of its own."""
    found = distribution(name)
    files = {path: source.read_bytes() for path, source in _files(found) if not path.endswith("/RECORD")}
    info = next(path for path in files if path.endswith(".dist-info/METADATA")).removesuffix("/METADATA")
    tag = str(Parser().parsestr(found.read_text("WHEEL") or "")["Tag"])
    return _zip(folder / f"{info.removesuffix('.dist-info')}-{tag}.whl", info, files)


def pin(name: str, version: str, *wheels: Path) -> str:
    """The entry of a lock for these wheels."""
    hashes = [f"    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}" for wheel in wheels]
    return " \\\n".join([f"{name}=={version}", *hashes]) + "\n"


def pins(lock: Path) -> dict[str, str]:
    """The versions that a lock pins for this Python, by package."""
    entries = [line.split(" \\")[0].split(" ; ")[0] for line in lock.read_text().splitlines() if "==" in line[:60]]
    return dict(entry.split("==") for entry in entries if not entry.startswith(" "))


def copy_installed(names: Iterable[str], site_packages: Path) -> list[str]:
    """Copy those of the packages that are installed here into another environment; their names."""
    copied = []
    wanted = set(names)
    for found in distributions():
        name = found.name.lower().replace("_", "-").replace(".", "-")
        if name in wanted:
            for path, source in _files(found):
                (site_packages / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, site_packages / path)
            copied.append(name)
    return copied


def installed(site_packages: Path) -> dict[str, str]:
    """The versions of the packages in an environment, by package."""
    return {found.name.lower(): found.version for found in distributions(path=[str(site_packages)])}


def _files(found: Distribution) -> Iterable[tuple[str, Path]]:
    """A package's files within site-packages, without its commands and what Python has compiled."""
    for path in found.files or ():
        name = path.as_posix()
        if not name.startswith("..") and "__pycache__" not in name:
            yield name, Path(str(path.locate()))


def _zip(path: Path, info: str, files: dict[str, bytes]) -> Path:
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in {**files, f"{info}/RECORD": record.encode()}.items():
            wheel.writestr(name, content)
    return path
