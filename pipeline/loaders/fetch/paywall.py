"""
Detect pages that say "200 OK" but show a robot check, a login, a consent form or a paywall instead of the article.

A page is blocked if hardly any text is left without its links and boilerplate and a rule matches its words,
or if hardly a word is left and a rule matches its source. Pages with text are never blocked, whatever else they
say; an empty page without a match is an empty article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: With at least this many words of running text a page is an article.
_ENOUGH_WORDS = 100
#: With more words than this, the source alone proves nothing: comment forms have captchas, headers have logins.
_HARDLY_A_WORD = 40
#: Of a larger page, only this much is examined.
_MAX_CHARACTERS = 2_000_000

#: Elements around the text of a page, and around its running text.
_FRAME = ("nav", "header", "footer")
_BOILERPLATE = ("a", "button", "aside", "form", "label", "option")
_INVISIBLE = ("script", "style", "template", "svg")

_SAVE = "Open it in a browser, save it from there, and load the file."


@dataclass(frozen=True, slots=True)
class PaywallRule:
    """
    One kind of blocked page.

    Args:
        text: Matches the page's title and its text outside header and footer; in lower case, white space collapsed.
        source: Matches the text or source of such pages, and of some others.
    """

    name: str
    message: str
    text: re.Pattern[str]
    source: re.Pattern[str]


def _any_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{alternative})" for alternative in alternatives))


#: In this order: a robot check may also ask for JavaScript. Every repetition is bounded, so that no page can make a
#: search slow.
RULES = (
    PaywallRule(
        "robot-check",
        f"the page shows a robot check instead of the article. {_SAVE}",
        _any_of(
            r"(?:verify|verifying|confirm|prove)\b.{0,20}\b(?:you are|you're|that you are) (?:a )?(?:human|not a)",
            r"(?:i'm|i am|you're|you are) not a robot\b|^are you (?:a robot|human)\?",
            r"checking (?:your browser|if the site connection is secure)",
            r"unusual (?:traffic|activity) from (?:your|this) (?:computer|device|network|browser)",
            r"pardon our interruption",
            r"(?:complete|solve) the (?:captcha|security check)",
            r"sorry, you have been blocked",
            r"press (?:&|and) hold to confirm",
            r"request unsuccessful\. incapsula",
            r"vérifi\w{1,20} que vous êtes (?:un )?humain",
            r"n'êtes pas un robot",
            r"dass sie (?:ein mensch|kein robot\w{0,20}) sind|ich bin kein robot",
            r"(?:verifi\w{1,20}|comprueb\w{1,20}|confirm\w{1,20}) que (?:es|eres) (?:un )?humano|no soy un robot",
            r"nie jestem robotem|non sono un robot",
        ),
        _any_of(
            r"cf-chl-|_cf_chl_opt|challenges\.cloudflare\.com",
            r"captcha-delivery\.com",
            r"_incapsula_resource",
            r"px-captcha|perimeterx",
            r"class=[\"'](?:g-recaptcha|h-captcha|cf-turnstile)",
        ),
    ),
    PaywallRule(
        "consent",
        f"the page asks for consent to cookies before it shows the article. {_SAVE}",
        _any_of(
            r"before you continue to \w{1,20}",
            r"bevor (?:sie|du) zu \w{1,20} weiter",
            r"weiter mit werbung|mit werbung (?:weiter)?lesen",
            r"avant (?:d'accéder à|de continuer vers) (?:google|youtube)|antes de ir a (?:google|youtube)",
        ),
        _any_of(
            r"we and our \d* ?partners|wir und unsere \d* ?partner",
            r"nous et nos \d* ?partenaires|nosotros y nuestros \d* ?socios",
        ),
    ),
    PaywallRule(
        "subscription",
        f"the page shows the article to subscribers only. {_SAVE}",
        _any_of(
            r"subscribe (?:now )?to (?:continue|keep|read|unlock|access)",
            r"(?:available|accessible|open|exclusive) (?:only )?(?:for|to) (?:\w{1,20} )?(?:subscribers|members)\b",
            r"for (?:\w{1,20} )?(?:subscribers|members) only\b|\bsubscriber-only\b",
            r"(?:this|the) (?:article|story|post|content) is (?:reserved )?for (?:\w{1,20} )?(?:subscribers|members)",
            r"to (?:continue|keep) reading|continue reading (?:with|for)",
            r"réservée?s? (?:à nos |aux )abonnée?s|abonnez-vous pour (?:lire|continuer|accéder)",
            r"(?:nur|exklusiv) für (?:\w{1,20} )?(?:abonnent\w{0,20}|mitglieder)",
            r"abonnieren und weiterlesen|weiterlesen mit \w{1,20}(?:plus|abo)\b",
            r"(?:solo|sólo|exclusivo) para suscriptores|para seguir leyendo",
            r"tylko dla (?:prenumeratorów|subskrybentów)|(?:solo|riservato) (?:per gli|agli) abbonati",
        ),
        _any_of(
            r"already a (?:subscriber|member)\b|bereits abonnent|déjà abonné|ya eres suscriptor"
        ),
    ),
    PaywallRule(
        "login",
        f"the page asks for a login before it shows the article. {_SAVE}",
        _any_of(
            r"(?:log|sign) ?in (?:to|or \w{1,20} to) (?:continue|read|view|see|access)",
            r"you (?:must|need to) (?:be logged|be signed|log|sign) ?in\b(?! to (?:post|comment|reply|leave))",
            r"(?:connectez-vous|vous connecter) pour (?:lire|continuer|voir|accéder)",
            r"(?:melden sie sich|melde dich) .{0,20}an,? um .{0,30}(?:lesen|sehen|fortzufahren)",
            r"inici(?:a|e|ar) sesión para (?:leer|continuar|seguir|ver|acceder)",
            r"zaloguj się, aby (?:czytać|przeczytać)|accedi per (?:leggere|continuare)",
        ),
        _any_of(r"<input[^>]{0,200}type=[\"']?password"),
    ),
    PaywallRule(
        "javascript",
        f"the page is empty until a browser runs its JavaScript. {_SAVE}",
        _any_of(
            r"javascript is (?:required|disabled|not (?:enabled|available))\b(?! to view (?:the )?comments)",
            r"you need to enable javascript to run this app",
        ),
        _any_of(
            r"(?:enable|turn on|activate|allow|requires?|needs?|without) javascript(?! to view (?:the )?comments)",
            r"javascript (?:must be|needs to be|has been) (?:disabled|enabled|turned)",
            r"javascript (?:\w{1,20} )?(?:zu )?aktivier\w{0,20}|(?:aktivieren sie|bitte) .{0,20}javascript",
            r"activ\w{1,20} (?:le |el )?javascript|habilit\w{1,20} (?:el )?javascript|javascript (?:est|está) d",
            r"włącz\w{0,20} .{0,20}javascript|abilit\w{1,20} javascript",
            r"<(?:div|main)\b[^>]{0,80}\bid=[\"']?(?:root|app|__next|__nuxt|___gatsby)[\"'\s>]",
        ),
    ),
)


def detect_paywall(html_text: str) -> str | None:
    """Return what blocks the article and what to do about it, without the address; None if nothing does."""
    rule = find_rule(html_text)
    return rule.message if rule else None


def find_rule(html_text: str) -> PaywallRule | None:
    """Return the rule that *html_text* matches, None if it is an article."""
    source = html_text[:_MAX_CHARACTERS]
    tree = _parse(source)
    if tree is None:
        return None
    text = _read_text(tree)
    word_count = _count_running_words(tree)
    if word_count >= _ENOUGH_WORDS:
        return None
    whole = f"{text}\n{source.lower()}" if word_count <= _HARDLY_A_WORD else ""
    for rule in RULES:
        if rule.text.search(text) or rule.source.search(whole):
            return rule
    return None


def _parse(source: str) -> HtmlElement | None:
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):  # nothing in it that is HTML
        return None


def _read_text(tree: HtmlElement) -> str:
    """Return the text on one line in lower case; invisible elements, header and footer are removed from *tree*."""
    from lxml import etree

    etree.strip_elements(tree, *_INVISIBLE, *_FRAME, with_tail=False)
    text = " ".join(str(piece) for piece in tree.itertext())
    return " ".join(text.lower().replace("’", "'").split())


def _count_running_words(tree: HtmlElement) -> int:
    """Count the words of the body outside links and boilerplate, which are removed from *tree*."""
    from lxml import etree

    etree.strip_elements(tree, *_BOILERPLATE, "noscript", with_tail=False)
    body = tree.find("body")
    return 0 if body is None else sum(len(str(piece).split()) for piece in body.itertext())
