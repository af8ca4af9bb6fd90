"""Another address, one's data, and an erasure: each takes effect only by a link in a message to the right address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.models.address import Address, parse_address
from pipeline.models.event import EventKind
from pipeline.preferences.confirmations import ConfirmationStore
from pipeline.project import Project
from pipeline.testing import ManualClock
from pipeline.web.public.mailing.open_mailers import open_mailers
from tests import databases
from tests.web.public.newsroom import (
    PEOPLE,
    Newsroom,
    open_newsroom,
    preferences_path,
    read_messages,
    send_again,
)

ANA, BEN, CLEO, DOV = PEOPLE
NEW = "ana@new.example.net"
_REQUESTED = "A message is on its way to {}."


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    with open_newsroom(tmp_path, languages=("en", "he")) as opened:
        yield opened


def send_waiting(newsroom: Newsroom, project: Project | None = None) -> dict[str, EmailMessage]:
    """Send what waits through the sender of *project*, by default the newsroom's; return it by recipient."""
    for path in newsroom.folder.glob("*.eml"):
        path.unlink()
    confirmations, *_ = open_mailers(project or newsroom.project, newsroom.ledger)
    confirmations.send_waiting()
    return read_messages(newsroom.folder)


def request_address(newsroom: Newsroom, person: str, address: str) -> str:
    data = {"action": "address", "address": address}
    answer = newsroom.client.post(preferences_path(newsroom, person), data=data)
    assert 200 == answer.status_code
    return answer.text


def link_path(message: EmailMessage) -> str:
    """Return the path of the link in the message, the same in both parts."""
    html, text = (message.get_body((kind,)) for kind in ("html", "plain"))
    assert html
    assert text
    (url,) = set(re.findall(r'href="(https://[^"]+/[csp]/[^"]+)"', html.get_content()))
    assert str(url) in text.get_content()
    return urlsplit(str(url)).path


def change_address(newsroom: Newsroom, person: str, address: str) -> None:
    request_address(newsroom, person, address)
    path = link_path(send_waiting(newsroom)[address])
    answer = newsroom.client.post(path, data={"action": "confirm"})
    assert "The address is changed" in answer.text


def data_path(newsroom: Newsroom, person: str) -> str:
    answer = newsroom.client.post(preferences_path(newsroom, person), data={"action": "data"})
    assert person not in answer.text
    return link_path(send_waiting(newsroom)[person])


def test_an_address_changes_once_the_new_one_confirms(newsroom: Newsroom) -> None:
    """Asking, and opening the link, change nothing; a press does, once; the next issue goes to the new address."""
    assert _REQUESTED.format(NEW) in request_address(newsroom, ANA, NEW)
    path = link_path(send_waiting(newsroom)[NEW])
    for _ in range(2):
        page = newsroom.client.get(path).text
    assert (f"Send our newsletters to {NEW}?" in page, "a••@example.org" in page) == (True, True)
    assert [] == newsroom.events()
    for _ in range(2):
        assert (
            "The address is changed" in newsroom.client.post(path, data={"action": "confirm"}).text
        )
    assert [EventKind.READDRESSED] == [event.kind for event in newsroom.events()]
    assert {NEW, BEN, CLEO, DOV} == send_again(newsroom)[1]
    assert ("weekly", "monthly") == tuple(reversed(newsroom.read_subscriber(NEW).lists))


def test_old_links_still_work_for_whoever_moved(newsroom: Newsroom) -> None:
    """The links in an issue to the former address unsubscribe the person, wherever their email goes now."""
    change_address(newsroom, ANA, NEW)
    assert "a••@new.example.net" in newsroom.client.get(preferences_path(newsroom, ANA)).text
    newsroom.client.post(newsroom.path(ANA), data={"List-Unsubscribe": "One-Click"})
    assert ("weekly",) == newsroom.read_subscriber(NEW).unsubscribed_lists


def test_no_import_brings_the_former_address_back(newsroom: Newsroom) -> None:
    """A list exported from elsewhere still has it; nothing is sent there."""
    from pipeline import cli

    change_address(newsroom, ANA, NEW)
    root = newsroom.project.root
    words = ["subscribers", "import", str(root / "people.csv"), "--list", "weekly"]
    assert 0 == cli.run(["--project", str(root), *words])
    assert ANA not in send_again(newsroom)[1]


