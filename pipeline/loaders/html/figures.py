"""Prepare images for reading: choose their file, caption and credit; replace embedded posts."""

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
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.image_credits import read_credit_line

#: In pixels: an image in an email of 600 pixels, on a screen of twice the density.
_TARGET_WIDTH = 1200
_LAZY_ATTRIBUTES = (
    "data-src", "data-lazy-src", "data-original", "data-original-src", "data-full-url", "data-image", "data-url",
)  # fmt: skip
_SRCSET_ATTRIBUTES = ("srcset", "data-srcset", "data-lazy-srcset")
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
#: In pixels; smaller images are tracking pixels or spacers.
_MAX_PIXEL = 2


def resolve_images(body: Element, report: LoadReport) -> None:
    """Give each image of *body* the best URL it offers, and put each caption into a figure with its image."""
    for image in list(body.iter("img")):
        if _is_pixel(image):
            drop_element(image, "image.pixel", report)
    for noscript in list(body.iter("noscript")):
        _replace_noscript(noscript, report)
    for image in body.iter("img"):
        if src := _choose_src(image):
            image.set("src", src)
    for element in list(body.iter("p", "div", "span", "dd")):
        if _CAPTION.search(element.get("class") or ""):
            _make_figure(element)
    for frame in body.iter("iframe"):
        if _is_placeholder(frame.get("src") or ""):
            frame.set("src", _get_lazy_url(frame))


def extract_credits(root: Element, report: LoadReport) -> dict[Element, str]:
    """Remove the credits from the captions in *root*, and return them by figure."""
    image_credits: dict[Element, str] = {}
    for figure in root.iter("figure"):
        for element in list(figure.iter("p", "span", "div", "small", "cite", "figcaption")):
            name = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
            if not _CREDIT.search(name) or figure in image_credits or len(get_text(element)) > 200:
                continue
            if next(element.iterancestors("figure"), None) is not figure:
                continue
            has_media = element.find(".//a") is not None or element.find(".//img") is not None
            if not get_text(element) or has_media:
                continue
            texts = list(map(str, element.itertext()))
            text = " ".join("".join(texts).split())
            report.add_changed_words("text.joined", texts, [text])
            image_credits[figure] = _remove_label(text, report)
            detach(element)
    return image_credits


def replace_embedded_posts(root: Element) -> set[Element]:
    """Replace each embedded social media post by a frame, and return the frames; their titles are the text of posts."""
    frames: set[Element] = set()
    for quote in list(root.iter("blockquote")):
        links = [link.get("href") or "" for link in quote.iter("a")]
        urls = [href for href in links if href.startswith(("http://", "https://", "//"))]
        if not _POST.search(quote.get("class") or "") or not urls:
            continue
        frame = etree.Element("iframe", src=urls[-1], title=get_visible_text(quote))
        detach(quote).append(frame)
        frames.add(frame)
    return frames


def parse_srcset(srcset: str) -> Iterator[tuple[str, float]]:
    """Yield the URLs in *srcset*, each with its width in pixels; one pixel of density counts as 600."""
    tokens = srcset[:20_000].split()
    while tokens:
        url = tokens.pop(0).lstrip(",")
        size = ""
        if not url.endswith(",") and tokens and _SIZE.match(tokens[0]):
            size, comma, rest = tokens.pop(0).partition(",")
            if comma and rest:
                tokens.insert(0, rest)
        if url := url.rstrip(","):
            yield url, float(size[:-1]) * (600 if size[-1] == "x" else 1) if size else 0.0


def _remove_label(text: str, report: LoadReport) -> str:
    """Return the credit in *text* without a label such as "Photo:"."""
    credit = read_credit_line(text)
    if credit is None or not credit.label:
        return text
    report.drop("figure.label", credit.label)
    return credit.credit


def _choose_src(image: Element) -> str:
    """Return the URL of the smallest file of *image* that is wide enough, else of the widest."""
    src = (image.get("src") or "").strip()
    files = [f for name in _SRCSET_ATTRIBUTES for f in parse_srcset(image.get(name) or "")]
    if _is_placeholder(src):
        src = _get_lazy_url(image) or src
    if _is_placeholder(src):
        files += [f for srcset in _list_source_sets(image) for f in parse_srcset(srcset)]
    wide = [f for f in files if f[1] >= _TARGET_WIDTH]
    best = min(wide, key=lambda f: f[1], default=None) or max(
        files, key=lambda f: f[1], default=None
    )
    width = image.get("width") or ""
    known_width = int(width) if width.isdecimal() and len(width) < 6 else 0
    if best and (_is_placeholder(src) or best[1] > max(known_width, 1)):
        return best[0]
    return src


def _list_source_sets(image: Element) -> Iterator[str]:
    picture = next(image.iterancestors("picture"), None)
    if picture is not None:
        for source in picture.iter("source"):
            yield source.get("srcset") or source.get("data-srcset") or ""


def _is_placeholder(src: str) -> bool:
    """Whether *src* is empty or a file shown until a script loads the image."""
    return not src or bool(_PLACEHOLDER.match(src[:300]))


def _get_lazy_url(element: Element) -> str:
    """Return the URL that a script would load into *element*, or ""."""
    return next((url for name in _LAZY_ATTRIBUTES if (url := element.get(name))), "")


def _replace_noscript(noscript: Element, report: LoadReport) -> None:
    """Use the image in *noscript* for the lazy one beside it, and drop requests to enable scripts."""
    image = noscript.find(".//img")
    if image is None:
        drop_element(noscript, "boilerplate.noscript", report)
        return
    siblings = [e for e in (noscript.getprevious(), noscript.getnext()) if e is not None]
    lazy = next((i for e in siblings for i in e.iter("img") if _is_lazy_twin(i, image)), None)
    if lazy is None:
        noscript.tag = "span"
        return
    if _is_placeholder(lazy.get("src") or ""):
        lazy.set("src", image.get("src") or "")
    drop_element(noscript, "image.noscript", report)


def _is_lazy_twin(lazy: Element, image: Element) -> bool:
    """Whether *lazy* waits for a script to show *image*."""
    src = lazy.get("src") or ""
    return _is_placeholder(src) or bool(_get_lazy_url(lazy)) or src == image.get("src")


def _is_pixel(image: Element) -> bool:
    sides = [image.get(name) or "" for name in ("width", "height")]
    return all(
        re.fullmatch(r"\d{1,3}(px)?", side) and int(side.removesuffix("px")) <= _MAX_PIXEL
        for side in sides
    )


def _make_figure(caption: Element) -> None:
    """Put *caption* and the image right before it into a figure, unless they are in one."""
    if next(caption.iterancestors("figure", "figcaption", "table"), None) is not None:
        return
    previous = caption.getprevious()
    while previous is not None and not has_content(previous) and not (previous.tail or "").strip():
        previous = previous.getprevious()
    if previous is None or (previous.tail or "").strip() or get_text(previous):
        return
    if len(get_text(caption)) > 600:
        return
    figure = etree.Element("figure")
    previous.addprevious(figure)
    figure.append(previous)
    while figure.getnext() is not caption and (between := figure.getnext()) is not None:
        figure.append(between)
    tail, caption.tail = caption.tail, None
    caption.tag = "figcaption"
    figure.append(caption)
    figure.tail = tail
