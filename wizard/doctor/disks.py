"""Checks from inside of the disks that the journals and a SQLite log are on: write access, kind, free space."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from wizard.doctor.finding import Finding, ok, one_line, problem, warning
from wizard.doctor.installation import Installation
from wizard.intake.segments import NEW, allocate, segment_bytes

MOUNTS = Path("/proc/self/mounts")
NETWORK = frozenset(("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "fuse.sshfs", "afs", "lustre"))
MEMORY = frozenset(("tmpfs", "ramfs"))
LAYERED = frozenset(("overlay", "aufs"))
COPY_ON_WRITE = frozenset(("btrfs", "zfs"))
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Disk:
    """The file system of a folder: its kind, such as `ext4` ("" if unknown), and its free space for this user."""

    kind: str
    free_bytes: int


def disk_of(folder: Path) -> Disk:
    """The file system that `folder` is on, or would be. Raises OSError."""
    place = existing(folder)
    usage = os.statvfs(place)
    return Disk(_kind(place), usage.f_bavail * usage.f_frsize)


def existing(folder: Path) -> Path:
    """`folder`, or the nearest folder above it that exists."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return place


def _kind(place: Path) -> str:
    """The kind of the file system that is mounted nearest above `place`; the last mount hides earlier ones."""
    try:
        lines = MOUNTS.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    found, length = "", -1
    for fields in map(str.split, lines):
        mount = Path(fields[1].replace("\\040", " "))
        if place.resolve().is_relative_to(mount) and len(mount.parts) >= length:
            found, length = fields[2], len(mount.parts)
    return found


def journal_folder(found: Installation) -> Finding:
    """Whether a segment of a journal can be made in the journals' folder: one is made, and removed."""
    name, folder = "journal-folder", found.settings.spool_dir
    size = segment_bytes(found.settings.journal_bytes)
    if not folder.exists():
        place = existing(folder)
        if not os.access(place, os.W_OK | os.X_OK):
            return problem(
                name,
                f"The folder of journals, {folder.absolute()}, can't be made by this user.",
                "Run this as the server's user, or make the folder, and give it to that user.",
            )
        return ok(name, f"The start will make the folder of journals, {folder.absolute()}.")
    trial = folder / f"{NEW}check-{secrets.token_hex(4)}"
    try:
        allocate(trial, size)
        trial.unlink()
    except OSError as error:
        return problem(
            name,
            f"No file of {size / MEBIBYTE:.0f} MB can be made in {folder.absolute()} ({one_line(error.strerror)}).",
            "Run this as the server's user; give that user the folder, and free space on its disk.",
        )
    return ok(name, f"Journals can be written in {folder.absolute()}.")


def journal_disk(found: Installation) -> Finding:
    """Whether the journals are on a disk of this machine that keeps them, with room for what may have to wait."""
    name, folder = "journal-disk", found.settings.spool_dir
    disk, advice = disk_of(folder), "Set WIZARD_SPOOL_DIR to a folder on a local disk; in a container, on a volume."
    if disk.kind in NETWORK:
        return problem(name, f"The journals are on a network disk ({disk.kind}), where locks and space fail.", advice)
    if disk.kind in MEMORY:
        return problem(name, f"The journals are in memory ({disk.kind}), and lost when the machine stops.", advice)
    if disk.kind in LAYERED:
        return problem(name, f"The journals are in a container's own layer ({disk.kind}), and lost with it.", advice)
    free, most = disk.free_bytes / MEBIBYTE, found.settings.journal_bytes / MEBIBYTE
    if free < most:
        return warning(
            name,
            f"There are {free:,.0f} MB free for journals, of which each may need {most:,.0f} MB while the log is down.",
            "Free space, or set WIZARD_JOURNAL_BYTES to what there is for each worker.",
        )
    if disk.kind in COPY_ON_WRITE:
        return warning(
            name,
            f"The journals are on {disk.kind}, which does not reserve space: a full disk stops them.",
            "Watch its free space, or use ext4 or XFS.",
        )
    return ok(name, f"The journals are on a local disk ({disk.kind or 'kind unknown'}), with {free:,.0f} MB free.")


def log_disk(found: Installation) -> Finding:
    """Whether a SQLite log is on a local disk that keeps it, with free space."""
    name, url = "log-disk", make_url(found.settings.database_url)
    if url.get_backend_name() != "sqlite":
        return ok(name, "The log is on PostgreSQL.")
    file = Path(str(url.database))
    disk, advice = disk_of(file.parent), "Move the file to a local disk; in a container, to a volume."
    if disk.kind in NETWORK:
        return problem(name, f"The log's file is on a network disk ({disk.kind}), where SQLite can be damaged.", advice)
    if disk.kind in MEMORY | LAYERED:
        return problem(name, f"The log's file is on {disk.kind}, and lost with this machine or container.", advice)
    size = file.stat().st_size if file.exists() else 0
    if disk.free_bytes < max(size // 10, 100 * MEBIBYTE):
        return warning(
            name,
            f"There are {disk.free_bytes / MEBIBYTE:,.0f} MB free for the log, which has {size / MEBIBYTE:,.0f} MB.",
            "Free space; `wizard purge` erases old visits.",
        )
    return ok(name, f"The log's file is on a local disk ({disk.kind or 'kind unknown'}).")
