"""The DNS records of our DKIM keys (RFC 6376 §3.6.1)."""

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

_SAMPLE = b"Signed with the private key, verified with the published one."


def check_dkim_record(resolver: DnsResolver, domain: str, key: DkimKey) -> Iterator[CheckResult]:
    """Yield whether the record of *key* is published and verifies its signatures."""
    name = f"{key.selector}._domainkey.{domain}"
    line = format_zone_line(name, format_dkim_record(key))
    records = [
        text for text in resolver.query_txt(name) if "p=" in text or text.startswith("v=DKIM1")
    ]
    if not records:
        hint = "Your signatures cannot be verified. Publish this record."
        yield fail("dkim", f"{name} has no record.", hint, dns_record=line)
        return
    if len(records) > 1:
        hint = "Providers pick one of them at random. Keep only this one."
        yield fail("dkim", f"{name} has {len(records)} records.", hint, dns_record=line)
        return
    tags = parse_tags(records[0])
    if problem := _find_problem(tags, key):
        yield fail("dkim", f'{name}: "{_shorten(records[0])}"', problem, dns_record=line)
        return
    bits = key.private.key_size if isinstance(key.private, RSAPrivateKey) else 0
    if "y" in tags.get("t", "").split(":"):
        yield warn(
            "dkim",
            f"{name} matches your key, but has t=y, for testing.",
            "Providers may treat messages as unsigned. Remove t=y.",
            dns_record=line,
        )
    elif 0 < bits < RECOMMENDED_RSA_BITS:
        yield warn(
            "dkim",
            f"{name} matches your key, which has {bits} bits.",
            "Gmail recommends 2048. Create a new one with another selector: handbill dkim keygen --selector …",
        )
    else:
        kind = f"RSA, {bits} bits" if bits else "Ed25519"
        yield ok("dkim", f"{name} matches your key ({kind}).")


def check_without_key(sender_signs: bool, delivers_mail: bool) -> CheckResult:
    """Return what can be said about signatures if there is no key."""
    if sender_signs:
        return warn(
            "dkim",
            "Your email service signs messages; its record cannot be checked from here.",
            "Check at the service that it signs with your domain, so that DMARC passes.",
        )
    if delivers_mail:
        return warn(
            "dkim",
            "Handbill does not sign your messages.",
            "Gmail, Yahoo and Outlook require a signature. If your relay does not sign: handbill dkim keygen.",
        )
    hint = "Messages to real recipients should be signed: handbill dkim keygen."
    return warn("dkim", "There is no key.", hint)


def parse_tags(text: str) -> dict[str, str]:
    """Return the tags of a record, `name=value; …`, stripped of white space."""
    tags = {}
    for tag in text.split(";"):
        name, equals, value = tag.partition("=")
        if equals:
            tags[name.strip()] = value.strip()
    return tags


def _find_problem(tags: dict[str, str], key: DkimKey) -> str:
    kind = "rsa" if isinstance(key.private, RSAPrivateKey) else "ed25519"
    if tags.get("v", "DKIM1") != "DKIM1":
        return "This is not a DKIM record: v= must be DKIM1. Publish this one."
    if not tags.get("p", "").strip():
        return (
            "The key is revoked: p= is empty. Publish it again, or create one with a new selector."
        )
    if tags.get("k", "rsa") != kind:
        return f"The record is for another type of key: yours is {kind}. Publish this one."
    if "h" in tags and "sha256" not in tags["h"].split(":"):
        return (
            "The record does not allow SHA-256 (h=), which signs your messages. Publish this one."
        )
    if "s" in tags and not {"*", "email"} & set(tags["s"].replace(" ", "").split(":")):
        return "The record is not for email (s=). Publish this one."
    if not _verifies(tags["p"], key):
        return "The record has another key, so your signatures are invalid. Publish this one, or use the key it is for."
    return ""


def _verifies(published: str, key: DkimKey) -> bool:
    """Whether the *published* public key verifies the signatures of *key*."""
    signature = key.sign(_SAMPLE)
    try:
        content = base64.b64decode("".join(published.split()), validate=True)
        if not isinstance(key.private, RSAPrivateKey):
            digest = hashlib.sha256(_SAMPLE).digest()
            Ed25519PublicKey.from_public_bytes(content).verify(signature, digest)
            return True
        public_key = serialization.load_der_public_key(content)
        if not isinstance(public_key, RSAPublicKey):
            return False
        public_key.verify(signature, _SAMPLE, padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True


def _shorten(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "…"
