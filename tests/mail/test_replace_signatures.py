"""Finished messages signed again, for another sender or a later date."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.mail import UNSIGNED, Signing, replace_signatures
from tests.mail.dkim_verifiers import both, dkimpy_verdicts, key, opendkim_verdicts, signing
from tests.mail.samples import AT, defects, parsed
from tests.mail.test_dkim import signed

LATER = AT + timedelta(days=30)
LEAVING = {"list-unsubscribe", "list-unsubscribe-post"}


def body(content: bytes) -> bytes:
    return content.partition(b"\r\n\r\n")[2]


def test_signatures_are_replaced(tmp_path: Path) -> None:
    """Both verifiers accept the new one, and nothing else changes."""
    old = signed(by=signing([key("rsa", "old")]))
    new = replace_signatures(old, signing(), preserves_bytes=False, at=LATER)
    assert [True, True] == dkimpy_verdicts(new)
    assert ["pass", "pass"] == opendkim_verdicts(new, both(), tmp_path)
    assert signed(by=UNSIGNED) != old
    assert new.endswith(old[old.index(b"From: ") :])
    assert new == replace_signatures(new, signing(), preserves_bytes=True, at=LATER)
    assert [] == defects(new)


def test_fields_that_the_new_service_rewrites_are_not_signed() -> None:
    """Rewriting a covered field would break the signature."""
    new = replace_signatures(signed(), signing(exclude={"date"}), preserves_bytes=False, at=LATER)
    rewritten = new.replace(b"\r\nDate: ", b"\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\nX-Was: ")
    assert [True, True] == dkimpy_verdicts(rewritten)


@pytest.mark.parametrize(
    ("by", "preserves_bytes", "signatures", "one_click"),
    [
        (UNSIGNED, True, 2, 1),
        (UNSIGNED, False, 0, 0),
        (Signing(by_service=True), False, 0, 1),
        (signing(exclude=LEAVING), False, 2, 0),
        (signing(exclude=LEAVING, by_service=True), False, 2, 1),
    ],
)
def test_one_click_preserves_bytes_only_with_a_signature(
    by: Signing, preserves_bytes: bool, signatures: int, one_click: int
) -> None:
    """Without a key a valid signature stays; List-Unsubscribe-Post goes with the last one that covers it."""
    old = signed()
    new = replace_signatures(old, by, preserves_bytes=preserves_bytes, at=LATER)
    letter = parsed(new)
    assert signatures == len(letter.get_all("DKIM-Signature", []))
    assert one_click == len(letter.get_all("List-Unsubscribe-Post", []))
    assert parsed(old)["List-Unsubscribe"] == letter["List-Unsubscribe"]
    assert body(old) == body(new)
