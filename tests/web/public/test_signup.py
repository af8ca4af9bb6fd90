"""Sign-up with double opt-in: what visitors see, what they are sent, and what is kept of their consent."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import event, select

from pipeline import cli
from pipeline.models.address import parse_address
from pipeline.models.event import EventKind
from pipeline.project import Project
from pipeline.project.configuration import check_configuration
from pipeline.subscribers.signups import signup_queries
from pipeline.subscribers.signups.tables import signups
from pipeline.web.public.public_app import create_app
from tests import databases
from tests.web.public.signup_site import SignupSite, link_path, open_site, read_token

WAY_TOO_LATE = timedelta(days=30, minutes=1)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignupSite]:
    """One service for all tests of this module; each uses addresses and a network of its own."""
    with open_site(tmp_path_factory.mktemp("signup")) as opened:
        yield opened


def test_a_visitor_becomes_a_subscriber_by_two_presses(site: SignupSite) -> None:
    """One on the page, one behind the link in the message; opening either changes nothing."""
    page = site.post("ana@example.org", ip="10.0.1.1")
    assert "A message is on its way to ana@example.org" in page
    path = link_path(site.send()["ana@example.org"])
    for _ in range(2):
        shown = site.client.get(path).text
    assert "Subscribe to The Weekly?" in shown
    assert site.subscriber("ana@example.org") is None
    for _ in range(2):
        assert "You are subscribed" in site.client.post(path, data={"action": "confirm"}).text
    details = site.details("ana@example.org")
    assert details.subscriber
    assert (("weekly",), "en") == (details.subscriber.lists, details.subscriber.language)
    assert [EventKind.SUBSCRIBED] == [each.event.kind for each in details.events]
    assert {} == site.send()


def test_the_message_has_nothing_that_the_visitor_typed(site: SignupSite) -> None:
    """No appeal, no unsubscribe header, no word but our own; both parts lead to one page, which says no as well."""
    site.post("ben+free-casino@example.org", ip="10.0.2.1", remark="casino", name="casino")
    message = site.send()["ben+free-casino@example.org"]
    html, text = (message.get_body((kind,)) for kind in ("html", "plain"))
    assert html
    assert text
    assert "Confirm your subscription to The Weekly" == message["Subject"]
    assert "casino" not in html.get_content() + text.get_content()
    assert "No thanks" in html.get_content()
    assert "No thanks:" in text.get_content()
    assert "List-Unsubscribe" not in message
    assert "4 Mole Row" in html.get_content()


def test_no_thanks_ends_it(site: SignupSite) -> None:
    """The form of this list never writes to them again, whoever types their address; they can change their mind."""
    site.post("cleo@example.org", ip="10.0.3.1")
    path = link_path(site.send()["cleo@example.org"])
    assert "You are not subscribed" in site.client.post(path, data={"action": "decline"}).text
    site.clock.advance(timedelta(days=2))
    site.post("Cleo+again@example.org", ip="10.0.3.1")
    assert {} == site.send()
    assert "You are not subscribed" in site.client.get(path).text
    assert "You are subscribed" in site.client.post(path, data={"action": "confirm"}).text


def test_a_subscriber_gets_the_link_to_their_page(site: SignupSite) -> None:
    """Not the question again; the page works although they never got an issue."""
    site.sign_up("dov@example.org", ip="10.0.4.1")
    site.clock.advance(timedelta(days=1, minutes=1))
    site.post("dov@example.org", ip="10.0.4.1")
    message = site.send()["dov@example.org"]
    assert "You are our subscriber already" == message["Subject"]
    page = site.client.get(link_path(message)).text
    assert "d••@example.org" in page
    site.client.post(link_path(message), data={"action": "unsubscribe", "list": "weekly"})
    found = site.subscriber("dov@example.org")
    assert found
    assert ("weekly",) == found.unsubscribed_lists


def test_who_left_or_is_suppressed_gets_nothing(site: SignupSite) -> None:
    """Whoever types their address."""
    subscribers = site.project.storage.create_subscriber_store(site.ledger.store)
    site.sign_up("eli@example.org", ip="10.0.5.1")
    subscribers.unsubscribe(parse_address("eli@example.org"))
    subscribers.suppress(parse_address("fay@example.org"), reason="complained")
    subscribers.erase(parse_address("gil@example.org"))
    site.clock.advance(timedelta(days=2))
    for address in ("eli@example.org", "fay@example.org", "gil@example.org"):
        site.post(address, ip="10.0.5.1")
    assert {} == site.send()


def test_all_addresses_cost_the_same_and_show_the_same(site: SignupSite) -> None:
    """Between the request and the answer the same statements run, whoever the address belongs to."""
    subscribers = site.project.storage.create_subscriber_store(site.ledger.store)
    site.sign_up("known@same.example", ip="10.0.6.1")
    subscribers.suppress(parse_address("never@same.example"), reason="complained")
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    event.listen(site.ledger.store.engine, "before_cursor_execute", note)
    try:
        found = {}
        for who in ("fresh", "known", "never"):
            token = site.open_form(ip="10.0.6.1")
            site.clock.advance(timedelta(seconds=5))
            statements.clear()
            page = site.post(f"{who}@same.example", ip="10.0.6.1", token=token)
            found[who] = (page.replace(who, "…"), list(statements))
    finally:
        event.remove(site.ledger.store.engine, "before_cursor_execute", note)
    assert found["fresh"] == found["known"] == found["never"]
    assert len(found["fresh"][1]) > 5
    assert ["fresh@same.example"] == list(site.send())


def test_consent_has_its_words(site: SignupSite) -> None:
    """By digest: what was shown and what was sent, the list, the page and the times; the token is not among them."""
    site.sign_up("ida@example.org", ip="10.0.7.1")
    (consent,) = site.details("ida@example.org").signups
    with site.ledger.store.reading() as connection:
        texts = signup_queries.list_all_texts(connection)
    shown, sent = texts[str(consent["page_digest"])], texts[str(consent["message_digest"])]
    assert "Boats, tides, and what the council did." in shown
    assert "you can unsubscribe at any time" in shown
    assert "Confirm your subscription to The Weekly" in sent
    assert "https://news.harbour.example.org/s/…" in sent
    assert signup_queries.hash_text(shown) == consent["page_digest"]
    assert "https://news.harbour.example.org/subscribe/weekly" == consent["page"]
    assert ("weekly", True) == (consent["list"], bool(consent["confirmed_at"]))
    found = site.subscriber("ida@example.org")
    assert found
    assert ("form", consent["page"]) == (found.consent.method, found.consent.source)


def test_a_form_of_another_site_needs_a_second_button(site: SignupSite) -> None:
    """It has no token; its page is kept, without what may be secret in its address."""
    referrer = "https://harbour.example.org/about?session=1#form"
    page = site.client.post(
        "/subscribe/weekly",
        data={"address": "jon@example.org"},
        headers={"Referer": referrer},
        environ_base={"REMOTE_ADDR": "10.0.8.1"},
    )
    assert (200, True) == (page.status_code, 'value="jon@example.org"' in page.text)
    site.clock.advance(timedelta(seconds=4))
    site.post("jon@example.org", ip="10.0.8.1", token=read_token(page.text))
    assert "jon@example.org" in site.send()
    (consent,) = site.details("jon@example.org").signups
    assert "https://harbour.example.org/about" == consent["page"]


@pytest.mark.parametrize("seconds", [1, 3601])
def test_a_form_is_posted_neither_at_once_nor_a_day_later(site: SignupSite, seconds: int) -> None:
    """It is shown again, with the address; a second press works."""
    address = f"kim{seconds}@example.org"
    token = site.open_form(ip="10.0.9.1")
    site.clock.advance(timedelta(seconds=seconds))
    page = site.post(address, ip="10.0.9.1", token=token)
    assert "press the button once more" in page
    assert {} == site.send()
    site.clock.advance(timedelta(seconds=4))
    site.post(address, ip="10.0.9.1", token=read_token(page))
    assert [address] == list(site.send())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", "This is not an email address"),
        ("lea@", "This is not an email address"),
        ("a@example.org, b@example.org", "This is not an email address"),
        ("postmaster@example.org", "belongs to a team or a program"),
        ("bell@harbour.example.org", "belongs to a team or a program"),
        ("lea@gmial.com", "Did you mean lea@gmail.com?"),
    ],
)
def test_some_addresses_are_refused_kindly(site: SignupSite, typed: str, expected: str) -> None:
    """The page says why, and the form stays."""
    assert expected in site.post(typed, ip="10.0.10.1", status=400)
    assert {} == site.send()


def test_programs_fall_into_the_trap(site: SignupSite) -> None:
    """A field that nobody sees is filled: the page is as always, nothing is stored."""
    page = site.post("max@example.org", ip="10.0.11.1", remarks="Best pills")
    assert "A message is on its way to max@example.org" in page
    assert {} == site.send()
    assert () == site.details("max@example.org").signups


def test_only_open_lists_have_a_form(site: SignupSite) -> None:
    """Others answer as any page that does not exist; all open ones are on one page."""
    assert [404] * 2 == [site.client.get(f"/subscribe/{n}").status_code for n in ("board", "x")]
    page = site.client.get("/subscribe").text
    assert re.findall(r'href="(/subscribe/[^"]+)"', page) == [
        "/subscribe/weekly",
        "/subscribe/tides",
    ]


def test_search_engines_find_the_form_and_nothing_else(site: SignupSite) -> None:
    """With what a link to it shows elsewhere; the page of a message's link is not found."""
    page = site.client.get("/subscribe/weekly")
    assert "all" == page.headers["X-Robots-Tag"]
    assert 'og:description" content="Boats, tides, and what the council did."' in page.text
    assert 'canonical" href="https://news.harbour.example.org/subscribe/weekly"' in page.text
    other = site.client.get("/s/nonsense")
    assert ("noindex", True) == (other.headers["X-Robots-Tag"], "noindex" in other.text)


