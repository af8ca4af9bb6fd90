"""DKIM keys: generated, read, published."""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path

import dns.rdata
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from dns.rdtypes.ANY.TXT import TXT

from pipeline.errors import ConfigError
from pipeline.mail.dkim.keys import (
    KeyType,
    format_dkim_record,
    format_zone_line,
    generate_key,
    read_key,
)
from tests.mail.dkim_verifiers import key
from tests.support import require_program

PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8
OPEN = serialization.NoEncryption()


def read(written: bytes) -> str:
    return format_dkim_record(read_key(written, selector="s", source="the key file"))


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_key_is_read_in_every_common_form(kind: KeyType) -> None:
    """As a file, on one line with `\n` in it, without its first and last line, with Windows line ends."""
    pem = generate_key(kind)
    expected = read(pem)
    lines = pem.splitlines()
    assert expected == read(pem.strip().replace(b"\n", b"\\n"))
    assert expected == read(b"\n".join(lines[1:-1]))
    assert expected == read(b"".join(lines[1:-1]))
    assert expected == read(b"\r\n".join(lines))


def test_keys_of_opendkim_are_read(tmp_path: Path) -> None:
    """Keys of `opendkim-genkey` can be kept, with the same record."""
    program = require_program("opendkim-genkey", "/usr/sbin/opendkim-genkey")
    subprocess.run([program, "-D", tmp_path, "-d", "example.org", "-s", "s"], check=True)
    ours = read((tmp_path / "s.private").read_bytes())
    theirs = "".join(re.findall(r'"([^"]*)"', (tmp_path / "s.txt").read_text()))
    assert ours.rpartition("p=")[2] == theirs.rpartition("p=")[2]


def encrypted() -> bytes:
    made = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    return made.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"pass"))


def public() -> bytes:
    return (
        key("rsa")
        .private.public_key()
        .public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def elliptic() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(PEM, PKCS8, OPEN)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (b"", "no private key"),
        (b"S3CR3T", "no private key"),
        (b"-----BEGIN PRIVATE KEY-----\nS3CR3T\n-----END PRIVATE KEY-----\n", "no private key"),
        (public(), "no private key"),
        (encrypted(), "encrypted"),
        (elliptic(), "neither an RSA nor an Ed25519 key"),
    ],
)
def test_an_invalid_key_is_reported_but_not_printed(written: bytes, reason: str) -> None:
    """The error has the source and the next step, but not the content."""
    with pytest.raises(ConfigError, match=reason) as caught:
        read(written)
    assert str(caught.value).startswith("the key file: ")
    assert "S3CR3T" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_the_record_has_the_public_key() -> None:
    """`p=` holds the key itself (RFC 6376 §3.6.1), for Ed25519 the raw 32 bytes (RFC 8463 §4.2)."""
    found = dict(tag.split("=", 1) for tag in format_dkim_record(key("rsa")).split("; "))
    assert ("DKIM1", "rsa") == (found["v"], found["k"])
    loaded = serialization.load_der_public_key(base64.b64decode(found["p"]))
    private = key("rsa").private
    assert isinstance(private, RSAPrivateKey)
    assert private.public_key() == loaded
    found = dict(tag.split("=", 1) for tag in format_dkim_record(key("ed25519")).split("; "))
    assert 32 == len(base64.b64decode(found["p"]))


def test_the_zone_line_is_valid() -> None:
    """The line, in strings of at most 255 characters, is parsed as the record."""
    line = format_zone_line("s._domainkey.example.org", format_dkim_record(key("rsa")))
    name, _, kind, data = line.split(" ", 3)
    assert ("s._domainkey.example.org.", "TXT") == (name, kind)
    parsed = dns.rdata.from_text("IN", "TXT", data.strip("() "))
    assert isinstance(parsed, TXT)
    assert all(len(string) <= 255 for string in parsed.strings)
    assert format_dkim_record(key("rsa")).encode() == b"".join(parsed.strings)
    assert "(" not in format_zone_line(
        "s._domainkey.example.org", format_dkim_record(key("ed25519"))
    )
