"""
Nine clients click what they find in real headers: who is on which list after each.

The messages were received by an SMTP server; the clients talk to the service by HTTP, as they do in the field.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest
import requests

from pipeline.doctor.check_result import CheckResult
from pipeline.inbound.record_message import InboundRecorder
from pipeline.inbound.stored_messages import MessageFolder
from pipeline.recipient_tokens import TokenKeys, TokenPurpose, parse_token
from tests.browser import Browser
from tests.web.public.newsroom import PEOPLE, Newsroom, open_newsroom

if TYPE_CHECKING:
    from playwright.sync_api import Page

ANA, BEN, CLEO, DOV = PEOPLE
#: For the big run: HANDBILL_TEST_GUESSES=100000
_GUESSES = int(os.environ.get("HANDBILL_TEST_GUESSES", "5000"))


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with open_newsroom(tmp_path_factory.mktemp("clients")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def everybody_back(newsroom: Newsroom) -> Iterator[None]:
    """Each client starts with everybody on both lists."""
    yield
    for person in newsroom.off_lists():
        for _ in range(2):  # everything, then the list
            newsroom.client.post(newsroom.path(person), data={"action": "undo"})
    assert {} == newsroom.off_lists()


def click(newsroom: Newsroom, person: str, **options: object) -> requests.Response:
    answer = requests.post(
        newsroom.local_url(person),
        allow_redirects=False,
        timeout=30,
        **options,  # type: ignore[arg-type]  # the body
    )
    assert "Set-Cookie" not in answer.headers
    return answer


def test_headers_promise_one_click_and_are_signed(newsroom: Newsroom) -> None:
    """Both fields are there, the URL is below public_url, and the DKIM signature covers them (RFC 8058 §3.1)."""
    message = newsroom.messages[ANA]
    assert "List-Unsubscribe=One-Click" == message["List-Unsubscribe-Post"]
    assert newsroom.unsubscribe_url(ANA).startswith("https://news.harbour.example.org/u/")
    signed = re.sub(r"\s", "", message["DKIM-Signature"].partition(" h=")[2].partition(";")[0])
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(signed.lower().split(":"))


def test_gmail(newsroom: Newsroom) -> None:
    """A form, urlencoded."""
    assert 200 == click(newsroom, ANA, data={"List-Unsubscribe": "One-Click"}).status_code
    assert {ANA: ["weekly"]} == newsroom.off_lists()


def test_yahoo(newsroom: Newsroom) -> None:
    """A form, multipart."""
    answer = click(newsroom, BEN, files={"List-Unsubscribe": (None, "One-Click")})
    assert "multipart/form-data" in str(answer.request.headers["Content-Type"])
    assert (200, {BEN: ["weekly"]}) == (answer.status_code, newsroom.off_lists())


def test_a_scanner(newsroom: Newsroom, browser: Browser) -> None:
    """Every link of the message is opened, by HEAD, GET and a browser that runs scripts: nobody leaves."""
    body = newsroom.messages[CLEO].get_body(("html",))
    assert body
    links = set(re.findall(r'href="([^"]+)"', body.get_content()))
    assert newsroom.unsubscribe_url(CLEO) in links
    url = newsroom.local_url(CLEO)
    for method in ("HEAD", "GET"):
        assert 200 == requests.request(method, url, timeout=30).status_code
    answer = click(newsroom, CLEO, json={"url": url})
    assert 400 == answer.status_code

    def view(page: Page) -> str:
        page.wait_for_timeout(200)
        return page.title()

    assert "weekly" in browser.at(url, view)
    assert {} == newsroom.off_lists()


def write_to(newsroom: Newsroom, person: str, *, subject: str, text: str, **fields: str) -> str:
    """Let a mail program write to the address of *person*'s mailto; return what became of the message."""
    message = EmailMessage()
    message["From"], message["To"] = person, newsroom.unsubscribe_address(person)
    message["Date"], message["Message-ID"] = (
        format_datetime(newsroom.project.clock.now()),
        make_msgid(),
    )
    message["Subject"] = subject
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    folder = MessageFolder(newsroom.project.root / "inbound")
    recorder = InboundRecorder(newsroom.ledger, folder, clock=newsroom.project.clock)
    recorded = recorder.record(message.as_bytes())
    return f"{recorded.message.kind.value}: {recorded.effect}"


def test_apple_mail(newsroom: Newsroom) -> None:
    """It writes without a subject; the token in the local part says who, on which list."""
    text = "Apple Mail sent this email to unsubscribe from the message “The winter timetable”."
    done = write_to(newsroom, ANA, subject="", text=text)
    assert ("unsubscribe: unsubscribed from weekly", {ANA: ["weekly"]}) == (
        done,
        newsroom.off_lists(),
    )


def test_thunderbird(newsroom: Newsroom) -> None:
    """It opens a message with the subject of the mailto, whose text may be anything."""
    header = newsroom.messages[DOV]["List-Unsubscribe"]
    assert re.fullmatch(r"<https://[^>]*>, <mailto:[^>]*\?subject=unsubscribe>", header)
    done = write_to(newsroom, DOV, subject="unsubscribe", text="")
    assert ("unsubscribe: unsubscribed from weekly", {DOV: ["weekly"]}) == (
        done,
        newsroom.off_lists(),
    )


