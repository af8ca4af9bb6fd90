"""An email address with its display name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.errors import AddressError

# Addresses that every rule accepts, so that most of a million need no further check: no quotes, ASCII, no Punycode, and
# a top-level domain that is not reserved (RFC 6761).
_SIMPLE = re.compile(
    r"(?P<local>(?=.{1,64}@)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@"
    r"(?P<domain>(?=.{1,180}\Z)(?!.*--)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
    r"(?!(?i:arpa|invalid|local|localhost|onion|test)\Z)[A-Za-z]{2,63})"
)
_ADDRESS_IN_TEXT = re.compile(r"[^\s@<>,;:\"()]{1,64}@[^\s@<>,;:\"()]{1,253}")
#: Domains at which dots before the @ do not count (support.google.com/mail/answer/7436150), with their main name.
_DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\x85]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """
    An email address.

    Args:
        email: `local@domain`, the domain in ASCII (IDNA), as `parse_address()` returns it; see `needs_smtputf8`.
        name: The display name in any script, may be empty; free of control characters.
    """

    email: str
    name: str = ""

    @property
    def domain(self) -> str:
        """The part after the last `@`, lower case."""
        return self.email.rpartition("@")[2].lower()

    @property
    def key(self) -> str:
        """The form in which addresses are compared: the whole address, case-folded."""
        return self.email.casefold()

    @property
    def inbox(self) -> str:
        """
        The inbox that it is delivered to, as far as known: without a `+tag`, at Gmail without dots.

        Only for limits: two addresses of one inbox are two subscribers.
        """
        local, _, domain = self.key.rpartition("@")
        local = local.partition("+")[0] or local
        if domain in _DOTLESS:
            return f"{local.replace('.', '')}@{_DOTLESS[domain]}"
        return f"{local}@{domain}"

    @property
    def needs_smtputf8(self) -> bool:
        """Whether its local part is not ASCII: only servers that offer SMTPUTF8 (RFC 6531) accept it."""
        return not self.email.isascii()

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


def parse_address(text: str) -> Address:
    """
    Parse `ada@example.org` or `Ada Byron <ada@example.org>`.

    Checks syntax only (RFC 5321, 5322, 6531, by email-validator), not the DNS.

    Raises:
        AddressError: *text* is not an address, or contains control characters.
    """
    name, email = _split_name(text) or ("", text.strip())
    name = name[1:-1].replace('\\"', '"') if len(name) > 1 and name[0] == name[-1] == '"' else name
    if _UNSAFE.search(text):
        raise AddressError(
            f"{_shorten(text)!r} is not an email address: it contains a line break or control character."
        )
    if simple := _SIMPLE.fullmatch(email):
        return Address(email=f"{simple['local']}@{simple['domain'].lower()}", name=name)
    return Address(email=_validate(email, text), name=name)


def parse_typed_address(text: str) -> Address:
    """
    Parse an address that somebody typed as a recipient; what could mean another mailbox is not guessed.

    Raises:
        AddressError: As for `parse_address()`, or *text* contains several addresses, or `<…>` without a name.
    """
    parts = _split_name(text)
    name, email = parts or ("", text)
    problem = _find_ambiguity(name, email, has_brackets=parts is not None)
    if problem and not _UNSAFE.search(text):
        raise AddressError(f'"{_shorten(text)}" {problem}')
    return parse_address(text)


def _split_name(text: str) -> tuple[str, str] | None:
    """Return the name and the address of `Name <address>`, None for another form."""
    before, bracket, email = text.strip().removesuffix(">").rpartition("<")
    if not bracket or not text.rstrip().endswith(">") or ">" in email:
        return None
    return before.strip(), email


def _find_ambiguity(name: str, email: str, *, has_brackets: bool) -> str | None:
    """Return what makes it doubtful which mailbox is meant, or None."""
    others = [found for found in _ADDRESS_IN_TEXT.findall(name) if found.lower() != email.lower()]
    if others or len(_ADDRESS_IN_TEXT.findall(email)) > 1:
        return "contains several email addresses. Write one: for more recipients, repeat the option or import a file."
    if has_brackets and not name:
        return f"has < and > but no name. Write the address alone: {email.strip()[:80]}."
    return None


def _shorten(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"


def _validate(email: str, text: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise AddressError(
            f'"{_shorten(text)}" is not an email address: {str(error).rstrip(".")}. Write it as name@example.org.'
        ) from error
    return f"{found.local_part}@{found.ascii_domain}"


def parse_ascii_address(text: str) -> Address:
    """
    Parse an address of the publication, which is part of every message, so that every server must accept it.

    Raises:
        AddressError: As for `parse_address()`, or the address needs SMTPUTF8, which many servers do not offer.
    """
    address = parse_address(text)
    if address.needs_smtputf8:
        raise AddressError(
            f'"{text}" has non-ASCII characters before the @, which many mail servers reject. '
            "Use another address for the publication."
        )
    return address
