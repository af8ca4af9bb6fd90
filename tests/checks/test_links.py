"""Links: each way in which one can fail a reader."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.checks import Severity
from pipeline.checks.content.link_texts import VAGUE_LINK_TEXTS
from pipeline.files import find_shipped
from pipeline.rendering.interface_words import words_of
from tests.checks.letters import SOUND, codes, findings, severities, with_html
from tests.rendering.letters import APPEAL, issue_of


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
def test_a_sound_link_is_left_alone(href: str) -> None:
    """Whole addresses of every kind a mail can follow are no matter."""
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
    """What no browser can open, or each opens differently, stops a send."""
    assert {"link.malformed": Severity.ERROR} == severities(with_html(_link(href)))


@pytest.mark.parametrize("scheme", ["javascript:alert(1)", "data:text/html,x", "file:///etc/x"])
def test_an_unsafe_link_is_an_error(scheme: str) -> None:
    """What mail programs throw out stops a send."""
    assert {"link.unsafe": Severity.ERROR} == severities(with_html(_link(scheme)))


@pytest.mark.parametrize(
    "host",
    "localhost localhost:8000 127.0.0.1 10.0.0.3 [::1] 2130706433 nas.local intranet wiki.corp x.test 192.168.1.1 "
    "169.254.169.254 db.internal".split(),
)
def test_a_host_of_ones_own_network_is_told(host: str) -> None:
    """Readers cannot reach what only the desk can."""
    assert {"link.private-host": Severity.WARNING} == severities(
        with_html(_link(f"https://{host}/a"))
    )


def test_links_without_encryption_are_told_together() -> None:
    """All http: links are one finding that names some of them."""
    html = "".join(_link(f"http://e.example.org/{n}", f"the log of {n}") for n in range(5))
    (finding,) = findings(with_html(html))

    assert ("link.insecure", Severity.WARNING) == (finding.code, finding.severity)
    assert "http://e.example.org/0" in finding.where
    assert "and 2 more" in finding.where


@pytest.mark.parametrize(
    "query", ["utm_source=x&amp;utm_medium=mail", "id=3&amp;fbclid=a", "mc_eid=b"]
)
def test_what_others_left_to_follow_readers_is_told(query: str) -> None:
    """Copied links bring along the marks of others' campaigns."""
    (finding,) = findings(with_html(_link(f"https://news.example.net/story?{query}")))

    assert "link.tracking" == finding.code
    assert "news.example.net" in finding.where
    assert "id," not in finding.message


def test_ones_own_marks_are_ones_own() -> None:
    """What leads to the publication's own site may say where readers came from."""
    assert [] == codes(with_html(_link("https://tern.example.org/give?utm_source=letter")))


def test_the_marks_of_an_ask_are_ones_own() -> None:
    """The processor an ask leads to is told where a gift comes from."""
    appeal = replace(APPEAL, url="https://pay.example.net/tern?utm_source=letter")

    assert [] == codes(issue_of(SOUND, appeals=(appeal,)))


@pytest.mark.parametrize(
    "words",
    "click here/Here/Read more…/→ more/Cliquez ici/en savoir plus/hier/Mehr erfahren »/aquí/Haz clic aquí/saiba mais/"
    "اضغط هنا/לחצו כאן/यहाँ क्लिक करें/こちら/qui/lees meer".split("/"),
)
def test_words_that_say_nothing_are_told(words: str) -> None:
    """A link must say where it leads, in every language of the interface."""
    assert {"link.generic-text": Severity.WARNING} == severities(
        with_html(_link("https://e.example.org/a", words))
    )


@pytest.mark.parametrize(
    "words", ["Here lies the bell", "more than a bell", "the link to the past"]
)
def test_words_that_say_something_are_left_alone(words: str) -> None:
    """Only whole phrases are generic."""
    assert [] == codes(with_html(_link("https://e.example.org/a", words)))


def test_the_same_words_for_different_pages_are_told() -> None:
    """Two links that read alike must lead alike; what only a query tells apart is one page."""
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
def test_a_link_needs_words(inside: str, expected: list[str]) -> None:
    """A link without words, or with a picture that has none, cannot be read out."""
    assert sorted(expected) == sorted(codes(with_html(_link("https://e.example.org/a", inside))))


@pytest.mark.parametrize(
    ("words", "is_told"),
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
def test_a_link_that_names_another_host_is_told(words: str, is_told: bool) -> None:
    """Words that name a host must name the one the link leads to, or one above or below it."""
    found = codes(with_html(_link("https://archive.example.org/log", words)))

    assert (["link.mismatch"] if is_told else []) == found


@pytest.mark.parametrize(
    ("html", "is_told"),
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
def test_links_in_text_are_underlined(html: str, is_told: bool) -> None:
    """Colour alone tells a link to those only who see it; alone on its line it needs no sign."""
    assert (["link.not-underlined"] if is_told else []) == codes(with_html(html))


@pytest.mark.parametrize(
    "language", ["en", *sorted(p.stem for p in find_shipped("locale").glob("*.po"))]
)
def test_the_words_of_the_interface_say_where_they_lead(language: str) -> None:
    """None of the links that Handbill itself writes is generic, in any of its languages."""
    words = words_of(language)

    for name in ("read_online", "notes_online", "rest_online", "unsubscribe", "donate"):
        assert getattr(words, name).casefold() not in VAGUE_LINK_TEXTS
