"""Parsers of settings: each turns a variable's text into a value, or raises ValueError."""

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wizard.host_names import is_host

W = TypeVar("W", bound=str)

MIN_KEY_CHARACTERS = 16
MAX_PORT = 65535
MAX_ADDRESS_CHARACTERS = 2000
MAX_PREFIX_CHARACTERS = 100
PREFIX_PART = re.compile(r"[A-Za-z0-9._~-]+")
EMBEDDING_PATHS = ("embed", "embed.d.ts", "embed.js", "oembed")
OWN_PATHS = frozenset(
    (*EMBEDDING_PATHS, "api", "go", "growth", "healthz", "readyz", "robots.txt", "static", "studio"),
)
"""The first parts of the wizard's own paths, with which no prefix may begin: it could not be told from them."""

MAX_EMBED_ORIGINS_CHARACTERS = 6000
"""They are in a header of every response, whose size proxies limit: docs/deploy.md."""


class ListeningAddress(NamedTuple):
    """An IP address of this machine, and a port."""

    address: str
    port: int

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def keys(text: str) -> tuple[str, ...]:
    """Secret keys, separated by commas or line ends, each long enough, and no two the same."""
    found = tuple(key.strip() for key in re.split(r"[,\n]", text) if key.strip())
    if not found or any(len(key) < MIN_KEY_CHARACTERS for key in found) or len(set(found)) < len(found):
        raise ValueError
    return found


def optional_keys(text: str) -> tuple[str, ...]:
    """Secret keys, or none."""
    return keys(text) if text else ()


def web_address(text: str) -> str:
    """An absolute `http` or `https` address, unchanged."""
    if len(text) > MAX_ADDRESS_CHARACTERS:
        raise ValueError
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.port == 0:
        raise ValueError
    if not is_host(f"[{parts.hostname}]" if "[" in parts.netloc else parts.hostname or ""):
        raise ValueError
    if not text.isascii() or any(character.isspace() for character in text):
        raise ValueError
    return text


def origin(text: str) -> str:
    """An origin: scheme, host and port."""
    parts = urlsplit(web_address(text))
    if parts.path not in ("", "/") or parts.query or parts.fragment or "?" in text or "#" in text:
        raise ValueError
    default_port = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, default_port) else "")


def origin_or_none(text: str) -> str | None:
    """An origin, or None."""
    return origin(text) if text else None


def site_or_none(text: str) -> str | None:
    """An origin with or without the prefix of a path, without a slash at the end; or None."""
    if not text:
        return None
    parts = urlsplit(web_address(text))
    if "?" in text or "#" in text:
        raise ValueError
    return origin(f"{parts.scheme}://{parts.netloc}") + prefix(parts.path)


def prefix(text: str) -> str:
    """The path below which the wizard is mounted, such as `/start`, without a slash at the end; "" for the root.

    Its characters are those that have one way of being written in an address (RFC 3986, "unreserved").
    """
    found = text.removesuffix("/")
    parts = found.split("/")[1:]
    if len(found) > MAX_PREFIX_CHARACTERS or (found and not found.startswith("/")):
        raise ValueError
    if not all(PREFIX_PART.fullmatch(part) and part.strip(".") for part in parts):
        raise ValueError
    if parts and parts[0] in OWN_PATHS:
        raise ValueError
    return found


def embed_origins(text: str) -> tuple[str, ...]:
    """Patterns of origins, separated by commas."""
    patterns = dict.fromkeys(_embed_origin(pattern.strip()) for pattern in text.split(",") if pattern.strip())
    if len(" ".join(patterns)) > MAX_EMBED_ORIGINS_CHARACTERS:
        raise ValueError
    return tuple(patterns)


def _embed_origin(pattern: str) -> str:
    """An origin, or `https://*.example.com` for every host below one of at least two labels."""
    wild = pattern.startswith("https://*.")
    plain = origin(pattern.replace("https://*.", "https://", 1) if wild else pattern)
    # A policy can't name an IPv6 address, an underscore or a last dot (CSP 3, 2.3.1): browsers pass such a source over.
    if "[" in plain or "_" in plain or str(urlsplit(plain).hostname).endswith("."):
        raise ValueError
    if not wild:
        return plain
    if "." not in str(urlsplit(plain).hostname):
        raise ValueError
    return plain.replace("https://", "https://*.", 1)


