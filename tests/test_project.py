"""What a project binds together: links of recipients, and checks before sending."""

from __future__ import annotations

import os
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from pipeline.errors import ComposeError
from pipeline.models.address import Address
from pipeline.models.edition import Edition
from pipeline.models.recipient import Recipient
from pipeline.project import Project
from pipeline.recipient_tokens import parse_token

_CONFIG = """\
[publication]
name = "The Lantern"
from = "letters@lantern.example.org"
postal_address = "12 Quay Street"
unsubscribe_url = "https://lantern.example.org/leave/{token}"
"""


def _sent(tmp_path: Path, *addresses: str) -> list[EmailMessage]:
    project = Project.open(tmp_path)
    edition = project.render(project.edit(project.load(str(tmp_path / "bell.md"))))
    with project.open_sender("outbox") as sender:
        campaign = project.send(edition, project.parse_recipients(addresses), sender=sender)
    paths = sorted(Path(campaign.outbox or "").glob("*.eml"))
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]


def _links(message: EmailMessage) -> set[str]:
    """Return the unsubscribe links of the header, the text part and the HTML part."""
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None and page is not None
    places = (message["List-Unsubscribe"], text.get_content(), page.get_content())
    found = [re.findall(r"https://lantern\.example\.org/leave/([\w-]*)", place) for place in places]
    assert [1, 1, 1] == [len(links) for links in found]
    return {link for links in found for link in links}


def test_each_recipient_has_their_own_unsubscribe_link(tmp_path: Path) -> None:
    """Header and both parts link to one token per message, which says its campaign and number but not the address."""
    (tmp_path / "handbill.toml").write_text(_CONFIG, encoding="utf-8")
    (tmp_path / "bell.md").write_text("# Bell\n\nIt rings.", encoding="utf-8")

    ada, grace = map(_links, _sent(tmp_path, "ada@example.org", "grace@example.org"))
    (again,) = map(_links, _sent(tmp_path, "Ada Byron <ADA@example.org>"))

    assert [1, 1, 1] == [len(ada), len(grace), len(again)]
    tokens = [parse_token(*links) for links in (ada, grace, again)]
    assert [(1, 1), (1, 2), (2, 1)] == [(t.campaign, t.sequence) for t in tokens if t]


_VARIANTS = """
[appeal]
heading = "Keep the lamp lit"
text = "One reader in thirty pays for all the others."
url = "https://lantern.example.org/give"

[[appeal.variants]]
when = 'donor = "monthly"'
inherit = false
heading = "Thank you"
text = "You paid for this issue."
"""


def _edition(tmp_path: Path, text: str) -> tuple[Project, Edition]:
    (tmp_path / "handbill.toml").write_text(_CONFIG + _VARIANTS, encoding="utf-8")
    (tmp_path / "bell.md").write_text(f"# Bell\n\n{text}", encoding="utf-8")
    project = Project.open(tmp_path)
    return project, project.render(project.edit(project.load(str(tmp_path / "bell.md"))))


def _recipients(count: int, **values: str) -> list[Recipient]:
    addresses = [Address(email=f"reader{n}@example.org") for n in range(count)]
    return [Recipient(address=address, values=values) for address in addresses]


def test_before_sending_one_message_is_composed_per_variant(tmp_path: Path) -> None:
    """However many recipients there are, one message of each variant is composed, and one to a non-ASCII address."""
    project, edition = _edition(tmp_path, "It rings for {{ name | you }}.")
    recipients = [*_recipients(100), *_recipients(100, donor="monthly", name="Ada")]
    unusual = Recipient(address=Address(email="zoë@example.org"))

    with project.open_sender("outbox") as sender:
        check = project.check_messages
        assert 1 == check(edition, recipients[:100], sender=sender)
        assert 2 == check(edition, recipients, sender=sender)
        assert 3 == check(edition, [*recipients, unusual], sender=sender)
        assert 200 == project.dry_run(edition, recipients, sender=sender).recipient_count


def test_a_recipient_without_a_value_stops_everything(tmp_path: Path) -> None:
    """The last of many recipients lacks a value: nobody is sent anything, and the error names the address."""
    project, edition = _edition(tmp_path, "It rings for {{ name }}.")
    recipients = [*_recipients(50, name="Ada"), Recipient(address=Address(email="bo@example.org"))]

    with (
        project.open_sender("outbox") as sender,
        pytest.raises(ComposeError, match=r"bo@example\.org has no value"),
    ):
        project.send(edition, recipients, sender=sender)
    assert [] == list(tmp_path.rglob("*.eml"))


@pytest.mark.parametrize("name", ["handbill.toml", "pyproject.toml", "templates"])
def test_a_configuration_of_another_user_above_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """As git does: not above the working folder, unless it is named; a theme neither."""
    below = tmp_path / "shared" / "articles"
    below.mkdir(parents=True)
    root = below.parent
    table = '[{}publication]\nname = "Theirs"\nfrom = "them@example.org"\n'
    (root / "templates").mkdir()
    if name == "pyproject.toml":
        (root / name).write_text(table.format("tool.handbill."))
    else:
        (root / "handbill.toml").write_text(table.format(""))
    if os.geteuid() == 0:
        os.chown(root / name, 12345, 12345)
    else:  # somebody else looks
        owner = os.geteuid()
        real = Path.stat
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
        assert real(root / name).st_uid == owner
    monkeypatch.chdir(below)
    assert not Project.open().is_configured
    assert f"{root / name} belongs to another user and is not used" in caplog.text
    assert f"--project {root}" in caplog.text
    assert "Theirs" == Project.open(root).publication.name
    monkeypatch.chdir(root)
    assert Project.open().is_configured


def test_a_foreign_file_that_is_not_ours_is_no_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Another user's pyproject.toml without our table is passed over, broken or not."""
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / "pyproject.toml").write_text("this = is not TOML")
    monkeypatch.chdir(below)
    assert not Project.open().is_configured and not caplog.text
