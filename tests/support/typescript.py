"""Compiles TypeScript, and makes scripts of it with React."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from npm_packages import FOLDER, installed, run

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
        run("node", compiler, *OPTIONS, "--outDir", "out", *sources, cwd=folder)
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
        return run("node", "-e", code, cwd=folder)
