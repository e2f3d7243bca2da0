"""The HTML of a snippet: the element around a frame, the dialog's link and element, or the frame alone."""

from collections.abc import Mapping
from urllib.parse import urlencode

from markupsafe import escape

from wizard.embed.options import SHARE_PATH, Options
from wizard.presentation import TRANSPARENT, Presentation

RESERVED_HEIGHT_PX = 640
"""The height attribute of the frame, for pages whose policy allows no style."""

LEAST_HEIGHT_PX = 560


def reserved_height(least_px: int = LEAST_HEIGHT_PX) -> str:
    """The height of a frame in CSS: at least so many pixels, and more in a narrow window."""
    return f"max({least_px}px,1000px - 80vw)"


RESERVED_HEIGHT = reserved_height()
"""The height of the frame until the wizard has loaded, so that the page does not move.

The narrower, the higher: the first question fits at every width.
"""

DEFAULT_RADIUS_PX = "14"
COLOR_SCHEMES = {"auto": "light dark", "light": "light", "dark": "dark"}


def frame_style(presentation: Presentation) -> str:
    """The style of a frame, without its height.

    A frame of another colour scheme than its page is opaque, so a transparent one needs the theme's.
    """
    radius = presentation.radius or DEFAULT_RADIUS_PX
    scheme = f";color-scheme:{COLOR_SCHEMES[presentation.theme]}" if presentation.background == TRANSPARENT else ""
    return f"display:block;border:0;border-radius:{radius}px{scheme}"


def sizing_style(least_height: str) -> str:
    """The style of a frame that is at least so high, and as high as its content where the browser can.

    Browsers without `calc-size()` skip the second height. Its fraction of `size` makes the frame up to 3 px higher once
    its page has loaded: at an unchanged height, Chromium 156 shows only the top 150 px of a frame with `loading=lazy`.
    Fewer than 3 px are no layout shift.
    """
    sized = f"calc-size(auto,max(size,{least_height} + size*.004))"
    return f"height:{least_height};height:{sized};frame-sizing:content-height"


def snippet_style(presentation: Presentation) -> str:
    """The style of a frame in a page: as wide as there is room, also in a parent that is as wide as its content."""
    return f"{frame_style(presentation)};width:100vw;max-width:100%;{sizing_style(RESERVED_HEIGHT)}"


SANDBOX = (
    "allow-forms "
    "allow-popups "
    "allow-popups-to-escape-sandbox "
    "allow-same-origin "
    "allow-scripts "
    "allow-top-navigation-by-user-activation"
)
"""What the frame must be allowed: to post its form, to send its height, and to open links on a click."""

OPENER = "Find your deployment"


def frame_address(origin: str, options: Options, more: Mapping[str, str] | None = None) -> str:
    """The wizard's address with these `options`, and with `more` parameters."""
    query = urlencode({**options.wizard_parameters(), **(more or {})})
    return f"{origin}/?{query}" if query else f"{origin}/"


def element_attributes(options: Options) -> Mapping[str, str]:
    """The element's attributes, without defaults."""
    presentation = options.presentation
    named = {
        "mode": "" if options.mode == "inline" else options.mode,
        "theme": "" if presentation.theme == "auto" else presentation.theme,
        "accent": presentation.accent,
        "background": presentation.background,
        "radius": presentation.radius,
        "locale": presentation.locale,
        "campaign": options.campaign,
        "prefill": urlencode(options.answers),
    }
    switches = {SHARE_PATH: ""} if options.share_path else {}
    return {**{name: value for name, value in named.items() if value}, **switches}


def frame_snippet(origin: str, options: Options, title: str) -> str:
    """The HTML of the frame alone, which needs no script."""
    address = frame_address(origin, options)
    attributes = {**frame_attributes(address, title), "style": snippet_style(options.presentation)}
    # By default, browsers send a frame only the origin of the page around it.
    referrer = {"referrerpolicy": "no-referrer-when-downgrade"} if options.share_path else {}
    return frame_html({**attributes, **referrer})


def frame_attributes(
    address: str, title: str, *, width_px: int | None = None, height_px: int = RESERVED_HEIGHT_PX
) -> Mapping[str, str]:
    """The attributes of the frame of the wizard at `address`, without its style, which else says how wide it is."""
    width = {"width": str(width_px)} if width_px else {}
    return {
        "src": address,
        "title": title,
        **width,
        "height": str(height_px),
        "loading": "lazy",
        "allow": "",
        "sandbox": SANDBOX,
    }


def reserved_height_px(width_px: int) -> int:
    """`RESERVED_HEIGHT` for a window of this width."""
    return max(LEAST_HEIGHT_PX, 1000 - width_px * 80 // 100)


def frame_html(attributes: Mapping[str, str]) -> str:
    """The HTML of a frame."""
    return f"<iframe{_attributes_html(attributes)}></iframe>"


def element_snippet(origin: str, options: Options, title: str) -> str:
    """The element as HTML, with a frame that works before the script loads, or with a link that opens its dialog."""
    # The script can't tell where the wizard is once an optimiser serves a copy of it.
    attributes = {"src": frame_address(origin, Options()), **element_attributes(options)}
    tag = f"<deployment-wizard{_attributes_html(attributes)}>"
    if options.mode == "dialog":
        link = {"href": frame_address(origin, options), "data-deployment-wizard-open": ""}
        opener = f"<a{_attributes_html(link)}>{OPENER}</a>"
        lines = [opener, f"{tag}</deployment-wizard>"]
    else:
        lines = [tag, f"  {frame_snippet(origin, options, title)}", "</deployment-wizard>"]
    script = {"async": "", "src": f"{origin}/embed.js"}
    return "\n".join([*lines, f"<script{_attributes_html(script)}></script>"])


def _attributes_html(attributes: Mapping[str, str]) -> str:
    """The HTML of attributes, which is XML as well: each has a value."""
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