@pytest.mark.parametrize(
    ("subject", "fields", "kind"),
    [
        ("Automatic reply: unsubscribe", {"Auto_Submitted": "auto-replied"}, "auto-reply"),
        ("Undelivered Mail Returned to Sender", {"Sender": "MAILER-DAEMON@example.org"}, "bounce"),
        ("Delivery delayed", {"Sender": "MAILER-DAEMON@example.org"}, "other"),
    ],
)
def test_programs_that_write(
    newsroom: Newsroom, subject: str, fields: dict[str, str], kind: str
) -> None:
    """An autoresponder or a mail system at the unsubscribe address unsubscribes nobody."""
    text = "Your message could not be delivered: user unknown." if kind == "bounce" else "Away."
    done = write_to(newsroom, BEN, subject=subject, text=text, **fields)
    assert (kind, {}) == (done.partition(":")[0], newsroom.off_lists())


def test_a_bounce_address_unsubscribes_nobody(newsroom: Newsroom) -> None:
    """Every mail server on the way sees the envelope sender; its token has another purpose."""
    local = newsroom.unsubscribe_address(CLEO).partition("@")[0]
    token = local.partition("+")[2]
    assert newsroom.ledger.find_target(token, TokenPurpose.UNSUBSCRIBE)
    assert newsroom.ledger.find_target(token, TokenPurpose.BOUNCE) is None
    target = newsroom.ledger.find_target(token, TokenPurpose.UNSUBSCRIBE)
    assert target
    secret = newsroom.project.storage.read_secret()
    returned = TokenKeys(secret).make(
        TokenPurpose.BOUNCE,
        campaign=target.campaign,
        campaign_id=target.campaign_id,
        sequence=target.sequence,
        mailbox=target.mailbox,
    )
    message = f"From: {CLEO}\nTo: bounce+{returned}@harbour.example.org\nSubject: hello\n\nHello.\n"
    folder = MessageFolder(newsroom.project.root / "inbound")
    recorder = InboundRecorder(newsroom.ledger, folder, clock=newsroom.project.clock)
    recorded = recorder.record(message.encode())
    assert ("reply", {}) == (recorded.message.kind.value, newsroom.off_lists())


def test_a_browser_without_script(newsroom: Newsroom, browser: Browser) -> None:
    """Two presses on the page: everything."""

    def unsubscribe(page: Page) -> str:
        page.click("button[value=everything]")
        page.wait_for_load_state()
        return str(page.text_content("h1"))

    assert "You have unsubscribed from everything" == browser.at(
        newsroom.local_url(DOV), unsubscribe
    )
    assert {DOV: ["weekly", "monthly"]} == newsroom.off_lists()


def test_a_forwarded_message(newsroom: Newsroom) -> None:
    """The friend who presses learns no address; the subscriber undoes it by the same link."""
    page = requests.get(newsroom.local_url(ANA), timeout=30).text
    assert ("a••@example.org" in page, ANA in page) == (True, False)
    assert ANA not in click(newsroom, ANA, data={"List-Unsubscribe": "One-Click"}).text
    assert {ANA: ["weekly"]} == newsroom.off_lists()
    click(newsroom, ANA, data={"action": "undo"})
    assert {} == newsroom.off_lists()


def test_a_guesser(newsroom: Newsroom) -> None:
    """No guess is right; one with a right beginning takes as long as one with a wrong one."""
    token = newsroom.path(BEN).removeprefix("/u/")
    parsed = parse_token(token)
    assert parsed
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    near: list[float] = []
    far: list[float] = []
    for number in range(_GUESSES):
        position, sign = 10 + number % (len(token) - 10), alphabet[number // 31 % 32]
        guess = token[:position] + sign + token[position + 1 :]
        if guess == token:
            continue
        if number % 50:  # most are only parsed and compared, without the database
            found = parse_token(guess)
            assert found is None or found.tag != parsed.tag
            continue
        for times, text in ((near, guess), (far, _with_other_sequence(guess))):
            started = perf_counter()
            assert newsroom.ledger.find_target(text, TokenPurpose.UNSUBSCRIBE) is None
            times.append(perf_counter() - started)
    assert 0.5 < median(near) / median(far) < 2
    answers = [
        requests.get(f"{newsroom.server.url}/u/{token[:-3]}aaa", timeout=30) for _ in range(61)
    ]
    assert 429 == answers[-1].status_code
    assert {} == newsroom.off_lists()


def _with_other_sequence(token: str) -> str:
    """Return a token of a message that does not exist, with the rest of *token*."""
    import base64

    content = bytearray(base64.b32decode(token.upper() + "=" * (-len(token) % 8)))
    content[2] = 99
    return base64.b32encode(bytes(content)).decode().rstrip("=").lower()


def test_a_double_click(newsroom: Newsroom) -> None:
    """Two presses at once are one event."""
    before = len(newsroom.events())
    for _ in range(2):
        assert 200 == click(newsroom, CLEO, data={"List-Unsubscribe": "One-Click"}).status_code
    assert (before + 1, {CLEO: ["weekly"]}) == (len(newsroom.events()), newsroom.off_lists())


def test_the_doctor_proves_it(newsroom: Newsroom) -> None:
    """One click arrives, and preference links work; another project, and a proxy that drops a path, are noticed."""
    from pipeline.doctor.public_service import probe_public_service

    make_token = TokenKeys(b"probe").make_test_token
    url, sign = newsroom.server.url, newsroom.ledger.sign_nonce

    def probe(url: str | None, **options: Any) -> list[CheckResult]:
        return list(
            probe_public_service(url, **{"make_token": make_token, "sign_nonce": sign} | options)
        )

    assert ["ok", "ok", "ok"] == [each.status.value for each in probe(url)]
    (other,) = probe(url, sign_nonce=lambda nonce: "other")
    assert ("fail", True) == (other.status.value, "another project" in other.hint)
    (missing,) = probe(None)
    assert "public_url" in missing.message
    *_, dropped = probe(url, make_token=lambda purpose: f"{make_token(purpose)}/elsewhere")
    assert ("fail", True) == (dropped.status.value, "/p/… (status 404)" in dropped.message)
