"""What a project binds together."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from pipeline.project import Project

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
    """Return the links for leaving: of the header, the text part and the HTML part."""
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None and page is not None
    places = (message["List-Unsubscribe"], text.get_content(), page.get_content())
    found = [re.findall(r"https://lantern\.example\.org/leave/([\w-]*)", place) for place in places]
    assert [1, 1, 1] == [len(links) for links in found]
    return {link for links in found for link in links}


def test_each_reader_has_a_link_for_leaving_of_their_own(tmp_path: Path) -> None:
    """Header and both parts lead to one code for each reader, the same in the next letter, without the address."""
    (tmp_path / "handbill.toml").write_text(_CONFIG, encoding="utf-8")
    (tmp_path / "bell.md").write_text("# Bell\n\nIt rings.", encoding="utf-8")

    ada, grace = map(_links, _sent(tmp_path, "ada@example.org", "grace@example.org"))
    (again,) = map(_links, _sent(tmp_path, "Ada Byron <ADA@example.org>"))

    assert [1, 1] == [len(ada), len(grace)]
    assert ada != grace
    assert ada == again
    assert all(re.fullmatch(r"[\w-]{22}", token) for token in ada | grace)
