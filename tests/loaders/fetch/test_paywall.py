"""A wall is told from an empty article, and an article is never taken for a wall."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.loaders.fetch.paywall import RULES, detect_paywall, find_rule

WALLS = [
    (
        "robot-check",
        "<title>Just a moment...</title><h1>news.example.org</h1><p>Verifying you are human. This may take a few "
        "seconds.</p><p>news.example.org needs to review the security of your connection before proceeding.</p>"
        "<noscript>Enable JavaScript and cookies to continue</noscript><p>Ray ID: 123</p>",
    ),
    ("robot-check", "<title>x</title><script>window._cf_chl_opt={}</script><p>Please wait.</p>"),
    ("robot-check", '<p>One more step</p><form><div class="g-recaptcha"></div></form>'),
    (
        "robot-check",
        "<h1>Access denied</h1><p>Our systems have detected unusual traffic from your computer network.</p>",
    ),
    ("robot-check", "<script src='https://geo.captcha-delivery.com/c.js'></script>"),
    (
        "robot-check",
        "<h1>Pardon Our Interruption</h1><p>As you were browsing something stopped us.</p>",
    ),
    ("robot-check", "<p>Bestätigen Sie, dass Sie kein Roboter sind</p>"),
    ("robot-check", "<p>Veuillez vérifier que vous êtes humain</p>"),
    ("robot-check", "<p>Verifique que es humano</p>"),
    ("consent", "<h1>Before you continue to Lantern</h1><button>Accept all</button>"),
    ("consent", "<h1>Weiter mit Werbung</h1><p>Lesen Sie mit Werbung und Tracking.</p>"),
    (
        "subscription",
        "<nav>" + "<a href='/x'>Section</a> " * 200 + "</nav><h1>The harbour closes</h1>"
        "<p>The harbour of Skerrow will close in the spring, the council said on Monday.</p>"
        "<div>Subscribe to continue reading</div><button>Subscribe</button>",
    ),
    ("subscription", "<h1>Rain</h1><p>This article is for subscribers only.</p>"),
    ("subscription", "<h1>Pluie</h1><p>Cet article est réservé aux abonnés.</p>"),
    ("subscription", "<h1>Regen</h1><p>Dieser Text ist nur für Abonnenten.</p>"),
    ("subscription", "<h1>Lluvia</h1><p>Contenido exclusivo para suscriptores.</p>"),
    ("login", "<h1>Rain</h1><p>Log in to continue</p>"),
    ("login", "<form><input name=u><input type='password' name=p><button>Go</button></form>"),
    ("login", "<p>Connectez-vous pour lire la suite de l’article</p>"),
    (
        "javascript",
        "<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>",
    ),
    ("javascript", '<html><body><div id="__next"></div><script>1</script></body></html>'),
    ("javascript", "<p>JavaScript is disabled in your browser.</p>"),
    ("javascript", "<p>Bitte aktivieren Sie JavaScript.</p>"),
    ("javascript", "<p>Veuillez activer JavaScript.</p>"),
]


@pytest.mark.parametrize(("name", "page"), WALLS)
def test_walls_are_found(name: str, page: str) -> None:
    """Each kind of wall is found by the rule of its name, and the way out is told."""
    rule = find_rule(page)

    assert rule is not None
    assert name == rule.name
    assert "save it from there, and load the file" in (detect_paywall(page) or "")


def test_every_rule_is_tried() -> None:
    """No rule is without an example."""
    assert {rule.name for rule in RULES} == {name for name, _ in WALLS}


SHORT = (
    "<p>The ferry to Marrow sails again from Monday. Repairs took nine days, two fewer than planned, and the crew "
    "spent most of them waiting for a bearing from Leith. The first boat leaves at seven; bicycles travel free "
    "until the end of the month, as thanks for the patience of everybody who took the long road round.</p>"
)


@pytest.mark.parametrize(
    "page",
    [
        "",
        " ",
        "\0",
        "<html></html>",
        "<html><body><article></article></body></html>",
        "<title>Rain</title><p>It rained.</p>",
        "<header><a>Log in</a> Already a subscriber? Subscribe to read more</header>" + SHORT,
        SHORT + "<form><div class='g-recaptcha'></div><input type=password></form>",
        SHORT + "<noscript>Please enable JavaScript to view the comments.</noscript>",
        SHORT + "<p>You must be logged in to comment.</p>",
        "<div id=root>" + SHORT + "</div>",
        SHORT + "<div class=cookies>We and our 842 partners value your privacy.</div>",
        "<p>Errar es humano, y la lluvia también.</p>",
        SHORT * 3 + "<p>Subscribe to continue reading. Verify you are human. Log in to read.</p>",
        "<p>The volcano shows unusual activity; the robot that climbs it is not a robot for children.</p>",
    ],
)
def test_articles_are_no_walls(page: str) -> None:
    """An article, however short, and an empty page are no walls, whatever stands around them."""
    assert None is detect_paywall(page)


def test_an_encoding_in_the_text_does_no_harm() -> None:
    """Text that still declares its old encoding is read."""
    page = '<?xml version="1.0" encoding="latin-1"?><html><body><p>Log in to continue</p></body></html>'

    assert "login" == getattr(find_rule(page), "name", None)


@given(st.text())
def test_no_text_makes_it_stumble(text: str) -> None:
    """Any text has an answer."""
    detect_paywall(text)
    detect_paywall(f"<p>{text}</p><div {text}>")


def test_deep_and_large_pages_are_answered() -> None:
    """Nesting and size do no harm."""
    assert None is detect_paywall("<div>" * 100_000)
    assert None is detect_paywall("<p>rain " * 1_000_000)
    assert None is detect_paywall("<script" * 100_000)
    assert None is detect_paywall("verifiactivhabilit" * 100_000)
    assert None is detect_paywall("<input" * 100_000)
