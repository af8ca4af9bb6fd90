"""A newsroom for the tests: a project, its subscribers, a campaign sent through a real SMTP server, and the service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from sqlalchemy import func, select

from pipeline import cli
from pipeline.campaigns.store.tables import deliveries
from pipeline.events import EventStore
from pipeline.mail.dkim.keys import generate_key
from pipeline.models.address import parse_address
from pipeline.models.event import Event
from pipeline.models.subscriber import Subscriber
from pipeline.project import Project
from pipeline.subscribers.tables import lists, memberships, subscribers
from pipeline.web.preview.sources.mail_catcher import MailCatcher
from pipeline.web.public.public_app import create_app
from pipeline.web.public.public_server import PublicServer
from pipeline.web.public.rate_limits import MissLimiter

CONFIG = """\
[publication]
name = "The Harbour Bell"
from = "The Harbour Bell <bell@harbour.example.org>"
reply_to = "desk@harbour.example.org"
postal_address = "4 Mole Row, Skerrow"
public_url = "https://news.harbour.example.org"

[bounces]
address = "bounce@harbour.example.org"

[dkim]

[sender]
default = "relay"

[senders.relay]
kind = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
"""
ARTICLE = """\
---
title: The winter timetable
preheader: Two boats a day, and none on the second of January.
---

