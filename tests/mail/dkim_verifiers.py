"""Keys for the tests, and independent verifiers: dkimpy and opendkim."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import dkim

from pipeline.mail.dkim.keys import format_dkim_record, generate_key, read_key
from pipeline.mail.dkim.signature import DkimKey, Signer, Signing
from tests.support import require_program

DOMAIN = "ferry.example.org"


@cache
def key(kind: Literal["rsa", "ed25519"], selector: str | None = None) -> DkimKey:
    """Return the same key of *kind* each time: generating one takes longer than a test."""
    return read_key(generate_key(kind), selector=selector or kind, source="the tests")


def both() -> tuple[DkimKey, ...]:
    return (key("rsa"), key("ed25519"))


def signing(
    keys: Sequence[DkimKey] | None = None, *, exclude: Iterable[str] = (), by_service: bool = False
) -> Signing:
    signer = Signer(DOMAIN, both() if keys is None else keys, exclude=exclude)
    return Signing(signer=signer, by_service=by_service)


def zone(keys: Iterable[DkimKey], domain: str = DOMAIN) -> dict[str, str]:
    """Return the records of *keys* by their names."""
    return {f"{key.selector}._domainkey.{domain}": format_dkim_record(key) for key in keys}


def dkimpy_verdicts(content: bytes, keys: Sequence[DkimKey] | None = None) -> list[bool]:
    """Return dkimpy's result for each signature."""
    records = zone(both() if keys is None else keys)

    def query(name: bytes, timeout: int = 5) -> bytes:
        return records[name.decode().rstrip(".")].encode()

    count = content.partition(b"\r\n\r\n")[0].count(b"DKIM-Signature:")
    return [_accepts(content, index, query) for index in range(count)]


def _accepts(content: bytes, index: int, query: Callable[..., bytes]) -> bool:
    try:
        return bool(dkim.DKIM(content).verify(idx=index, dnsfunc=query))
    except dkim.DKIMException:
        return False


def opendkim_verdicts(content: bytes, keys: Sequence[DkimKey], folder: Path) -> list[str]:
    """Return what opendkim writes to Authentication-Results for each signature."""
    program = require_program("opendkim", "/usr/sbin/opendkim")
    (folder / "message").write_bytes(content)
    lines = [f"{name} {text}\n" for name, text in zone(keys).items()]
    (folder / "records").write_text("".join(lines))
    (folder / "settings").write_text(
        f"Mode v\nSocket local:{folder}/socket\nTestDNSData file:{folder}/records\nInternalHosts 192.0.2.1\n"
    )
    run = subprocess.run(
        [program, "-vv", "-x", folder / "settings", "-t", folder / "message"],
        capture_output=True,
        text=True,
        check=True,
    )
    results = run.stdout.partition("Authentication-Results")[2].split("\tdkim=")[1:]
    return [result.split()[0] for result in results]
