"""A publication with a list that anybody may join, on a clock that the tests set; its messages go to the outbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

from flask.testing import FlaskClient

from pipeline.events import EventStore
from pipeline.models.address import parse_address
from pipeline.models.subscriber import Subscriber
from pipeline.project import Project
from pipeline.subscribers.subscriber_details import SubscriberDetails
from pipeline.testing import ManualClock
from pipeline.web.public.mailing.confirmation_mailer import ConfirmationMailer
from pipeline.web.public.mailing.open_mailers import open_mailers
from pipeline.web.public.mailing.signup_mailer import SignupMailer
from pipeline.web.public.mailing.welcome_mailer import WelcomeMailer
from pipeline.web.public.public_app import create_app

CONFIG = """\
[publication]
name = "The Harbour Bell"
from = "The Harbour Bell <bell@harbour.example.org>"
postal_address = "4 Mole Row, Skerrow"
public_url = "https://news.harbour.example.org"

[lists.weekly]
signup = true
title = "The Weekly"
description = "Boats, tides, and what the council did."

[lists.tides]
signup = true

[lists.board]
"""
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class SignupSite:
    """The project, its service, and what visitors do there."""

    project: Project
    ledger: EventStore
    client: FlaskClient
    clock: ManualClock
    mailers: tuple[ConfirmationMailer, SignupMailer, WelcomeMailer]

    def open_form(self, list_name: str = "weekly", *, language: str = "en", ip: str) -> str:
        """Open the form; return its token."""
        page = self.client.get(
            f"/subscribe/{list_name}",
            headers={"Accept-Language": language},
            environ_base={"REMOTE_ADDR": ip},
        )
        assert 200 == page.status_code
        return read_token(page.text)

    def post(
        self,
        address: str,
        *,
        list_name: str = "weekly",
        language: str = "en",
        ip: str = "192.0.2.1",
        token: str | None = None,
        status: int = 200,
        **fields: str,
    ) -> str:
        """Open the form, wait five seconds, and post it; return the page."""
        if token is None:
            token = self.open_form(list_name, language=language, ip=ip)
            self.clock.advance(timedelta(seconds=5))
        page = self.client.post(
            f"/subscribe/{list_name}",
            data={"address": address, "form": token, **fields},
            headers={"Accept-Language": language},
            environ_base={"REMOTE_ADDR": ip},
        )
        assert status == page.status_code, page.text
        return page.text

    def send(self) -> dict[str, EmailMessage]:
        """Send what waits; return it by recipient, and forget it."""
        for mailer in self.mailers:
            mailer.send_waiting()
        return self.read_messages()

    def read_messages(self) -> dict[str, EmailMessage]:
        """Return what is in the outbox, by recipient, and empty it."""
        found: dict[str, EmailMessage] = {}
        for path in sorted((self.project.root / "outbox").rglob("*.eml")):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            assert message["To"] not in found, "two messages to one address"
            found[message["To"]] = message
            path.unlink()
        return found

    def sign_up(self, address: str, *, ip: str = "192.0.2.1", list_name: str = "weekly") -> None:
        """Sign up, and confirm."""
        self.post(address, ip=ip, list_name=list_name)
        path = link_path(self.send()[address])
        page = self.client.post(path, data={"action": "confirm"})
        assert "You are subscribed" in page.text

    def details(self, address: str) -> SubscriberDetails:
        """Return everything stored about an address."""
        store = self.project.storage.create_subscriber_store(self.ledger.store)
        return store.get_details(parse_address(address))

    def subscriber(self, address: str) -> Subscriber | None:
        """Return the subscriber with an address."""
        return self.details(address).subscriber


@contextmanager
def open_site(
    root: Path, *, config: str = "", store_url: str | None = None
) -> Iterator[SignupSite]:
    """Make the project in *root*, with *config* added, and its service."""
    more = f'\n[store]\nurl = "{store_url}"\n' if store_url else ""
    (root / "handbill.toml").write_text(CONFIG + config + more, encoding="utf-8")
    clock = ManualClock(START)
    project = replace(Project.open(root), clock=clock)
    with project.open_events() as ledger:
        app = create_app(project, ledger)
        mailers = open_mailers(project, ledger)
        yield SignupSite(project, ledger, app.test_client(), clock, mailers)


def read_token(page: str) -> str:
    """Return the token of the form on *page*."""
    (token,) = re.findall(r'name="form" value="([^"]+)"', page)
    return str(token)


def link_path(message: EmailMessage) -> str:
    """Return the path of the link in the message, the same in both parts."""
    html, text = (message.get_body((kind,)) for kind in ("html", "plain"))
    assert html
    assert text
    (url,) = set(re.findall(r'href="(https://news[^"]+)"', html.get_content()))
    assert str(url) in text.get_content()
    return urlsplit(str(url)).path
