"""Asks by reader, from a table of subscribers to the messages in the outbox."""

from __future__ import annotations

from pathlib import Path

from tests.journey.command import CONFIG, handbill, make_project, read_message

READERS = """\
email,name,language,donor
ada@example.org,Ada,de,Monthly
grace@example.org,Grace,,
tom@example.org,,,once
"""
APPEAL = """
[appeal]
text = "Please give."
url = "https://give.example.org"
amounts = [5]

[[appeal.variants]]
when = 'donor = "monthly"'
inherit = false
text = 'Thank you, {{ name | "reader" }}, who read {{ language | "some language" }}.'
"""


def test_each_subscriber_gets_the_matching_appeal(tmp_path: Path) -> None:
    """Who gives every month is thanked, the others are asked; a field nobody has is told."""
    project = make_project(tmp_path / "project", config=CONFIG.partition("[appeal]")[0] + APPEAL)
    settings = project / "handbill.toml"
    (project / "readers.csv").write_text(READERS, "utf-8")
    handbill("subscribers", "import", "readers.csv", "--list", "weekly", cwd=project)

    done = handbill("send", "tide.md", "--list", "weekly", "--json", "--yes", cwd=project)
    letters = [read_message(path) for path in sorted(Path(done.json["outbox"]).glob("*.eml"))]
    texts = {}
    for letter in letters:
        body = letter.get_body(("plain",))
        assert body
        texts[str(letter["To"])] = body.get_content()
    asked = {who for who, text in texts.items() if "https://give.example.org" in text}
    assert {"Grace <grace@example.org>", "tom@example.org"} == asked
    assert "Thank you, Ada, who read de." in texts["Ada <ada@example.org>"]

    settings.write_text(settings.read_text("utf-8").replace("donor =", "donr ="), "utf-8")
    mistaken = handbill("check", "tide.md", "--no-spam", "--json", cwd=project).json
    assert ["donr", "language", "name"] == mistaken["fields"]
    assert "field.unknown" in [finding["code"] for finding in mistaken["findings"]]
