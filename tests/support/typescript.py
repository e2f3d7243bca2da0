"""TypeScript, React and its types, from the lock in tests/node/; installed once, in artifacts/node/."""

import fcntl
import filecmp
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "tests" / "node" / "package-lock.json"
FOLDER = ROOT / "artifacts" / "node"
OPTIONS = ("--strict", "--target", "es2022", "--module", "node16", "--jsx", "react-jsx", "--lib", "es2022,dom")
REACT = {
    "react": "react/cjs/react.development.js",
    "react/jsx-runtime": "react/cjs/react-jsx-runtime.development.js",
    "react-dom": "react-dom/cjs/react-dom.development.js",
    "react-dom/client": "react-dom/cjs/react-dom-client.development.js",
    "scheduler": "scheduler/cjs/scheduler.development.js",
}
"""The files of the modules that pages require, which React publishes for Node alone."""

REQUIRE = """
const process = { env: { NODE_ENV: 'development' } }
const modules = {}, files = {}
const require = name => {
  if (!modules[name]) files[name](modules[name] = { exports: {} }, modules[name].exports)
  return modules[name].exports
}
"""


def installed() -> Path:
    """The folder of the packages. Skips the test on a machine without npm."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            pytest.skip(f"no {program} on this machine; `make system` installs it or says how")
    FOLDER.mkdir(parents=True, exist_ok=True)
    packages = FOLDER / "node_modules"
    with (FOLDER / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = packages / LOCK.name
        if not (done.exists() and filecmp.cmp(LOCK, done, shallow=False)):
            for name in ("package.json", LOCK.name):
                shutil.copy(LOCK.parent / name, FOLDER)
            _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
            shutil.copy(LOCK, done)
    return packages


@contextmanager
def project(sources: Mapping[str, str], *, with_react: bool = True) -> Iterator[Path]:
    """A folder with these files, from which the packages are found, unless it is one without React."""
    installed()
    with tempfile.TemporaryDirectory(dir=FOLDER if with_react else None) as name:
        folder = Path(name)
        for path, text in sources.items():
            (folder / path).write_text(text, "utf-8")
        yield folder


def compiled(sources: Mapping[str, str], *, with_react: bool = True) -> dict[str, str]:
    """These sources as modules for Node, without their endings. Raises AssertionError with the compiler's errors."""
    with project(sources, with_react=with_react) as folder:
        compiler = str(installed() / "typescript" / "bin" / "tsc")
        _run("node", compiler, *OPTIONS, "--outDir", "out", *sources, cwd=folder)
        return {path.stem: path.read_text("utf-8") for path in (folder / "out").glob("*.js")}


def script_of(modules: Mapping[str, str], first: str) -> str:
    """A classic script of compiled modules and of React, which runs the module `first`."""
    packages = installed()
    files = {name: (packages / path).read_text("utf-8") for name, path in REACT.items()}
    files |= {f"./{name}": text for name, text in modules.items()}
    written = (f"files[{json.dumps(name)}] = (module, exports) => {{{text}\n}}" for name, text in files.items())
    script = "\n".join([REQUIRE, *written, f"require('./{first}')"])
    # Inside a page, a script ends at the first end tag in it.
    return f"(() => {{{script}}})()".replace("</script", "<\\/script")


def run_module(modules: Mapping[str, str], expression: str) -> str:
    """What `expression` gives in Node, with `load` to load one of the compiled modules."""
    with project({f"{name}.js": text for name, text in modules.items()} | {"package.json": "{}"}) as folder:
        code = f"const load = name => require(name); process.stdout.write({expression})"
        return _run("node", "-e", code, cwd=folder)


def _run(*words: str, cwd: Path = FOLDER) -> str:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}"
    return done.stdout