def test_the_former_address_can_take_it_back(newsroom: Newsroom) -> None:
    """A friend with a forwarded copy can redirect nobody for long."""
    change_address(newsroom, ANA, NEW)
    messages = send_waiting(newsroom)
    assert {ANA} == set(messages)
    path = link_path(messages[ANA])
    assert "Use this address again" in newsroom.client.get(path).text
    assert "The address is changed" in newsroom.client.post(path, data={"action": "confirm"}).text
    assert {ANA, BEN, CLEO, DOV} == send_again(newsroom)[1]
    assert {} == send_waiting(newsroom)


def test_two_subscribers_become_one(newsroom: Newsroom) -> None:
    """A new address that is a subscriber's already gets the lists of both, and no issue twice."""
    newsroom.client.post(
        preferences_path(newsroom, BEN), data={"action": "unsubscribe", "list": "monthly"}
    )
    change_address(newsroom, ANA, BEN)
    assert {BEN, CLEO, DOV} == send_again(newsroom)[1]
    assert {"weekly", "monthly"} == set(newsroom.read_subscriber(BEN).lists)


@pytest.mark.parametrize("case", ["same", "left", "suppressed", "erased", "asked today"])
def test_the_page_does_not_tell_who_gets_no_message(newsroom: Newsroom, case: str) -> None:
    """The same page, whoever the new address belongs to; to some of them nothing is sent."""
    expected = request_address(newsroom, DOV, "fresh@example.net").replace("fresh@example.net", "…")
    address = {"same": ANA, "left": BEN, "suppressed": CLEO}.get(case, "gone@example.net")
    with newsroom.project.open_subscribers() as subscribers:
        if case == "left":
            subscribers.unsubscribe(parse_address(BEN))
        if case == "suppressed":
            subscribers.suppress(parse_address(CLEO), reason="complained")
        if case == "erased":
            subscribers.erase(parse_address(address))
    if case == "asked today":
        request_address(newsroom, CLEO, address)
    send_waiting(newsroom)
    page = request_address(newsroom, ANA, address)
    assert expected == page.replace(address, "…")
    assert {} == send_waiting(newsroom)


def test_nobody_can_be_bombed(newsroom: Newsroom) -> None:
    """One subscriber asks three times a day; one address is asked once a day."""
    for number in range(3):
        request_address(newsroom, ANA, f"a{number}@example.net")
    data = {"action": "address", "address": "a4@example.net"}
    answer = newsroom.client.post(preferences_path(newsroom, ANA), data=data)
    assert (400, True) == (answer.status_code, "Try again tomorrow" in answer.text)
    assert 3 == len(send_waiting(newsroom))


@pytest.mark.parametrize(
    "address", ["", "ana", "a@b@c", "a@example.net, b@example.net", "a@example.net\nBcc: x@y.zz"]
)
def test_what_is_no_address_is_refused(newsroom: Newsroom, address: str) -> None:
    """The page says so; nothing is stored or sent."""
    data = {"action": "address", "address": address}
    answer = newsroom.client.post(preferences_path(newsroom, ANA), data=data)
    assert (400, True) == (answer.status_code, "This is not an email address" in answer.text)
    assert {} == send_waiting(newsroom)


def test_messages_are_in_the_subscribers_language(newsroom: Newsroom) -> None:
    """In Hebrew from right to left, by the configured sender, signed, with nothing to unsubscribe from."""
    request_address(newsroom, BEN, "ben@new.example.net")
    message = send_waiting(newsroom)["ben@new.example.net"]
    html = message.get_body(("html",))
    assert html
    assert '<html lang="he" dir="rtl"' in html.get_content()
    assert "אישור" in message["Subject"]
    assert "The Harbour Bell" in message["From"]
    assert ("DKIM-Signature" in message, "List-Unsubscribe" in message) == (True, False)


def test_data_needs_a_link_to_the_own_address(newsroom: Newsroom) -> None:
    """The page and the file have all of it: consent, what was sent, what came back."""
    newsroom.client.post(
        preferences_path(newsroom, ANA), data={"action": "unsubscribe", "list": "monthly"}
    )
    until = (datetime.now(UTC) + timedelta(days=9)).date()
    newsroom.client.post(
        preferences_path(newsroom, ANA), data={"action": "pause", "until": until.isoformat()}
    )
    path = data_path(newsroom, ANA)
    page = newsroom.client.get(path).text
    assert f"Paused: {until:%B} {until.day}, {until.year}" in page
    for text in (
        ANA,
        "Consent",
        "import",
        "weekly",
        "The winter timetable",
        "Unsubscribed: monthly",
    ):
        assert text in page
    answer = newsroom.client.get(f"{path}/data.json")
    assert 'attachment; filename="data.json"' == answer.headers["Content-Disposition"]
    found = json.loads(answer.text)
    with newsroom.project.open_subscribers() as subscribers:
        assert subscribers.get_details(Address(email=ANA)).to_json() == found
    assert ["unsubscribed", "paused"] == [event["kind"] for event in found["events"]]
    assert "import" == found["subscriber"]["consent"]["method"]


