"""Checks from inside of the settings alone: keys, addresses, origins, the time zone, Redis."""

import stat
import time
from pathlib import Path
from urllib.parse import urlsplit

from wizard.config import GENERATED_KEY, SETTINGS, unknown_variables
from wizard.doctor.finding import Finding, ok, one_line, problem, warning
from wizard.doctor.installation import Installation
from wizard.setting_parsers import path

FEWEST_CHARACTERS = 8
"""How many different characters a key that was made at random has at least."""

REDIS_SECONDS = 3
SECRET_FILES = tuple(f"{setting.variable}_FILE" for setting in SETTINGS.values() if setting.secret)
CONTAINER_SECRETS = Path("/run/secrets")
"""Where Docker and podman put secrets, open to all users of a container, of which there is one."""


def variables(found: Installation) -> Finding:
    """Whether each variable that begins with WIZARD_ is a setting."""
    unknown = unknown_variables(found.environ)
    if unknown:
        return warning(
            "settings", f"Unknown, and ignored: {', '.join(unknown)}.", "Correct the names: docs/settings.md has all."
        )
    return ok("settings", "All settings have a value that is allowed.")


def keys(found: Installation) -> Finding:
    """Whether the keys are set, and can't be guessed or read by others."""
    name, given = "keys", found.settings.secret_keys
    if not given:
        where = f"the key in {GENERATED_KEY.absolute()}" if GENERATED_KEY.exists() else "a key that the start makes"
        return warning(
            name,
            f"WIZARD_SECRET_KEYS is not set, so this server signs with {where}.",
            "Set WIZARD_SECRET_KEYS to the same value on every server, so that each can continue the others' visits.",
        )
    weak = [number for number, key in enumerate(given, 1) if len(set(key)) < FEWEST_CHARACTERS]
    if weak:
        return problem(
            name,
            f"Key {weak[0]} of WIZARD_SECRET_KEYS can be guessed: it has few different characters.",
            "Make a key at random, and rotate the keys as docs/settings.md says.",
        )
    readable = [file for file in _secret_files(found) if _is_open_to_all(file)]
    if readable:
        return warning(name, f"Every user of this machine can read {readable[0]}.", f"Run: chmod o-rwx {readable[0]}")
    return ok(name, f"Keys are set ({len(given)}).")


def _secret_files(found: Installation) -> list[Path]:
    given = (found.environ.get(name, "").strip() for name in SECRET_FILES)
    return [file for name in given if name and not (file := path(name)).is_relative_to(CONTAINER_SECRETS)]


def _is_open_to_all(file: Path) -> bool:
    return bool(file.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH))


def public_url(found: Installation) -> Finding:
    """Whether the address for visitors is set."""
    name, url = "public-url", found.settings.public_url
    if not url:
        return warning(
            name,
            "WIZARD_PUBLIC_URL is not set, so links follow the Host of each request.",
            "Set WIZARD_PUBLIC_URL to the address that visitors see, with its path if it has one.",
        )
    if url.startswith("http://") and not _is_this_machine(url):
        return problem(
            name, f"WIZARD_PUBLIC_URL is {url}, without TLS.", "Set WIZARD_PUBLIC_URL to an address with https."
        )
    return ok(name, f"Visitors reach the wizard at {url}.")


def _is_this_machine(url: str) -> bool:
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


def dashboard_url(found: Installation) -> Finding:
    """Whether the dashboard is served, at an address where colleagues can sign in."""
    name, settings = "dashboard-url", found.settings
    if settings.public_prefix and not settings.dashboard_url:
        return warning(
            name,
            "The dashboard is not served, since WIZARD_PUBLIC_URL has a path and WIZARD_DASHBOARD_URL is not set.",
            "Set WIZARD_DASHBOARD_URL to an origin of its own.",
        )
    url = settings.dashboard_url or settings.public_url
    if url and url.startswith("http://") and not _is_this_machine(url):
        return problem(
            name,
            f"The dashboard is at {url}, where nobody can sign in without TLS.",
            "Set WIZARD_DASHBOARD_URL to an origin with https.",
        )
    return ok(name, f"The dashboard is at {url}/growth." if url else "The dashboard is at each address of the server.")


def trusted_proxies(found: Installation) -> Finding:
    """Whether the number of proxies is set where there must be one."""
    name, settings = "trusted-proxies", found.settings
    if not settings.trusted_proxies and settings.public_url and not _is_this_machine(settings.public_url):
        return warning(
            name,
            "WIZARD_TRUSTED_PROXIES is 0, although there is a public address: all visitors count as the proxy.",
            "Set WIZARD_TRUSTED_PROXIES to the number of proxies that add a value to X-Forwarded-For: 1 with those of "
            "docs/deploy.md.",
        )
    return ok(name, f"Trusted proxies: {settings.trusted_proxies}.")


def embed_origins(found: Installation) -> Finding:
    """Whether sites may embed the wizard, and only over TLS."""
    name, settings = "embed-origins", found.settings
    if not settings.embed_origins:
        return warning(
            name,
            "WIZARD_EMBED_ORIGINS is not set, so no other site can show the wizard in a frame.",
            "Set WIZARD_EMBED_ORIGINS to the origins of the sites that embed the wizard.",
        )
    plain = [each for each in settings.embed_origins if each.startswith("http://")]
    if plain:
        return warning(
            name,
            f"WIZARD_EMBED_ORIGINS has {plain[0]}, without TLS: whoever controls a network can embed the wizard as it.",
            "In production, list addresses with https only.",
        )
    return ok(name, f"Sites that may embed the wizard: {one_line(', '.join(settings.embed_origins))}")


def time_zone(found: Installation) -> Finding:
    """Whether days are counted in the time zone of this machine, unless another one is set."""
    name, used = "time-zone", str(found.settings.time_zone)
    is_set = bool(found.environ.get("WIZARD_TIME_ZONE", "").strip())
    offset_s = -time.timezone
    if not is_set and offset_s:
        return warning(
            name,
            f"Days of reports are counted in {used}, but this machine's time zone is {time.tzname[0]}.",
            "Set WIZARD_TIME_ZONE to the time zone of your team, or to UTC.",
        )
    return ok(name, f"Days of reports are counted in {used}.")


def rate_limit_store(found: Installation) -> Finding:
    """Whether the Redis that counts requests can be reached."""
    name, store = "rate-limit-store", found.settings.rate_limit_store
    if store == "memory://":
        return ok(name, "Each worker counts requests in its own memory.")
    from redis import Redis, RedisError
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    once = Retry(NoBackoff(), 0)
    client = Redis.from_url(store, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS, retry=once)
    try:
        client.ping()
    except RedisError as error:
        return problem(
            name,
            f"The Redis of WIZARD_RATE_LIMIT_STORE can't be used ({one_line(error)}): each worker counts alone.",
            "Start that Redis, or correct WIZARD_RATE_LIMIT_STORE.",
        )
    finally:
        client.close()
    return ok(name, "The Redis of WIZARD_RATE_LIMIT_STORE answers.")
