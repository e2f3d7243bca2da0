"""Checks e-mail addresses, which name people. Nothing is sent to them."""

MAX_CHARACTERS = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets


def email_address(text: str) -> str:
    """`text` without surrounding space, in lower case. Raises ValueError where it can't be an e-mail address."""
    if any(not char.isascii() and any(map(str.isascii, char.lower())) for char in text):
        raise ValueError  # such as the sign of the kelvin, which would become a k: the address of somebody else
    email = text.strip().lower()
    name, at, host = email.partition("@")
    is_plain = email.isprintable() and " " not in email and "@" not in host
    if not (name and at and host and is_plain and len(email) <= MAX_CHARACTERS):
        raise ValueError
    return email
