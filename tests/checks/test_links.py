"""Links: each mistake that readers notice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.checks import Severity
from pipeline.checks.content.link_texts import VAGUE_LINK_TEXTS
from pipeline.files import find_shipped
from pipeline.rendering.translations import load_translations
from tests.checks.samples import SOUND, codes, findings, severities, with_html
from tests.rendering.sample_issues import APPEAL, article, link, make_issue, para


def _link(href: str, words: str = "the harbour log") -> str:
    return f'<p>See <a href="{href}" style="color:#8f3b1f;text-decoration:underline">{words}</a> of 1931.</p>'


@pytest.mark.parametrize(
    "href",
    [
        "https://archive.example.org/logs/1931?page=2&amp;view=full#p3",
        "https://archive.example.org:8443/a%20b",
        "https://xn--fsq.example.org/",
        "mailto:desk@tern.example.org?subject=The%20bell",
        "tel:+44123456",
        "https://93.184.216.34/log",
        "HTTPS://ARCHIVE.EXAMPLE.ORG/",
    ],
)
def test_valid_links_are_not_reported(href: str) -> None:
    """Complete URLs of every kind that email supports have no findings."""
    assert [] == codes(with_html(_link(href)))


@pytest.mark.parametrize(
    "href",
    [
        "",
        " ",
        "https://",
        "https:///log",
        "https:archive",
        "archive.example.org/log",
        "/log/1931",
        "https://archive example.org/",
        "https://archive.example.org/a b",
        "https://archive.example.org/größe",
        "https://archive.example.org/50%",
        "https://archive.example.org:port/",
        "https://archive..example.org/",
        "https://-archive.example.org/",
        "https://[::1/",
        "mailto:nobody",
        "https://archive.example.org/{id}",
    ],
)
def test_a_malformed_link_is_an_error(href: str) -> None:
    """What browsers cannot open, or open differently, blocks sending."""
    assert {"link.malformed": Severity.ERROR} == severities(with_html(_link(href)))


@pytest.mark.parametrize("scheme", ["javascript:alert(1)", "data:text/html,x", "file:///etc/x"])
def test_an_unsafe_link_is_an_error(scheme: str) -> None:
    """What email clients strip blocks sending."""
    assert {"link.unsafe": Severity.ERROR} == severities(with_html(_link(scheme)))


@pytest.mark.parametrize(
    "host",
    "localhost localhost:8000 127.0.0.1 10.0.0.3 [::1] 2130706433 nas.local intranet wiki.corp x.test 192.168.1.1 "
    "169.254.169.254 db.internal".split(),
)
def test_a_private_host_is_reported(host: str) -> None:
    """Readers cannot reach hosts in the editor's network."""
    assert {"link.private-host": Severity.WARNING} == severities(
        with_html(_link(f"https://{host}/a"))
    )


def test_http_links_are_one_finding() -> None:
    """All http: links are one finding that names some of them."""
    html = "".join(_link(f"http://e.example.org/{n}", f"the log of {n}") for n in range(5))
    (finding,) = findings(with_html(html))

    assert ("link.insecure", Severity.WARNING) == (finding.code, finding.severity)
    assert "http://e.example.org/0" in finding.where
    assert "and 2 more" in finding.where


@pytest.mark.parametrize(
    "query", ["utm_source=x&amp;utm_medium=mail", "id=3&amp;fbclid=a", "mc_eid=b"]
)
def test_tracking_parameters_are_reported(query: str) -> None:
    """Copied links may have the tracking parameters of other campaigns."""
    (finding,) = findings(with_html(_link(f"https://news.example.net/story?{query}")))

    assert "link.tracking" == finding.code
    assert "news.example.net" in finding.where
    assert "id," not in finding.message


def test_own_tracking_parameters_are_allowed() -> None:
    """Links to the publication's own site may have them."""
    assert [] == codes(with_html(_link("https://tern.example.org/give?utm_source=letter")))


def test_tracking_parameters_of_an_appeal_are_allowed() -> None:
    """The payment processor learns where a gift comes from."""
    appeal = replace(APPEAL, url="https://pay.example.net/tern?utm_source=letter")

    assert [] == codes(make_issue(SOUND, appeals=(appeal,)))


@pytest.mark.parametrize(
    "words",
    "click here/Here/Read more…/→ more/Cliquez ici/en savoir plus/hier/Mehr erfahren »/aquí/Haz clic aquí/saiba mais/"
    "اضغط هنا/לחצו כאן/यहाँ क्लिक करें/こちら/qui/lees meer".split("/"),
)
def test_vague_link_texts_are_reported(words: str) -> None:
    """A link text must tell where it leads, in every language of the interface."""
    assert {"link.generic-text": Severity.WARNING} == severities(
        with_html(_link("https://e.example.org/a", words))
    )


