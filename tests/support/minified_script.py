"""Makes `static/embed.min.js`, which `/embed.js` serves: `static/embed.js` with the campaign tags, minified.

`make minify` runs this; a test compares the file with what this makes.
"""

import re
from pathlib import Path

import minify

from wizard.files.bundled import bundled
from wizard.storage.attribution_slots import CAMPAIGN_TAGS

SOURCE: Path = bundled("static") / "embed.js"
MINIFIED: Path = SOURCE.with_suffix(".min.js")
STYLES = re.compile(r"(?<=replaceSync\(`)[^`]+")
NO_TAGS = "const CAMPAIGN_TAGS = [] // filled in by `make minify`"


def minified_script() -> str:
    """The content of `static/embed.min.js`. Raises ValueError where the source has no place for the tags."""
    source = SOURCE.read_text("utf-8")
    if NO_TAGS not in source:
        raise ValueError(f"static/embed.js: no line {NO_TAGS!r}")
    tags = source.replace(NO_TAGS, f"const CAMPAIGN_TAGS = {list(CAMPAIGN_TAGS)}")
    small = STYLES.sub(lambda styles: str(minify.string("text/css", styles[0])), tags)
    return str(minify.string("application/javascript", small)) + "\n"


if __name__ == "__main__":
    MINIFIED.write_text(minified_script(), "utf-8")
