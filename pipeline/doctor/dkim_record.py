"""The published half of our keys (RFC 6376 §3.6.1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from pipeline.doctor.check_result import CheckResult, fail, ok, warn
from pipeline.doctor.dns_resolver import DnsResolver
from pipeline.mail.dkim.keys import RECOMMENDED_RSA_BITS, format_dkim_record, format_zone_line
from pipeline.mail.dkim.signature import DkimKey

_SAMPLE = b"Whoever holds the key that is published can see that this was signed with ours."


def check_dkim_record(names: DnsResolver, domain: str, key: DkimKey) -> Iterator[CheckResult]:
    """Yield how the record of *key* stands."""
    name = f"{key.selector}._domainkey.{domain}"
    line = format_zone_line(name, format_dkim_record(key))
    found = [text for text in names.texts(name) if "p=" in text or text.startswith("v=DKIM1")]
    if not found:
        yield fail(
            "dkim",
            f"{name} has no record.",
            "Nobody can verify your signatures. Publish it.",
            publish=line,
        )
        return
    if len(found) > 1:
        yield fail(
            "dkim",
            f"{name} has {len(found)} records.",
            "Receivers take any of them. Leave this one.",
            publish=line,
        )
        return
    if problem := _problem(parse_tags(found[0]), key):
        yield fail("dkim", f'{name}: "{_short(found[0])}"', problem, publish=line)
        return
    yield from _advice(name, parse_tags(found[0]), key)


def check_without_key(sender_signs: bool, delivers_mail: bool) -> Iterator[CheckResult]:
    """Yield what can be said of signatures where we have no key."""
    if sender_signs:
        yield warn(
            "dkim",
            "Your sender's service signs; its record cannot be looked up from here.",
            "See at the service that it signs with your own domain, so that DMARC can pass.",
        )
    elif delivers_mail:
        yield warn(
            "dkim",
            "Nothing here signs your letters.",
            "Gmail, Yahoo and Outlook want a signature. If your relay does not sign: handbill dkim keygen.",
        )
    else:
        yield warn(
            "dkim", "There is no key.", "Letters to people should be signed: handbill dkim keygen."
        )


def parse_tags(text: str) -> dict[str, str]:
    """Return the tags of a record, `name=value; …`, white space around them taken away."""
    found = {}
    for tag in text.split(";"):
        name, equals, value = tag.partition("=")
        if equals:
            found[name.strip()] = value.strip()
    return found


def _problem(found: dict[str, str], key: DkimKey) -> str:
    kind = "rsa" if isinstance(key.private, RSAPrivateKey) else "ed25519"
    if found.get("v", "DKIM1") != "DKIM1":
        return "It is no DKIM record: v= must be DKIM1. Publish this one."
    if not found.get("p", "").strip():
        return (
            "The key is revoked: p= is empty. Publish it again, or make one under a new selector."
        )
    if found.get("k", "rsa") != kind:
        return f"It is for another kind of key: yours is {kind}. Publish this one."
    if "h" in found and "sha256" not in found["h"].split(":"):
        return "It does not allow SHA-256 (h=), with which letters are signed. Publish this one."
    if "s" in found and not {"*", "email"} & set(found["s"].replace(" ", "").split(":")):
        return "It is not for mail (s=). Publish this one."
    if not _verifies(found["p"], key):
        return "It is another key: no signature of yours verifies. Publish this one, or use the key it belongs to."
    return ""


def _verifies(published: str, key: DkimKey) -> bool:
    """Whether the published key verifies what ours signs."""
    signature = key.sign(_SAMPLE)
    try:
        octets = base64.b64decode("".join(published.split()), validate=True)
        if not isinstance(key.private, RSAPrivateKey):
            digest = hashlib.sha256(_SAMPLE).digest()
            Ed25519PublicKey.from_public_bytes(octets).verify(signature, digest)
            return True
        loaded = serialization.load_der_public_key(octets)
        if not isinstance(loaded, RSAPublicKey):
            return False
        loaded.verify(signature, _SAMPLE, padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True


def _advice(name: str, found: dict[str, str], key: DkimKey) -> Iterator[CheckResult]:
    size = key.private.key_size if isinstance(key.private, RSAPrivateKey) else 0
    if "y" in found.get("t", "").split(":"):
        yield warn(
            "dkim",
            f"{name} fits your key, but says t=y: a test.",
            "Receivers may treat letters as unsigned. Take t=y out.",
            publish=format_zone_line(name, format_dkim_record(key)),
        )
    elif 0 < size < RECOMMENDED_RSA_BITS:
        yield warn(
            "dkim",
            f"{name} fits your key, which has {size} bits.",
            "Gmail advises 2048. Make a new one under another selector: handbill dkim keygen --selector …",
        )
    else:
        kind = f"RSA, {size} bits" if size else "Ed25519"
        yield ok("dkim", f"{name} fits your key ({kind}).")


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "…"