def test_who_redirected_somebody_gets_no_data(newsroom: Newsroom) -> None:
    """For 30 days after a change the link goes to the former address, whose owner is certain."""
    change_address(newsroom, ANA, "friend@example.net")
    send_waiting(newsroom)
    answer = newsroom.client.post(preferences_path(newsroom, ANA), data={"action": "data"})
    assert "a••@example.org" in answer.text
    assert {ANA} == set(send_waiting(newsroom))


def test_erasing_takes_two_presses(newsroom: Newsroom) -> None:
    """The first one changes nothing; after the second one nothing is left, and no link works any more."""
    change_address(newsroom, ANA, NEW)
    send_again(newsroom)
    send_waiting(newsroom)  # the link that takes the change back
    path = data_path(newsroom, ANA)
    answer = newsroom.client.post(path, data={"action": "erase"})
    assert "Erase everything?" in answer.text
    assert newsroom.read_subscriber(NEW)
    answer = newsroom.client.post(path, data={"action": "erase everything"})
    assert "Everything about you is erased" in answer.text
    assert {BEN, CLEO, DOV} == send_again(newsroom)[1]
    with newsroom.ledger.store.reading() as connection:
        rows = [
            str(tuple(row))
            for (name,) in connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            ).all()
            for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')
        ]
    assert [] == [row for row in rows if ANA in row or NEW in row]
    for link in (path, preferences_path(newsroom, ANA), newsroom.path(ANA)):
        assert "Nobody receives email through this link" in newsroom.client.get(link).text


def test_a_suppressed_address_is_not_written_to(newsroom: Newsroom) -> None:
    """Whoever asks for the data of one is told to write to the newsroom."""
    with newsroom.project.open_subscribers() as subscribers:
        subscribers.suppress(parse_address(ANA), reason="complained")
    answer = newsroom.client.post(preferences_path(newsroom, ANA), data={"action": "data"})
    assert (400, True) == (answer.status_code, "please write to us" in answer.text)
    assert {} == send_waiting(newsroom)


def test_links_expire(tmp_path: Path) -> None:
    """After three days the page says how to get a new one; nothing changes."""
    with open_newsroom(tmp_path) as newsroom:
        request_address(newsroom, ANA, NEW)
        path = link_path(send_waiting(newsroom)[NEW])
        later = ManualClock(newsroom.project.clock.now() + timedelta(days=3, minutes=1))
        store = ConfirmationStore(newsroom.ledger, clock=later)
        found = store.find(path.removeprefix("/c/"))
        assert found
        assert found.is_expired
        token = path.removeprefix("/c/")
        assert store.find(token[:-1] + ("a" if token[-1] != "a" else "b")) is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_opening_a_link_confirms_nothing(newsroom: Newsroom, method: str) -> None:
    """A scanner opens every link."""
    request_address(newsroom, ANA, NEW)
    path = link_path(send_waiting(newsroom)[NEW])
    newsroom.client.open(path, method=method, data={"action": "confirm"})
    assert [] == newsroom.events()


def test_a_message_that_cannot_be_sent_is_tried_again(newsroom: Newsroom) -> None:
    """The mail server is away: it is sent once when the server is back, and not again."""
    request_address(newsroom, ANA, NEW)
    config = newsroom.project.root / "handbill.toml"
    working = config.read_text(encoding="utf-8")
    config.write_text(re.sub(r"(?m)^port = .*$", "port = 9", working), encoding="utf-8")
    assert {} == send_waiting(newsroom, Project.open(newsroom.project.root))
    config.write_text(working, encoding="utf-8")
    assert {NEW} == set(send_waiting(newsroom))
    assert {} == send_waiting(newsroom)


def test_it_is_the_same_on_postgresql(tmp_path: Path, postgres: databases.Server) -> None:
    """Two subscribers become one, their data is shown, and erased."""
    with open_newsroom(tmp_path, store_url=postgres.create_database()) as newsroom:
        change_address(newsroom, ANA, BEN)
        assert {BEN, CLEO, DOV} == send_again(newsroom)[1]
        send_waiting(newsroom)
        path = data_path(newsroom, ANA)
        assert ANA in newsroom.client.get(path).text
        newsroom.client.post(path, data={"action": "erase everything"})
        assert {CLEO, DOV} == send_again(newsroom)[1]