The [boat](https://ferry.harbour.example.org/) leaves at seven.
"""
PEOPLE = ("ana@example.org", "ben@example.org", "cleo@example.org", "dov@example.org")
LISTS = ("weekly", "monthly")


@dataclass(frozen=True, kw_only=True)
class Newsroom:
    """A project whose campaign was sent to the list `weekly`; its subscribers are on two lists."""

    project: Project
    ledger: EventStore
    client: FlaskClient
    server: PublicServer
    folder: Path
    messages: dict[str, EmailMessage] = field(default_factory=dict)

    def fresh_client(self) -> FlaskClient:
        """Return a client of a service that was started just now."""
        return create_app(self.project, self.ledger).test_client()

    def unsubscribe_url(self, address: str) -> str:
        """Return the https URL in the List-Unsubscribe of what *address* got."""
        found = re.search(r"<(https://[^>]*)>", self.messages[address]["List-Unsubscribe"])
        assert found
        return found[1]

    def unsubscribe_address(self, address: str) -> str:
        """Return the address of the mailto in the List-Unsubscribe of what *address* got."""
        found = re.search(r"<mailto:([^>?]*)", self.messages[address]["List-Unsubscribe"])
        assert found
        return found[1]

    def path(self, address: str) -> str:
        """Return the path of that URL."""
        return urlsplit(self.unsubscribe_url(address)).path

    def local_url(self, address: str) -> str:
        """Return where the server answers for that URL."""
        return self.server.url + self.path(address)

    def on_lists(self) -> dict[str, list[str]]:
        """Return the lists that each subscriber receives."""
        query = (
            select(subscribers.c.email, lists.c.name)
            .join(memberships, memberships.c.subscriber_id == subscribers.c.id)
            .join(lists, lists.c.id == memberships.c.list_id)
            .where(subscribers.c.state == "confirmed", memberships.c.unsubscribed_at.is_(None))
            .order_by(lists.c.name.desc())
        )
        found: dict[str, list[str]] = {person: [] for person in PEOPLE}
        with self.ledger.store.reading() as connection:
            for email, name in connection.execute(query):
                found[email].append(name)
        return found

    def off_lists(self) -> dict[str, list[str]]:
        """Return who no longer receives which list."""
        left = {who: [n for n in LISTS if n not in names] for who, names in self.on_lists().items()}
        return {who: names for who, names in left.items() if names}

    def read_subscriber(self, address: str) -> Subscriber:
        """Return the subscriber as stored."""
        with self.project.open_subscribers() as opened:
            found = opened.get_details(parse_address(address)).subscriber
        assert found
        return found

    def events(self) -> list[Event]:
        """Return the events, oldest first."""
        return [each.event for each in self.ledger.list_events()][::-1]


def preferences_path(newsroom: Newsroom, person: str) -> str:
    """Return the path of the preferences link in the HTML part, which the text part has too."""
    message = newsroom.messages[person]
    html, text = (message.get_body((kind,)) for kind in ("html", "plain"))
    assert html
    assert text
    (url,) = set(re.findall(r'href="(https://news[^"]*/p/[^"]+)"', html.get_content()))
    assert str(url) in text.get_content()
    return urlsplit(str(url)).path


def send_again(newsroom: Newsroom) -> tuple[dict[str, str], set[str]]:
    """Send once more to the list; return why somebody was skipped, and who received it."""
    for path in newsroom.folder.glob("*.eml"):
        path.unlink()
    root = newsroom.project.root
    words = ("send", str(root / "timetable.md"), "--list", "weekly", "--sender", "relay")
    assert 0 == cli.run(["--project", str(root), *words, "--allow-repeat", "--yes"])
    with newsroom.ledger.store.reading() as connection:
        last = select(func.max(deliveries.c.campaign)).scalar_subquery()
        query = select(deliveries.c.email, deliveries.c.reason).where(
            deliveries.c.campaign == last, deliveries.c.state == "skipped"
        )
        skipped = {email: reason for email, reason in connection.execute(query)}
    return skipped, set(read_messages(newsroom.folder))


@contextmanager
def open_newsroom(
    folder: Path,
    *,
    limiter: MissLimiter | None = None,
    languages: tuple[str, ...] = (),
    store_url: str | None = None,
    lock_timeout_s: float | None = None,
    settings: str = "",
) -> Iterator[Newsroom]:
    """
    Make the project in *folder*, send, and serve.

    Args:
        settings: More of its configuration.
        languages: Of the subscribers, in their order; default: none is known.
        store_url: Of its database; default: a SQLite file.
        lock_timeout_s: How long the service waits for other processes.
    """
    caught = folder / "caught"
    caught.mkdir()
    with ExitStack() as stack:
        catcher = stack.enter_context(closing(MailCatcher(caught, 0)))
        root = _make_project(folder / "bell", catcher.port, languages, store_url, settings)
        words = ("send", str(root / "timetable.md"), "--list", "weekly", "--sender", "relay")
        assert 0 == cli.run(["--project", str(root), *words, "--yes"])
        project = Project.open(root)
        ledger = stack.enter_context(project.open_events(lock_timeout_s=lock_timeout_s))
        app = create_app(project, ledger, limiter=limiter)
        server = PublicServer(app, port=0)
        thread = Thread(target=server.run, daemon=True)
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.stop)
        yield Newsroom(
            project=project,
            ledger=ledger,
            client=app.test_client(),
            server=server,
            folder=caught,
            messages=read_messages(caught),
        )


def _make_project(
    root: Path, port: int, languages: tuple[str, ...], store_url: str | None, settings: str
) -> Path:
    root.mkdir()
    config = CONFIG.format(port=port) + settings
    if store_url:
        config += f'\n[store]\nurl = "{store_url}"\n'
    (root / "handbill.toml").write_text(config, encoding="utf-8")
    (root / "timetable.md").write_text(ARTICLE, encoding="utf-8")
    state = root / ".handbill"
    state.mkdir(mode=0o700)
    key = state / "dkim-handbill.pem"
    key.touch(mode=0o600)
    key.write_bytes(generate_key("ed25519"))
    rows = ["email,language"]
    for index, person in enumerate(PEOPLE):
        rows.append(f"{person},{languages[index] if index < len(languages) else ''}")
    (root / "people.csv").write_text("\n".join(rows), encoding="utf-8")
    for name in LISTS:
        words = ["subscribers", "import", str(root / "people.csv"), "--list", name]
        assert 0 == cli.run(["--project", str(root), *words])
    return root


def read_messages(folder: Path) -> dict[str, EmailMessage]:
    """Return the messages that the mail server has, by recipient."""
    parsed = (
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in folder.glob("*.eml")
    )
    return {message["To"]: message for message in parsed}
