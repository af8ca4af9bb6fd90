"""Sign a finished message anew, when it is handed over later or by another sender than it was written for."""

from __future__ import annotations

import re
from datetime import datetime

from pipeline.mail.dkim_signature import Signing

_SIGNATURES = re.compile(rb"^DKIM-Signature:[^\r]*\r\n(?:[ \t][^\r]*\r\n)*", re.MULTILINE)
_ONE_CLICK = re.compile(rb"^List-Unsubscribe-Post:[^\r]*\r\n(?:[ \t][^\r]*\r\n)*", re.MULTILINE)


def sign_anew(content: bytes, signing: Signing, *, is_kept: bool, at: datetime) -> bytes:
    """
    Return *content* as *signing* has it, its texts untouched.

    A signature of ours takes the place of those it bears, which may be of a key that is published no more, or over a
    field that its service writes anew. List-Unsubscribe-Post goes where no signature covers it any more (RFC 8058 §4).

    Args:
        is_kept: Whether the service leaves every octet as it is: then, without a key of ours, nothing changes.
    """
    if signing.signer is None and is_kept:
        return content
    head, gap, body = content.partition(b"\r\n\r\n")
    fields = _SIGNATURES.sub(b"", head + b"\r\n")
    if not signing.covers_leaving:
        fields = _ONE_CLICK.sub(b"", fields)
    content = fields.removesuffix(b"\r\n") + gap + body
    return signing.signer.sign(content, at=at) if signing.signer else content