@pytest.mark.parametrize("language", ["de-AT,de;q=0.9", "he", "ar", "ja", "pt-PT", "tlh, fr"])
def test_pages_and_message_are_in_the_visitors_language(site: SignupSite, language: str) -> None:
    """The first one that there is a translation for."""
    address = f"nia-{language[:2]}{len(language)}@example.org"
    expected = {
        "de": "Abonnieren",
        "he": "הרשמה",
        "ar": "اشترك",
        "ja": "登録する",
        "pt": "Subscrever",
    }
    page = site.client.get("/subscribe/weekly", headers={"Accept-Language": language}).text
    assert f">{expected.get(language[:2], 'S’abonner')}</button>" in page
    site.post(address, ip="10.0.12.1", language=language)
    html = site.send()[address].get_body(("html",))
    assert html
    main = language.partition(",")[0] if language[:3] != "tlh" else "fr"
    assert f'lang="{main}"' in html.get_content()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_opening_the_link_confirms_nothing(site: SignupSite, method: str) -> None:
    """A scanner opens every link."""
    address = f"{method.lower()}@example.org"
    site.post(address, ip="10.0.13.1")
    path = link_path(site.send()[address])
    site.client.open(path, method=method, data={"action": "confirm"})
    assert site.subscriber(address) is None


