"""
DKIM signatures (RFC 6376, RFC 8301; Ed25519: RFC 8463) over the final bytes of a message.

Canonicalization is relaxed for the header, which relays fold anew, and simple for the body: it is quoted-printable,
whose lines end in no white space, and hashing it as it stands costs least. No `l=`: whatever is appended breaks the
signature.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

#: What is signed, in this order, each field as often as it stands there (RFC 6376 §5.4.1). Both fields for leaving must
#: be covered (RFC 8058 §4), and Feedback-ID counts for Gmail only when signed (support.google.com/mail/answer/6254652).
SIGNED = (
    *("from", "reply-to", "to", "cc", "subject", "date", "message-id"),
    *("mime-version", "content-type", "content-language"),
    *("list-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id"),
)
#: Signed once more than they stand there, so that nobody can add another one (RFC 6376 §8.15): what a reader is shown,
#: where an answer and a goodbye go, and how the body is read. Not Message-ID and Feedback-ID: services add their own.
OVERSIGNED = frozenset(
    {"from", "reply-to", "to", "cc", "subject", "date", "mime-version", "content-type"}
    | {"list-unsubscribe", "list-unsubscribe-post"}
)
#: Without these there is nothing worth signing (RFC 6376 §5.4: From MUST be signed).
INDISPENSABLE = frozenset({"from"})
LEAVING = frozenset({"list-unsubscribe", "list-unsubscribe-post"})

_LINE = 72  # characters of base64 on a line
_PADDING, _SHA256 = padding.PKCS1v15(), hashes.SHA256()


@dataclass(frozen=True, kw_only=True, slots=True)
class DkimKey:
    """
    A private key and the name its public half is published under.

    Args:
        selector: The record stands at `SELECTOR._domainkey.DOMAIN`.
    """

    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """The value of `a=`."""
        is_rsa = isinstance(self.private, RSAPrivateKey)
        return "rsa-sha256" if is_rsa else "ed25519-sha256"

    def sign(self, data: bytes) -> bytes:
        """Return the signature over *data*; Ed25519 signs its SHA-256 (RFC 8463 §3)."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(data, _PADDING, _SHA256)
        return self.private.sign(hashlib.sha256(data).digest())


class Signer:
    """
    Signs messages for one domain, with one key or several; any number of threads may use it.

    Args:
        domain: Whose signature it is, `d=`, in ASCII.
        keys: One signature is written for each.
        left_out: Header fields, in lower case, that the service which takes the message writes anew.
    """

    def __init__(
        self, domain: str, keys: Sequence[DkimKey], *, left_out: Iterable[str] = ()
    ) -> None:
        self.domain = domain
        self.keys = tuple(keys)
        self.signed = tuple(name for name in SIGNED if name not in frozenset(left_out))
        self._names = [(name.encode(), name in OVERSIGNED) for name in self.signed]
        self._forms: dict[tuple[bytes, ...], list[_Form]] = {}

    @property
    def covers_leaving(self) -> bool:
        """Whether both List-Unsubscribe fields are signed, as RFC 8058 §4 asks for one-click."""
        return set(self.signed) >= LEAVING

    def sign(self, content: bytes, *, at: datetime) -> bytes:
        """
        Return *content*, a whole message with CRLF line ends, with a DKIM-Signature for each key before it.

        Args:
            at: The instant of signing, `t=`.
        """
        head, _, body = content.partition(b"\r\n\r\n")
        while body.endswith(b"\r\n\r\n"):
            body = body[:-2]
        body = b"\r\n" if body in (b"", b"\r\n") else body
        return self.signatures(head + b"\r\n", [body], at=at) + content

    def signatures(self, head: bytes, body: Iterable[bytes], *, at: datetime) -> bytes:
        """
        Return a DKIM-Signature for each key, to stand before a message that is not put together yet.

        Args:
            head: The header fields, without the empty line after them.
            body: What follows that line, in parts; without empty lines at its end (RFC 6376 §3.4.3).
            at: The instant of signing, `t=`.
        """
        found = _fields(head)
        names: list[bytes] = []
        hashed: list[bytes] = []
        for name, is_oversigned in self._names:
            standing = found.get(name, ())
            names += [name] * (len(standing) + is_oversigned)
            hashed += reversed(standing)  # the last one first (RFC 6376 §5.4.2)
        state = hashlib.sha256()
        for part in body:
            state.update(part)
        digest = base64.b64encode(state.digest())
        when = int(at.timestamp())
        covered = b"".join(hashed)
        forms = self._forms_for(tuple(names))
        return b"".join([form.signature(covered, when, digest) for form in forms])

    def _forms_for(self, names: tuple[bytes, ...]) -> list[_Form]:
        """Return the fields to fill in for this list of names: readers with and without a way to leave differ."""
        if names not in self._forms:
            self._forms[names] = [_Form(self.domain, key, names) for key in self.keys]
        return self._forms[names]


@dataclass(frozen=True, kw_only=True, slots=True)
class Signing:
    """
    Who signs a message: we, the service that takes it, both or nobody.

    Args:
        by_service: Whether the service signs it itself, both List-Unsubscribe fields covered.
    """

    signer: Signer | None = None
    by_service: bool = False

    @property
    def covers_leaving(self) -> bool:
        """Whether some signature covers both List-Unsubscribe fields."""
        return self.by_service or (self.signer is not None and self.signer.covers_leaving)


UNSIGNED = Signing()


class _Form:
    """A DKIM-Signature but for its instant, its hash and its signature: as it is written and as it is hashed."""

    def __init__(self, domain: str, key: DkimKey, names: tuple[bytes, ...]) -> None:
        self._key = key
        self._written = (
            f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/simple;\r\n"
            f" d={domain};\r\n s={key.selector}; t=%d;\r\n"
            f" h={_folded(names)};\r\n bh=%s;\r\n b="
        ).encode()
        value = self._written.partition(b":")[2]
        self._hashed = b"dkim-signature:" + b" ".join(value.split())

    def signature(self, covered: bytes, when: int, digest: bytes) -> bytes:
        """Return the whole field for a message whose signed fields are *covered* and whose body has *digest*."""
        signed = self._key.sign(covered + self._hashed % (when, digest))
        encoded = base64.b64encode(signed)
        lines = [encoded[i : i + _LINE] for i in range(0, len(encoded), _LINE)]
        return self._written % (when, digest) + b"\r\n ".join(lines) + b"\r\n"


def _folded(names: tuple[bytes, ...]) -> str:
    """Return the value of `h=`, a line for every few names; white space beside a colon counts for nothing."""
    lines, line = [], ""
    for name in names:
        if line and len(line) + len(name) > _LINE:
            lines.append(line)
            line = ""
        line += f"{name.decode()}:"
    return "\r\n  ".join([*lines, line]).rstrip(":")


def _fields(head: bytes) -> dict[bytes, list[bytes]]:
    """Return the header fields of *head* as they are hashed (RFC 6376 §3.4.2), by name."""
    unfolded = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    found: dict[bytes, list[bytes]] = {}
    for line in unfolded.removesuffix(b"\r\n").split(b"\r\n"):
        name, canonical = _relaxed(line)
        found.setdefault(name, []).append(canonical)
    return found


@lru_cache(maxsize=256)  # most fields are the same for all readers
def _relaxed(line: bytes) -> tuple[bytes, bytes]:
    """Return the name and the canonical form of an unfolded field."""
    name, _, value = line.partition(b":")
    name = name.rstrip().lower()
    return name, b"%s:%s\r\n" % (name, b" ".join(value.split()))