@pytest.mark.parametrize(
    "words", ["Here lies the bell", "more than a bell", "the link to the past"]
)
def test_specific_link_texts_are_not_reported(words: str) -> None:
    """Only whole phrases are vague."""
    assert [] == codes(with_html(_link("https://e.example.org/a", words)))


def test_the_same_text_for_different_pages_is_reported() -> None:
    """Links with the same text must lead to the same page; the query does not count."""
    different = _link("https://e.example.org/a") + _link("https://e.example.org/b")
    same = _link("https://e.example.org/a?from=1") + _link("https://e.example.org/a/?from=2")

    assert ["link.same-text"] == codes(with_html(different))
    assert [] == codes(with_html(same))


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("", ["link.empty-text"]),
        (
            '<img src="https://e.example.org/a.png" width="20" alt="">',
            ["image.alt-missing"],
        ),
        ('<img src="https://e.example.org/a.png" width="20" alt="A bell">', []),
    ],
)
def test_a_link_needs_text(inside: str, expected: list[str]) -> None:
    """A link without text, or with an image without text, cannot be read out."""
    assert sorted(expected) == sorted(codes(with_html(_link("https://e.example.org/a", inside))))


@pytest.mark.parametrize(
    ("words", "is_reported"),
    [
        ("bank.example.com", True),
        ("https://bank.example.com/login", True),
        ("archive.example.org", False),
        ("cs.LG", False),
        ("README.md", False),
        ("main.py", False),
        ("www.example.org", False),
        ("example.org/log", False),
    ],
)
def test_a_link_text_with_another_host_is_reported(words: str, is_reported: bool) -> None:
    """A host in the text must be the link's host, a parent or a subdomain."""
    found = codes(with_html(_link("https://archive.example.org/log", words)))

    assert (["link.mismatch"] if is_reported else []) == found


@pytest.mark.parametrize(
    ("html", "is_reported"),
    [
        (
            '<p>See <a href="https://e.example.org/" style="text-decoration:none">the log</a> of it.</p>',
            True,
        ),
        ('<p><a href="https://e.example.org/" style="text-decoration:none">the log</a></p>', False),
        (
            '<p>See <a href="https://e.example.org/" style="text-decoration:none;border-bottom:1px solid #000000">'
            "the log</a> of it.</p>",
            False,
        ),
        (
            '<p>See <a href="https://e.example.org/" style="text-decoration:none"><u style="text-decoration:underline">'
            "the log</u></a> of it.</p>",
            False,
        ),
    ],
)
def test_links_in_text_are_underlined(html: str, is_reported: bool) -> None:
    """Color alone is not enough within text; a link on its own line needs no underline."""
    assert (["link.not-underlined"] if is_reported else []) == codes(with_html(html))


@pytest.mark.parametrize(
    "language", ["en", *sorted(p.stem for p in find_shipped("locale").glob("*.po"))]
)
def test_link_texts_of_the_interface_are_specific(language: str) -> None:
    """None of the links that Handbill writes is vague, in any language."""
    words = load_translations(language)

    for name in ("read_online", "notes_online", "continue_online", "unsubscribe", "donate"):
        assert getattr(words, name).casefold() not in VAGUE_LINK_TEXTS


@pytest.mark.parametrize(
    "href",
    [
        "https://quay.us1.list-manage.com/track/click?u=1&id=2",
        "https://u123.ct.sendgrid.net/ls/click?upn=abc",
        "https://protect-eu.mimecast.com/s/AbCdEf",
        "https://substack.com/redirect/0b5-77?j=x",
        "https://d2.hubspotlinks.com/Ctc/x",
        "https://click.mail.quay.example.org/ls/click?upn=abc",
    ],
)
def test_click_counters_are_found(href: str) -> None:
    """A link whose target only a service knows is a warning."""
    assert "link.click-tracker" in codes(article(para(link(href, "the tide"))))


def test_a_mailbox_in_a_link_is_found() -> None:
    """It is an error where a service put it there, else a warning; a mailto link is meant to have one."""
    tracked = "https://protect-eu.mimecast.com/s/x?domain=y&to=nell%40example.org"
    own = "https://quay.example.org/book?to=office@quay.example.org"
    plain = ("https://social.example.org/@nell@example.org", "mailto:nell@example.org")
    for href, expected in ((tracked, "error"), (own, "warning")):
        (found,) = [
            each
            for each in findings(article(para(link(href, "the tide"))))
            if each.code == "link.mailbox"
        ]
        assert (expected, True) == (found.severity.value, "example.org" in found.message)
    for href in plain:
        assert "link.mailbox" not in codes(article(para(link(href, "the tide"))))
