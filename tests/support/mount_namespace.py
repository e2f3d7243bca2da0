"""Mounts file systems that are visible only to a test's processes."""

import os
import shutil
import subprocess
from pathlib import Path


def mounting(folder: Path) -> list[str]:
    """The arguments before a command that let it mount file systems; empty if this machine forbids that."""
    words = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    trial = [*words, "mount", "-t", "tmpfs", "tmpfs", str(folder)]
    can = shutil.which("unshare") and not subprocess.run(trial, capture_output=True, check=False).returncode
    return words if can else []
