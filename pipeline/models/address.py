"""An email address and the name before it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.errors import AddressError

_NAMED = re.compile(r"^\s*(?P<name>.*?)\s*<(?P<email>[^<>]*)>\s*$", re.DOTALL)
# What every rule lets pass, so that a million of them need not be looked at by all: no quotes, no other script, no
# punycode, and a name after the last dot that is no special one (RFC 6761).
_PLAIN = re.compile(
    r"(?P<local>(?=.{1,64}@)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@"
    r"(?P<domain>(?=.{1,180}\Z)(?!.*--)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
    r"(?!(?i:arpa|invalid|local|localhost|onion|test)\Z)[A-Za-z]{2,63})"
)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\x85]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """
    An address that can be written to.

    Args:
        email: `local@domain`, the domain in ASCII (IDNA), as `parse_address()` returns it; see `needs_smtputf8`.
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

    @property
    def needs_smtputf8(self) -> bool:
        """Whether its local part goes beyond ASCII: only servers that offer SMTPUTF8 (RFC 6531) take it."""
        return not self.email.isascii()

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


def parse_address(text: str) -> Address:
    """
    Read `ada@example.org` or `Ada Byron <ada@example.org>`.

    Syntax only (RFC 5321, 5322, 6531, by email-validator): no name server is asked.

    Raises:
        AddressError: It is no address, or holds control characters.
    """
    named = _NAMED.match(text)
    name, email = (named["name"], named["email"]) if named else ("", text.strip())
    name = name[1:-1].replace('\\"', '"') if len(name) > 1 and name[0] == name[-1] == '"' else name
    if _UNSAFE.search(text):
        raise AddressError(
            f"{text!r} is no email address: it holds a line end or control character."
        )
    if plain := _PLAIN.fullmatch(email):
        return Address(email=f"{plain['local']}@{plain['domain'].lower()}", name=name)
    return Address(email=_validated(email, text), name=name)


def _validated(email: str, text: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise AddressError(
            f'"{text}" is no email address: {str(error).rstrip(".")}. Write it as name@example.org.'
        ) from error
    return f"{found.local_part}@{found.ascii_domain}"


def parse_ascii_address(text: str) -> Address:
    """
    Read an address of the publication's own, which stands in every message: every server must take it.

    Raises:
        AddressError: As `parse_address()`, or it needs SMTPUTF8, which many servers do not offer.
    """
    address = parse_address(text)
    if address.needs_smtputf8:
        raise AddressError(
            f'"{text}" has letters beyond ASCII before the @, which many mail servers refuse. '
            "Use another address for the publication."
        )
    return address
