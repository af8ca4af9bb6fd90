"""What links say: empty, vague, ambiguous and misleading link texts, and links without underline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline.checks.content.link_targets import get_host
from pipeline.checks.findings import join_first, shorten, warning
from pipeline.checks.html.html_part import HtmlPart, find_block, get_parent, quote_context
from pipeline.models.finding import Finding

#: Texts that do not tell where a link leads, in the languages Handbill has texts in.
_VAGUE_BY_LANGUAGE = {
    "en": "click here | click | here | tap here | this | this link | link | this page | this article | more | "
    "read more | learn more | find out more | see more | more info | more information | details | go | read | "
    "continue | continue reading | download | website | web page | url",
    "fr": "cliquez ici | cliquer ici | clique ici | ici | ce lien | lien | cette page | plus | en savoir plus | "
    "lire plus | lire la suite | voir plus | plus d'infos | plus d'informations | détails | suite | site",
    "de": "klicken sie hier | klicke hier | klick hier | hier klicken | hier | dieser link | diesem link | link | "
    "diese seite | mehr | weiterlesen | mehr lesen | mehr erfahren | mehr dazu | mehr infos | details | weiter",
    "es": "haz clic aquí | haga clic aquí | clic aquí | pulse aquí | aquí | este enlace | enlace | esta página | más | "
    "leer más | saber más | ver más | más información | seguir leyendo | detalles | sitio",
    "pt": "clique aqui | clicar aqui | aqui | este link | esta ligação | link | esta página | mais | leia mais | "
    "ler mais | saiba mais | saber mais | ver mais | mais informações | continuar a ler | detalhes | site",
    "it": "clicca qui | clicchi qui | cliccare qui | qui | questo link | link | questa pagina | leggi di più | "
    "scopri di più | continua a leggere | più informazioni | dettagli",
    "nl": "klik hier | hier | deze link | link | deze pagina | lees meer | meer lezen | meer informatie | meer",
    "ar": "اضغط هنا | انقر هنا | إضغط هنا | هنا | هذا الرابط | الرابط | رابط | المزيد | اقرأ المزيد | للمزيد | "
    "لمعرفة المزيد | هذه الصفحة | تفاصيل",
    "he": "לחצו כאן | לחץ כאן | לחצי כאן | כאן | הקישור | קישור | הקישור הזה | קישור זה | עוד | קרא עוד | "
    "קראו עוד | למידע נוסף | מידע נוסף | לפרטים | לפרטים נוספים",
    "hi": "यहाँ क्लिक करें | यहां क्लिक करें | यहाँ | यहां | यह लिंक | लिंक | और पढ़ें | अधिक जानकारी | और",
    "ja": "こちら | こちらをクリック | ここをクリック | ここ | 詳細 | 詳しくはこちら | 続きを読む | "
    "もっと見る | リンク",
}
VAGUE_LINK_TEXTS = frozenset(
    text.strip().casefold() for texts in _VAGUE_BY_LANGUAGE.values() for text in texts.split("|")
)

#: Texts that are a host or URL: with a scheme or www, or with an ending that file names do not have.
_URL_TEXT = re.compile(
    r"(?:https?://|(?=www\.)|(?=\S+\.(?:com|org|net|edu|gov|int|info|eu|uk|de|fr|es|nl|it|ch|at|be|pt|br|jp|in|il)\b))"
    r"((?:[\w-]+\.)+[a-z]{2,24})(?:[/?#:]\S*)?"
)


def check_link_texts(part: HtmlPart) -> Iterator[Finding]:
    """Yield what is wrong with the texts and the looks of links."""
    for link in part.links:
        yield from _check_text(link)
    yield from _check_ambiguous(part.links)
    yield from _check_underline(part)


def _get_text(link: Any) -> str:  # Any: lxml has no types
    """Return the text of *link*, including the alternative texts of its images."""
    alt_texts = " ".join(filter(None, (image.get("alt") for image in link.iter("img"))))
    return " ".join(f"{link.text_content()} {alt_texts}".split())


def _check_text(link: Any) -> Iterator[Finding]:
    text = _get_text(link)
    if not text and not (link.get("aria-label") or "").strip():
        if link.find(".//img") is None:  # missing alternative texts are a finding of their own
            yield warning(
                code="link.empty-text",
                where=shorten(link.get("href")),
                message="The link has no text: readers cannot see it, and screen readers read out its URL.",
                hint="Give the link a text.",
            )
    elif not _is_reference(link) and _is_vague(text):
        yield warning(
            code="link.generic-text",
            where=quote_context(link),
            message=f"“{shorten(text)}” does not tell where the link leads. "
            "Screen readers list links without the text around them.",
            hint="Link the words that name the page.",
        )
    elif host := _find_other_host(link, text):
        yield warning(
            code="link.mismatch",
            where=quote_context(link),
            message=f"The text says {shorten(host)}, but the link leads to {get_host(link.get('href'))}, "
            "as in phishing mail. Filters may reject the message.",
            hint="Show the host that the link leads to, or use words instead of a URL.",
        )


def _is_reference(link: Any) -> bool:
    is_note = link.get("role") in ("doc-noteref", "doc-backlink")
    return is_note or link.get("href", "").startswith("#")


def _is_vague(text: str) -> bool:
    simplified = re.sub(r"[^\w\s']+", " ", text.replace("’", "'"))
    # The second form keeps combining vowels, which \w does not match.
    trimmed = text.strip(" \t.,:;!?…›»→>←<«‹[]()。、").casefold()
    return (
        " ".join(simplified.split()).casefold() in VAGUE_LINK_TEXTS or trimmed in VAGUE_LINK_TEXTS
    )


def _find_other_host(link: Any, text: str) -> str | None:
    """Return the host that *text* names if the link leads to another one."""
    match = _URL_TEXT.fullmatch(text)
    if match is None or not link.get("href").startswith("http"):
        return None
    named, actual = match[1].lower().removeprefix("www."), get_host(link.get("href"))
    is_same = named == actual or named.endswith(f".{actual}") or actual.endswith(f".{named}")
    return None if is_same else match[1]


def _check_ambiguous(links: list[Any]) -> Iterator[Finding]:
    """Yield texts that lead to different pages; query strings are ignored, since they often only identify a source."""
    pages_by_text: dict[str, dict[str, None]] = {}
    for link in links:
        text = _get_text(link).casefold()
        if text and not _is_reference(link) and not _is_vague(text):
            page = link.get("href").partition("?")[0].rstrip("/")
            pages_by_text.setdefault(text, {})[page] = None
    ambiguous = {text: list(pages) for text, pages in pages_by_text.items() if len(pages) > 1}
    if not ambiguous:
        return
    text, pages = next(iter(ambiguous.items()))
    yield warning(
        code="link.same-text",
        where="links " + join_first([f'"{shorten(each)}"' for each in ambiguous]),
        message=f"Links with the text “{shorten(text)}” lead to different pages, and readers cannot tell them apart: "
        f"{join_first([shorten(page) for page in pages])}.",
        hint="Give each link its own text.",
    )


def _check_underline(part: HtmlPart) -> Iterator[Finding]:
    has_text: dict[Any, bool] = {}  # by block: whether it has text outside links
    found = []
    for link in part.links:
        if link.getparent().tag == "sup" or link.get("role") == "doc-backlink":
            continue  # a raised number and an arrow are recognized without a line
        if _is_marked(part, link) or not _get_text(link):
            continue
        block = find_block(link)
        if block not in has_text:
            has_text[block] = _has_text_outside_links(block)
        if has_text[block]:
            found.append(link)
    if found:
        yield warning(
            code="link.not-underlined",
            where=quote_context(found[0]),
            message=f"Links in the text ({len(found)}) differ by color alone; color-blind readers do not see them.",
            hint="Set text-decoration: underline for links in the theme.",
        )


def _has_text_outside_links(block: Any) -> bool:
    linked = {inner for other in block.iter("a") if other.get("href") for inner in other.iter()}
    texts = (text for text in block.xpath(".//text()") if get_parent(text) not in linked)
    return re.search(r"\w{2}", "".join(texts)) is not None


def _is_marked(part: HtmlPart, link: Any) -> bool:
    """Whether *link* can be recognized without its color."""
    styles = part.light_styles.get_declared(link)
    decoration = styles.get("text-decoration", styles.get("text-decoration-line", "underline"))
    return (
        "underline" in decoration
        or decoration == "inherit"
        or bool(
            styles.get("border-bottom")
            or styles.get("background-color")
            or styles.get("background")
        )
        or any(
            "underline" in part.light_styles.get_declared(node).get("text-decoration", "")
            for node in link.iter()
        )
    )
