"""The score of a local spam filter; without a filter there is no finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.checks import Severity
from pipeline.checks.message.spam_score import (
    check_spam,
    measure_spam,
    parse_rspamd,
    parse_spamassassin,
)
from pipeline.mail import compose
from pipeline.models.address import Address
from pipeline.models.message import Message
from pipeline.models.recipient import Recipient
from tests.checks.samples import newsletter
from tests.rendering.sample_issues import AT
from tests.support import require_program

REPORT = """\
Content analysis details:   (7.1 points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
-0.0 NO_RELAYS              Informational: message was not relayed via SMTP
 1.5 SUBJ_ALL_CAPS          Subject is all capitals
 3.2 LOTS_OF_MONEY          Huge... sums of money
 0.0 HTML_MESSAGE           BODY: HTML included in message
 2.4 MISSING_DATE           Missing Date: header
"""
RSPAMD = """\
Results for file: stdin (0.09 seconds)
[Metric: default]
Action: add header
Spam: true
Score: 8.40 / 15.00
Symbol: HFILTER_HELO_BADIP (3.00)
Symbol: MIME_HTML_ONLY (0.20)
Symbol: SUBJ_ALL_CAPS (1.40)[8]
Symbol: R_DKIM_ALLOW (-0.20)
"""


def _message() -> Message:
    reader = Recipient(address=Address(email="ada@example.org"))
    return compose(newsletter(), reader, campaign_id="c", sequence=1, at=AT, secret=b"s")


def test_a_spamassassin_report_is_parsed() -> None:
    """Points, threshold, and the rules that count against it, highest first."""
    score = parse_spamassassin(REPORT)

    assert score
    assert (7.1, 5.0) == (score.points, score.threshold)
    assert (("LOTS_OF_MONEY", 3.2), ("MISSING_DATE", 2.4), ("SUBJ_ALL_CAPS", 1.5)) == score.rules


def test_an_rspamd_report_is_parsed() -> None:
    """Likewise, without rules about messages that were not sent yet."""
    score = parse_rspamd(RSPAMD)

    assert score
    assert (8.4, 15.0) == (score.points, score.threshold)
    assert (("SUBJ_ALL_CAPS", 1.4), ("MIME_HTML_ONLY", 0.2)) == score.rules


@pytest.mark.parametrize("report", ["", "0/0", "Score: high", "connection refused"])
def test_other_output_has_no_score(report: str) -> None:
    """A filter that fails has no score."""
    assert parse_spamassassin(report) is None
    assert parse_rspamd(report) is None


def _filter(folder: Path, name: str, report: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\ncat >/dev/null\ncat <<'END'\n{report}\nEND\n")
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ("-1.0", []),
        ("1.9", []),
        ("2.0", [Severity.NOTE]),
        ("4.9", [Severity.NOTE]),
        ("5.0", [Severity.WARNING]),
    ],
)
def test_a_score_is_one_finding(
    points: str, expected: list[Severity], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A score over the threshold is a warning, one close to it a note; the rules are named."""
    _filter(tmp_path, "spamassassin", REPORT.replace("7.1", points))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = list(check_spam(_message()))

    assert expected == [finding.severity for finding in found]
    assert {"spam.score"} >= {finding.code for finding in found}
    assert all("LOTS_OF_MONEY (3.2)" in finding.message for finding in found)


def test_without_a_filter_there_are_no_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If none is installed, or it fails, there is no finding."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [] == list(check_spam(_message()))
    _filter(tmp_path, "spamassassin", "it broke")
    assert [] == list(check_spam(_message()))


def test_real_spamassassin() -> None:
    """The GTUBE test string is spam, and the filter does not learn from it."""
    require_program("spamassassin")
    gtube = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
    content = _message().content
    score = measure_spam(content.replace(b"\r\nWords.", b"\r\n" + gtube + b"\r\nWords.", 1))

    assert score
    assert score.points > 900
    assert "GTUBE" == score.rules[0][0]
