"""A project that has sent a newsletter through a service that stands in for Postmark."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import cli
from tests.senders.http.fake_providers import POSTMARK
from tests.senders.http.fake_service import serving
from tests.senders.webhooks.services.postmark import POSTMARK_REPORTER

CONFIG = """\
[publication]
name = "The Harbour Bell"
from = "The Harbour Bell <bell@harbour.example.org>"
postal_address = "4 Mole Row, Skerrow"
public_url = "https://news.harbour.example.org"

[senders.postmark]
kind = "postmark"
base_url = "{url}"
"""
ARTICLE = "---\ntitle: The winter timetable\n---\n\nThe boat leaves at seven.\n"


def send_through_postmark(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make the project in *root* and send its newsletter through Postmark; return the tokens that Postmark got."""
    monkeypatch.setenv("POSTMARK_SERVER_TOKEN", "hb-secret-0123456789abcdef")
    root.mkdir()
    with serving(POSTMARK.accept_all) as service:
        (root / "handbill.toml").write_text(CONFIG.format(url=service.url), encoding="utf-8")
        (root / "timetable.md").write_text(ARTICLE, encoding="utf-8")
        rows = ["email", *(f"r{number}@example.org" for number in range(20))]
        (root / "people.csv").write_text("\n".join(rows), encoding="utf-8")
        project = ["--project", str(root)]
        assert 0 == cli.run(
            [*project, "subscribers", "import", str(root / "people.csv"), "--list", "w"]
        )
        words = ["send", str(root / "timetable.md"), "--list", "w", "--sender", "postmark", "--yes"]
        assert 0 == cli.run([*project, *words])
        return [token for each in service.requests for token in POSTMARK_REPORTER.find_tokens(each)]