def test_who_does_not_confirm_is_forgotten(tmp_path: Path) -> None:
    """After 30 days the row is gone, and the words that belonged to nobody else; then the link says so."""
    with open_site(tmp_path) as site:
        site.post("ora@example.org")
        path = link_path(site.send()["ora@example.org"])
        site.clock.advance(WAY_TOO_LATE)
        site.send()
        with site.ledger.store.reading() as connection:
            assert connection.execute(select(signups)).all() == []
            assert {} == signup_queries.list_all_texts(connection)
        page = site.client.post(path, data={"action": "confirm"}).text
        assert "This link works no longer" in page
        assert site.subscriber("ora@example.org") is None


def test_erasing_leaves_nothing_of_a_sign_up(site: SignupSite) -> None:
    """Not the address either."""
    site.sign_up("pia@example.org", ip="10.0.14.1")
    store = site.project.storage.create_subscriber_store(site.ledger.store)
    store.erase(parse_address("pia@example.org"))
    with site.ledger.store.reading() as connection:
        rows = connection.execute(select(signups).where(signups.c.email == "pia@example.org"))
        assert [] == rows.all()


def run(site: SignupSite, *words: str) -> int:
    return cli.run(["--project", str(site.project.root), *words])


def test_the_owner_lets_somebody_confirm(
    site: SignupSite, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same message, also for a list that is not open; name and attributes are theirs once they confirm."""
    words = ("subscribers", "add", "Sol Ray <sol@example.org>", "--list", "board", "--confirm")
    assert 0 == run(site, *words, "--attribute", "donor=monthly")
    assert "sol@example.org: the question was sent" in capsys.readouterr().err
    assert 1 == run(site, *words)
    assert "got such a message lately" in capsys.readouterr().err
    message = next(iter(site.read_messages().values()))
    assert "Confirm your subscription to board" == message["Subject"]
    assert site.subscriber("sol@example.org") is None
    site.client.post(link_path(message), data={"action": "confirm"})
    found = site.subscriber("sol@example.org")
    assert found
    assert ("Sol Ray", {"donor": "monthly"}, ("board",)) == (
        found.address.name,
        found.attributes,
        found.lists,
    )


def test_consents_can_be_checked_by_anybody(
    site: SignupSite, capsys: pytest.CaptureFixture[str]
) -> None:
    """The export has each consent with the words it belongs to, and the words have the digests."""
    site.sign_up("tea@example.org", ip="10.0.21.1")
    capsys.readouterr()
    assert 0 == run(site, "subscribers", "consents", "--json")
    exported = json.loads(capsys.readouterr().out)
    consent = next(each for each in exported["consents"] if each["email"] == "tea@example.org")
    for digest, text in exported["texts"].items():
        assert hashlib.sha256(text.encode()).hexdigest() == digest
    assert "The Weekly" in exported["texts"][consent["page_digest"]]
    assert "Yes, subscribe me" in exported["texts"][consent["message_digest"]]
    assert 0 == run(site, "subscribers", "consents")
    assert "tea@example.org: weekly, https://news" in capsys.readouterr().out


@pytest.mark.parametrize("language", ["he", "pt-PT"])
def test_a_form_for_other_sites_leads_here(
    site: SignupSite, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    """What the command prints, posted by a browser without a script, is understood."""
    assert 0 == run(site, "subscribers", "form", "--list", "weekly", "--language", language)
    form = capsys.readouterr().out
    (url,) = re.findall(r'action="([^"]+)" method="post"', form)
    (name,) = re.findall(r'type="email" name="([^"]+)"', form)
    page = site.client.post(urlsplit(url).path, data={name: "una@example.org"})
    assert (200, True) == (page.status_code, 'value="una@example.org"' in page.text)
    assert f'lang="{language}"' in form
    assert "<script" not in form
    assert 1 == run(site, "subscribers", "form", "--list", "board")
    assert '[lists."board"] signup = true' in capsys.readouterr().err


def test_open_lists_are_on_the_preferences_page(site: SignupSite) -> None:
    """One press joins; a list that is not open is neither shown nor joined; the words are kept."""
    site.post("vic@example.org", ip="10.0.22.1")
    done = site.client.post(
        link_path(site.send()["vic@example.org"]), data={"action": "confirm"}
    ).text
    (path,) = re.findall(r'href="\.\.(/p/[^"]+)"', done)
    page = site.client.get(path).text
    assert ("Subscribe to tides" in page, "board" in page) == (True, False)
    for name in ("tides", "tides", "board"):
        site.client.post(path, data={"action": "subscribe", "list": name})
    details = site.details("vic@example.org")
    assert details.subscriber
    assert {"weekly", "tides"} == set(details.subscriber.lists)
    assert ["form", "preferences"] == [each["source"] for each in details.signups]
    assert ["weekly", "tides"] == [each.event.list_name for each in details.events]


def test_the_welcome_issue_is_sent_once_they_confirm(tmp_path: Path) -> None:
    """Once, with a link that leaves the list; a list of campaigns does not show it, nor does it stop an issue."""
    config = (
        '[lists.letters]\ntitle = "Letters from the pier"\nsignup = true\nwelcome = "welcome.md"\n'
    )
    article = "---\ntitle: Welcome aboard\n---\n\nThe boat leaves at seven.\n"
    (tmp_path / "welcome.md").write_text(article, encoding="utf-8")
    with open_site(tmp_path, config=config) as site:
        site.post("wim@example.org", list_name="letters")
        (message,) = site.send().values()
        assert {} == site.send()
        site.client.post(link_path(message), data={"action": "confirm"})
        welcome = site.send()["wim@example.org"]
        assert ("Welcome aboard", {}) == (welcome["Subject"], site.send())
        (path,) = re.findall(
            r"<https://news.harbour.example.org(/u/[^>]+)>", welcome["List-Unsubscribe"]
        )
        assert "Unsubscribe from Letters from the pier?" in site.client.get(path).text
        site.client.post(path, data={"List-Unsubscribe": "One-Click"})
        found = site.subscriber("wim@example.org")
        assert found
        assert ((), ("letters",)) == (found.lists, found.unsubscribed_lists)
        with site.project.open_campaigns() as campaigns:
            assert () == tuple(campaigns.list_campaigns())


def test_a_new_secret_forgets_no_refusal(tmp_path: Path) -> None:
    """Whoever said “No thanks” gets nothing either after the database was moved to another secret."""
    with open_site(tmp_path) as site:
        site.post("xia@example.org")
        path = link_path(site.send()["xia@example.org"])
        site.client.post(path, data={"action": "decline"})
    (tmp_path / ".handbill" / "secret").unlink()
    assert 0 == cli.run(["--project", str(tmp_path), "subscribers", "rekey", "--yes"])
    with open_site(tmp_path) as site:
        site.clock.advance(timedelta(days=2))
        site.post("xia@example.org")
        assert {} == site.send()


def test_without_an_address_for_links_nothing_is_open(tmp_path: Path) -> None:
    """The page does not exist, and a check says why; a missing welcome issue is found too."""
    with open_site(tmp_path) as site:
        config = tmp_path / "handbill.toml"
        text = re.sub(r"(?m)^public_url.*$", "", config.read_text(encoding="utf-8"))
        text += '[lists.pier]\nwelcome = "pier.md"\n'
        config.write_text(text, encoding="utf-8")
        project = Project.open(tmp_path)
        client = create_app(project, site.ledger).test_client()
        assert 404 == client.get("/subscribe/weekly").status_code
        found = {each.where for each in check_configuration(project)}
    assert {"[lists.weekly] signup", "[lists.tides] signup", "[lists.pier] welcome"} <= found


def test_it_is_the_same_on_postgresql(tmp_path: Path, postgres: databases.Server) -> None:
    """From the form to the list, and the refusal of another."""
    with open_site(tmp_path, store_url=postgres.create_database()) as site:
        site.sign_up("quy@example.org")
        site.post("rex@example.org")
        path = link_path(site.send()["rex@example.org"])
        site.client.post(path, data={"action": "decline"})
        site.clock.advance(WAY_TOO_LATE)
        site.post("rex@example.org")
        assert {} == site.send()
        found = site.subscriber("quy@example.org")
        assert found
        assert ("weekly",) == found.lists
