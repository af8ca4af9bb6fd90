"""An email address and the name before it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.errors import AddressError

_NAMED = re.compile(r"^\s*(?P<name>.*?)\s*<(?P<email>[^<>]*)>\s*$", re.DOTALL)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\x85]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """
    An address that can be written to.

    Args:
        email: `local@domain`, the domain in ASCII (IDNA), as `parse_address()` returns it.
        name: The display name in any script, "" if there is none; free of control characters.
    """

    email: str
    name: str = ""

    @property
    def domain(self) -> str:
        """The part after the last `@`, lower case."""
        return self.email.rpartition("@")[2].lower()

    @property
    def key(self) -> str:
        """What makes two addresses one mailbox to us: the whole address, case folded."""
        return self.email.casefold()

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


def parse_address(text: str) -> Address:
    """
    Read `ada@example.org` or `Ada Byron <ada@example.org>`.

    Syntax only (RFC 5321, 5322, 6531, by email-validator): no name server is asked.

    Raises:
        AddressError: It is no address, holds control characters, or has a local part beyond ASCII, which needs
            SMTPUTF8 on the whole way.
    """
    from email_validator import EmailNotValidError, validate_email

    named = _NAMED.match(text)
    name, email = (named["name"], named["email"]) if named else ("", text.strip())
    name = name[1:-1].replace('\\"', '"') if len(name) > 1 and name[0] == name[-1] == '"' else name
    if _UNSAFE.search(text):
        raise AddressError(
            f"{text!r} is no email address: it holds a line end or control character."
        )
    try:
        found = validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise AddressError(
            f'"{text}" is no email address: {str(error).rstrip(".")}. Write it as name@example.org.'
        ) from error
    if found.ascii_email is None:
        raise AddressError(
            f'"{text}" has letters beyond ASCII before the @, which most mail servers refuse. '
            "Ask for another address of this reader."
        )
    return Address(email=found.ascii_email, name=name)
