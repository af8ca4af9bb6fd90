"""
DKIM signatures (RFC 6376, RFC 8301; Ed25519: RFC 8463) over the final bytes of a message.

Header and body are canonicalized as relaxed, since relays refold the one and some change white space in the other. A
composed body is in that form already (`quoted_printable`), and is hashed as it is. There is no `l=`: content appended
to the message breaks the signature.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

#: Signed in this order, each as often as it occurs (RFC 6376 §5.4.1). Both List-Unsubscribe fields must be covered
#: (RFC 8058 §4), and Gmail counts Feedback-ID only when signed (support.google.com/mail/answer/6254652).
SIGNED_FIELDS = (
    *("from", "reply-to", "to", "cc", "subject", "date", "message-id"),
    *("mime-version", "content-type", "content-language"),
    *("list-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id"),
)
#: Signed once more than they occur, so that nobody can add another one (RFC 6376 §8.15): what a recipient sees, where
#: replies and unsubscribe requests go, and how the body is parsed. Not Message-ID and Feedback-ID: services add theirs.
OVERSIGNED_FIELDS = frozenset(
    {"from", "reply-to", "to", "cc", "subject", "date", "mime-version", "content-type"}
    | {"list-unsubscribe", "list-unsubscribe-post"}
)
#: A signature without these is invalid (RFC 6376 §5.4: From MUST be signed).
REQUIRED_FIELDS = frozenset({"from"})
UNSUBSCRIBE_FIELDS = frozenset({"list-unsubscribe", "list-unsubscribe-post"})

_LINE_CHARACTERS = 72  # of base64
_PADDING, _SHA256 = padding.PKCS1v15(), hashes.SHA256()
_SPACES = re.compile(rb"[ \t]+")
_SIGNATURES = re.compile(rb"^DKIM-Signature:[^\r]*\r\n(?:[ \t][^\r]*\r\n)*", re.MULTILINE)
_ONE_CLICK = re.compile(rb"^List-Unsubscribe-Post:[^\r]*\r\n(?:[ \t][^\r]*\r\n)*", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class DkimKey:
    """
    A private key and the selector of its public key.

    Args:
        selector: The DNS record is at `SELECTOR._domainkey.DOMAIN`.
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
    Signs messages for one domain, with one or more keys; any number of threads may use it.

    Args:
        domain: The signing domain, `d=`, in ASCII.
        keys: Each adds a signature.
        exclude: Header fields, in lower case, that the sending service rewrites.
    """

    def __init__(
        self, domain: str, keys: Sequence[DkimKey], *, exclude: Iterable[str] = ()
    ) -> None:
        self.domain = domain
        self.keys = tuple(keys)
        self.signed_fields = tuple(name for name in SIGNED_FIELDS if name not in frozenset(exclude))
        self._names = [(name.encode(), name in OVERSIGNED_FIELDS) for name in self.signed_fields]
        self._templates: dict[tuple[bytes, ...], list[_SignatureTemplate]] = {}

    @property
    def covers_unsubscribe(self) -> bool:
        """Whether both List-Unsubscribe fields are signed, as RFC 8058 §4 requires for one-click."""
        return set(self.signed_fields) >= UNSUBSCRIBE_FIELDS

    def sign(self, content: bytes, *, at: datetime) -> bytes:
        """
        Return *content*, a whole message with CRLF line ends, with a DKIM-Signature prepended for each key.

        Args:
            at: The signing time, `t=`.
        """
        header, _, body = content.partition(b"\r\n\r\n")
        return self.build_signatures(header + b"\r\n", [_relax_body(body)], at=at) + content

    def build_signatures(self, header: bytes, body: Iterable[bytes], *, at: datetime) -> bytes:
        """
        Return a DKIM-Signature for each key, to be prepended to a message that is still in parts.

        Args:
            header: The header fields, without the empty line after them.
            body: What follows that line, in parts, in the relaxed form (RFC 6376 §3.4.4): single spaces, none at the
                end of a line, no empty lines at the end.
            at: The signing time, `t=`.
        """
        fields = _canonicalize(header)
        names: list[bytes] = []
        covered: list[bytes] = []
        for name, is_oversigned in self._names:
            present = fields.get(name, ())
            names += [name] * (len(present) + is_oversigned)
            covered += reversed(present)  # the last one first (RFC 6376 §5.4.2)
        state = hashlib.sha256()
        for part in body:
            state.update(part)
        body_hash = base64.b64encode(state.digest())
        timestamp = int(at.timestamp())
        templates = self._get_templates(tuple(names))
        data = b"".join(covered)
        return b"".join([template.sign(data, timestamp, body_hash) for template in templates])

    def _get_templates(self, names: tuple[bytes, ...]) -> list[_SignatureTemplate]:
        """Return the templates for this list of names: it depends on whether a recipient can unsubscribe."""
        if names not in self._templates:
            templates = [_SignatureTemplate(self.domain, key, names) for key in self.keys]
            self._templates[names] = templates
        return self._templates[names]


@dataclass(frozen=True, kw_only=True, slots=True)
class Signing:
    """
    Who adds signatures to a message: Handbill, the sending service, both or neither.

    Args:
        by_service: Whether the service signs it, including both List-Unsubscribe fields.
    """

    signer: Signer | None = None
    by_service: bool = False

    @property
    def covers_unsubscribe(self) -> bool:
        """Whether a signature covers both List-Unsubscribe fields."""
        return self.by_service or (self.signer is not None and self.signer.covers_unsubscribe)


UNSIGNED = Signing()


def replace_signatures(
    content: bytes, signing: Signing, *, preserves_bytes: bool, at: datetime
) -> bytes:
    """
    Return *content* signed again, when it is sent later or by another sender than it was composed for.

    Existing signatures are removed: their key may no longer be published, or they may cover a field that the service
    rewrites. List-Unsubscribe-Post is removed too if no signature will cover it (RFC 8058 §4).

    Args:
        preserves_bytes: Whether the service sends the message unchanged: then, without a key, nothing is replaced.
    """
    if signing.signer is None and preserves_bytes:
        return content
    header, separator, body = content.partition(b"\r\n\r\n")
    fields = _SIGNATURES.sub(b"", header + b"\r\n")
    if not signing.covers_unsubscribe:
        fields = _ONE_CLICK.sub(b"", fields)
    content = fields.removesuffix(b"\r\n") + separator + body
    return signing.signer.sign(content, at=at) if signing.signer else content


class _SignatureTemplate:
    """A DKIM-Signature without time, body hash and signature: as it is written and as it is hashed."""

    def __init__(self, domain: str, key: DkimKey, names: tuple[bytes, ...]) -> None:
        self._key = key
        self._written = (
            f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/relaxed;\r\n"
            f" d={domain};\r\n s={key.selector}; t=%d;\r\n"
            f" h={_fold_names(names)};\r\n bh=%s;\r\n b="
        ).encode()
        value = self._written.partition(b":")[2]
        self._hashed = b"dkim-signature:" + b" ".join(value.split())

    def sign(self, covered: bytes, timestamp: int, body_hash: bytes) -> bytes:
        """Return the whole field for a message whose signed fields are *covered* and whose body has *body_hash*."""
        values = (timestamp, body_hash)
        encoded = base64.b64encode(self._key.sign(covered + self._hashed % values))
        starts = range(0, len(encoded), _LINE_CHARACTERS)
        lines = [encoded[start : start + _LINE_CHARACTERS] for start in starts]
        return self._written % values + b"\r\n ".join(lines) + b"\r\n"


def _fold_names(names: tuple[bytes, ...]) -> str:
    """Return the value of `h=` on several lines; white space next to a colon is ignored."""
    lines, line = [], ""
    for name in names:
        if line and len(line) + len(name) > _LINE_CHARACTERS:
            lines.append(line)
            line = ""
        line += f"{name.decode()}:"
    return "\r\n  ".join([*lines, line]).rstrip(":")


def _relax_body(body: bytes) -> bytes:
    """Return *body* as it is hashed (RFC 6376 §3.4.4)."""
    lines = _SPACES.sub(b" ", body).replace(b" \r\n", b"\r\n").rstrip(b" \r\n")
    return lines + b"\r\n" if lines else b""


def _canonicalize(header: bytes) -> dict[bytes, list[bytes]]:
    """Return the fields of *header* as they are hashed (RFC 6376 §3.4.2), by name."""
    unfolded = header.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    fields: dict[bytes, list[bytes]] = {}
    for line in unfolded.removesuffix(b"\r\n").split(b"\r\n"):
        name, canonical = _canonicalize_field(line)
        fields.setdefault(name, []).append(canonical)
    return fields


@lru_cache(maxsize=256)  # most fields are the same for all recipients
def _canonicalize_field(line: bytes) -> tuple[bytes, bytes]:
    """Return the name and the canonical form of an unfolded field."""
    name, _, value = line.partition(b":")
    name = name.rstrip().lower()
    return name, b"%s:%s\r\n" % (name, b" ".join(value.split()))