def may_embed(origin_: str, patterns: Iterable[str]) -> bool:
    """Whether `frame-ancestors` with these `patterns` lets a page of this origin frame us (CSP 3, 6.7.2)."""
    parts = urlsplit(origin_)
    for pattern in patterns:
        allowed = urlsplit(pattern)
        # A pattern of http allows the same host on https, too.
        same_scheme = parts.scheme == allowed.scheme or (parts.scheme, allowed.scheme) == ("https", "http")
        wild = allowed.netloc.startswith("*.")
        if same_scheme and (parts.netloc.endswith(allowed.netloc[1:]) if wild else parts.netloc == allowed.netloc):
            return True
    return False


def listening_address(text: str) -> ListeningAddress | None:
    """An IP address and a port to listen on, or None."""
    if not text:
        return None
    parts = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):([0-9]{1,5})", text)
    if not parts or not 0 < int(parts[3]) <= MAX_PORT:
        raise ValueError
    address = IPv6Address(parts[1]) if parts[1] else IPv4Address(parts[2])
    return ListeningAddress(str(address), int(parts[3]))


def path(text: str) -> Path:
    """A path, with `~` expanded as a shell would: no shell reads the settings of a service."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # an unknown user
        raise ValueError("begins with a home that is not known") from error


def wording_folder(text: str) -> Path:
    """A folder with at least one file of texts."""
    folder = path(text)
    if not any(folder.glob("*.toml")):
        raise ValueError
    return folder


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A parser of whole numbers from `least` to `most`."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,15}", text) or not least <= int(text) <= most:
            raise ValueError
        return int(text)

    return parse


def optional_whole_number(least: int, most: int) -> Callable[[str], int | None]:
    """A parser of whole numbers from `least` to `most`; an empty text is None."""
    number = whole_number(least, most)
    return lambda text: number(text) if text else None


def one_of(*allowed: W) -> Callable[[str], W]:
    """A parser of the words `allowed`."""

    def parse(text: str) -> W:
        for word in allowed:
            if word == text:
                return word
        raise ValueError

    return parse


def database_url(text: str) -> str:
    """The address of a SQLite file or a PostgreSQL database. In memory, each connection would have its own database."""
    parts = urlsplit(text)
    is_file = parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1 and ":memory:" not in text
    is_file = is_file and not parts.query  # its options would be ignored
    is_server = parts.scheme == "postgresql+psycopg" and len(parts.path) > 1
    # An @ in a password that is not encoded would make the rest part of the host, and appear in errors.
    if not (is_file or is_server) or parts.port == 0 or parts.netloc.count("@") > 1 or "%00" in text:
        raise ValueError
    return f"sqlite:///{path(parts.path[1:])}" if is_file and parts.path.startswith("/~") else text


def warehouse_url(text: str) -> str | None:
    """The address of a ClickHouse database, with `shard` for each shard of a `cluster`; None if empty."""
    parts = urlsplit(text)
    query = parse_qs(parts.query)
    shards, clusters = query.get("shard", []), query.get("cluster", [])
    are_right = bool(clusters) == bool(shards) and len(clusters) <= 1
    are_right = are_right and all(re.fullmatch(r"[A-Za-z0-9_.-]+", name) for name in clusters)
    are_right = are_right and all(re.fullmatch(r"[^\s/@?#]+:[1-9][0-9]{0,4}", shard) for shard in shards)
    is_server = parts.scheme == "clickhousedb" and bool(parts.hostname) and re.fullmatch(r"/[^/]+", parts.path)
    if text and not (is_server and are_right and parts.port != 0 and parts.netloc.count("@") <= 1):
        raise ValueError
    return text or None


def rate_limit_store(text: str) -> str:
    """`memory://`, or the address of a Redis server."""
    parts = urlsplit(text)
    is_redis = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0
    if text != "memory://" and not is_redis:
        raise ValueError
    if is_redis:
        from redis.connection import parse_url  # a tenth of all imports, for what most servers do without

        parse_url(text)  # type: ignore[no-untyped-call]  # checks its options, too
    return text


def time_zone(text: str) -> ZoneInfo:
    """A time zone by its IANA name."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError) as error:  # a folder of zones is an OSError
        raise ValueError from error
