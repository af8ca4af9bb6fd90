"""Settle pictures before they are read: which file, which caption, whose credit; and embeds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from pipeline.loaders.html.dom import (
    Element,
    detach,
    drop_element,
    get_text,
    get_visible_text,
    has_content,
)
from pipeline.loaders.shared.html_nodes import LoadReport
from pipeline.loaders.shared.image_credits import read_credit_line

#: A picture in a mail of 600 pixels, on a screen of twice the density.
_WANTED_WIDTH = 1200
_LAZY = (
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-original-src",
    "data-full-url",
    "data-image",
    "data-url",
)
_LAZY_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_PLACEHOLDER = re.compile(
    r"data:|about:|.*(?:placeholder|blank|spacer|transparent|lazy|1x1|pixel)[^/]*$", re.IGNORECASE
)
_SIZE = re.compile(r"\d{1,6}(?:\.\d{1,3})?[wx](?:,|$)")
_CREDIT = re.compile(
    r"(?:^|[\s_-])(?:credits?|copyright|photographer|attribution|photo-?by)(?:$|[\s_-])",
    re.IGNORECASE,
)
_CAPTION = re.compile(r"(?:^|[\s_-])(?:thumb)?caption(?:$|[\s_-])(?!btn)", re.IGNORECASE)
_POST = re.compile(
    r"(?:^|\s)(?:[a-z]+-(?:tweet|media|embed|post|video)|mastodon-embed|reddit-card)(?:\s|$)",
    re.IGNORECASE,
)
#: Smaller pictures count readers or draw lines.
_PIXEL = 2


def resolve_images(body: Element, report: LoadReport) -> None:
    """Give each picture of *body* the best address it offers, and each caption its figure."""
    for image in list(body.iter("img")):
        if _is_pixel(image):
            drop_element(image, "image.pixel", report)
    for noscript in list(body.iter("noscript")):
        _settle_noscript(noscript, report)
    for image in body.iter("img"):
        _settle_image(image)
    for element in list(body.iter("p", "div", "span", "dd")):
        if _CAPTION.search(element.get("class") or ""):
            _make_figure(element)
    for frame in body.iter("iframe"):
        if not frame.get("src") or _PLACEHOLDER.match((frame.get("src") or "")[:300]):
            frame.set("src", next((frame.get(name) or "" for name in _LAZY if frame.get(name)), ""))


def extract_credits(root: Element, report: LoadReport) -> dict[Element, str]:
    """Take the credits out of the captions of *root*, and return them by figure."""
    found: dict[Element, str] = {}
    for figure in root.iter("figure"):
        for element in [
            e
            for e in figure.iter("p", "span", "div", "small", "cite", "figcaption")
            if _CREDIT.search(_name(e))
        ]:
            if (
                figure in found
                or next(element.iterancestors("figure"), None) is not figure
                or len(get_text(element)) > 200
            ):
                continue
            if (
                get_text(element)
                and element.find(".//a") is None
                and element.find(".//img") is None
            ):
                pieces = list(map(str, element.itertext()))
                written = " ".join("".join(pieces).split())
                report.add_changed_words("text.joined", pieces, [written])
                found[figure] = _without_label(written, report)
                detach(element)
    return found


def _without_label(written: str, report: LoadReport) -> str:
    """Return whose the picture is, without the "Photo:" before it."""
    credit = read_credit_line(written)
    if credit is None or not credit.label:
        return written
    report.drop("figure.label", credit.label)
    return credit.credit


def replace_embedded_posts(root: Element) -> set[Element]:
    """Make a frame of each post quoted from a network, and return them; their titles are words of the page."""
    frames: set[Element] = set()
    for quote in list(root.iter("blockquote")):
        links = [link.get("href") or "" for link in quote.iter("a")]
        pages = [href for href in links if href.startswith(("http://", "https://", "//"))]
        if not _POST.search(quote.get("class") or "") or not pages:
            continue
        frame = etree.Element("iframe", src=pages[-1], title=get_visible_text(quote))
        detach(quote).append(frame)
        frames.add(frame)
    return frames


def parse_srcset(srcset: str) -> Iterator[tuple[str, float]]:
    """Yield the addresses of *srcset*, each with its width in pixels; one pixel of density counts as 600."""
    tokens = srcset[:20_000].split()
    while tokens:
        address = tokens.pop(0).lstrip(",")
        size = ""
        if not address.endswith(",") and tokens and _SIZE.match(tokens[0]):
            size, comma, rest = tokens.pop(0).partition(",")
            if comma and rest:
                tokens.insert(0, rest)
        if address := address.rstrip(","):
            yield address, float(size[:-1]) * (600 if size[-1] == "x" else 1) if size else 0.0


def _settle_image(image: Element) -> None:
    src = (image.get("src") or "").strip()
    offered = [c for name in _LAZY_SETS for c in parse_srcset(image.get(name) or "")]
    is_lazy = not src or bool(_PLACEHOLDER.match(src[:300]))
    if is_lazy:
        src = next((image.get(name) or "" for name in _LAZY if image.get(name)), src)
    if not src or _PLACEHOLDER.match(src[:300]):
        offered += [c for source in _sources(image) for c in parse_srcset(source)]
    wide = [c for c in offered if c[1] >= _WANTED_WIDTH]
    best = min(wide, key=lambda c: c[1], default=None) or max(
        offered, key=lambda c: c[1], default=None
    )
    width = image.get("width") or ""
    known = int(width) if width.isdecimal() and len(width) < 6 else 0
    if best and (not src or _PLACEHOLDER.match(src[:300]) or best[1] > max(known, 1)):
        src = best[0]
    if src:
        image.set("src", src)


def _sources(image: Element) -> Iterator[str]:
    picture = next(image.iterancestors("picture"), None)
    if picture is not None:
        for source in picture.iter("source"):
            yield source.get("srcset") or source.get("data-srcset") or ""


def _settle_noscript(noscript: Element, report: LoadReport) -> None:
    """Use the picture that stands in for a lazy one, and leave out appeals to switch scripts on."""
    image = noscript.find(".//img")
    if image is None:
        drop_element(noscript, "boilerplate.noscript", report)
        return
    near = [e for e in (noscript.getprevious(), noscript.getnext()) if e is not None]
    lazy = next((i for e in near for i in e.iter("img") if _is_twin(i, image)), None)
    if lazy is None:
        noscript.tag = "span"
        return
    if not lazy.get("src") or _PLACEHOLDER.match((lazy.get("src") or "")[:300]):
        lazy.set("src", image.get("src") or "")
    drop_element(noscript, "image.noscript", report)


def _is_twin(lazy: Element, image: Element) -> bool:
    """Whether *lazy* waits for a script to show *image*."""
    src = lazy.get("src") or ""
    is_waiting = (
        not src or bool(_PLACEHOLDER.match(src[:300])) or any(lazy.get(name) for name in _LAZY)
    )
    return is_waiting or src == image.get("src")


def _is_pixel(image: Element) -> bool:
    sides = [image.get(name) or "" for name in ("width", "height")]
    return all(
        re.fullmatch(r"\d{1,3}(px)?", side) and int(side.removesuffix("px")) <= _PIXEL
        for side in sides
    )


def _make_figure(caption: Element) -> None:
    """Put *caption* and the picture right before it into a figure, unless they are in one."""
    if next(caption.iterancestors("figure", "figcaption", "table"), None) is not None:
        return
    previous = caption.getprevious()
    while previous is not None and not has_content(previous) and not (previous.tail or "").strip():
        previous = previous.getprevious()
    if (
        previous is None
        or (previous.tail or "").strip()
        or get_text(previous)
        or len(get_text(caption)) > 600
    ):
        return
    figure = etree.Element("figure")
    previous.addprevious(figure)
    figure.append(previous)
    while figure.getnext() is not caption and (between := figure.getnext()) is not None:
        figure.append(between)
    figure.tail, caption.tail = None, caption.tail
    tail, caption.tail = caption.tail, None
    caption.tag = "figcaption"
    figure.append(caption)
    figure.tail = tail


def _name(element: Element) -> str:
    return f"{element.get('class') or ''} {element.get('itemprop') or ''}"
