"""How it is set: sizes that can be read and touched, fonts that are there, rules that survive."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pipeline.checks.findings import join_first, shorten, warning
from pipeline.checks.html.css import parse_declarations, parse_padding, parse_pixels, split_commas
from pipeline.checks.html.html_part import HtmlPart, quote_context
from pipeline.models.finding import Finding

#: Gmail takes style elements out beyond 16 KB in all (hteumeuleu/email-bugs#90).
STYLE_BYTES = 16 * 1024
_LEAST_PX, _LEAST_TEXT_PX, _LEAST_LEADING = 11.0, 15.0, 1.3
#: A letter of so few words is mostly footer.
_FEW_WORDS = 100
#: What a finger needs (WCAG 2.2, 2.5.5).
_TOUCH_PX = 44.0
#: The smallest screen, and what a table may be wide that Outlook is told of.
_NARROW_PX, _WIDE_PX = 320.0, 700.0
_GENERIC_FONTS = frozenset("serif sans-serif monospace cursive fantasy system-ui".split())
#: On every system, or the same as another there.
_SAFE_FONTS = frozenset(
    "arial|helvetica|georgia|times|times new roman|verdana|tahoma|trebuchet ms|courier|courier new|palatino".split(
        "|"
    )
)


#: Two rules of a theme for one picture, which agree.
_HARMLESS_TWICE = ("width on <img>", "max-width on <img>", "display on <img>")


def check_typography(page: HtmlPart) -> Iterator[Finding]:
    """Yield what is too small, too tight, too wide, or lost on the way."""
    yield from _sizes(page)
    yield from _leading(page)
    yield from _buttons(page)
    yield from _widths(page)
    yield from _fonts(page)
    yield from _rules(page)
    yield from _twice(page)


def _sizes(page: HtmlPart) -> Iterator[Finding]:
    signs: Counter[float] = Counter()
    for element, text in page.texts:
        size = page.light.size_px(element)
        signs[size] += len(text.split())
        if 0 < size < _LEAST_PX and re.search(r"\w{3}", text):
            yield warning(
                code="text.small",
                where=f'"{shorten(text)}"',
                message=f"It is set in {size:g} pixels, too small for many eyes.",
                hint=f"Set nothing below {_LEAST_PX:g} pixels, and the text in 16 or more.",
            )
            return
    (size, _), *_rest = signs.most_common(1) or [(16.0, 0)]
    if size < _LEAST_TEXT_PX and signs.total() > _FEW_WORDS:
        yield warning(
            code="text.small",
            where="most of the text",
            message=f"It is set in {size:g} pixels; phones show it smaller than other programs' text.",
            hint="Set the text in 16 pixels or more.",
        )


def _leading(page: HtmlPart) -> Iterator[Finding]:
    tight: Counter[float] = Counter()
    for element, text in page.texts:
        factor = _line_height(page, element)
        tight[round(factor, 2)] += len(text.split())
    (factor, _), *_rest = tight.most_common(1) or [(1.5, 0)]
    if 0 < factor < _LEAST_LEADING and tight.total() > _FEW_WORDS:
        yield warning(
            code="text.tight",
            where="most of the text",
            message=f"Its lines are {factor:g} times as high as its letters; eyes lose their line.",
            hint="Set line-height to about 1.5 times the size, in pixels.",
        )


def _line_height(page: HtmlPart, element: Any) -> float:
    value = page.light.inherited(element, "line-height") or "normal"
    size = page.light.size_px(element) or 16.0
    if (height := parse_pixels(value)) is not None and value != "0":
        return height / size
    match = re.fullmatch(r"([\d.]+)(em|%)?", value)
    if match and match[1].count(".") < 2 and match[1] != ".":
        return float(match[1]) / (100 if match[2] == "%" else 1)
    return 1.2


def _buttons(page: HtmlPart) -> Iterator[Finding]:
    for link in page.document.iter("a"):
        if not link.get("href"):
            continue
        if link.get("role") == "button":
            yield warning(
                code="button.role",
                where=quote_context(link),
                message="It is announced as a button and is a link; a keyboard's space bar does nothing.",
                hint='Take role="button" away.',
            )
        height = _touch_height(page, link)
        if height is not None and height < _TOUCH_PX:
            yield warning(
                code="button.small",
                where=f'"{shorten(link.text_content())}"',
                message=f"The button is {height:g} pixels high; a finger needs {_TOUCH_PX:g}.",
                hint="Give it more padding, above and below.",
            )


def _touch_height(page: HtmlPart, link: Any) -> float | None:
    """Return how high a link is that looks like a button, nothing for any other."""
    own = {d.name: d.value for d in parse_declarations(link.get("style") or "")}
    if own.get("display") not in ("inline-block", "block"):
        return None
    top, _, bottom, _ = parse_padding(own)
    if not top + bottom or link.find(".//img") is not None:
        return None
    size = page.light.size_px(link)
    border = (
        sum(parse_pixels(m) or 0 for m in re.findall(r"([\d.]+px)", own.get("border", ""))[:1]) * 2
    )
    return top + bottom + border + size * _line_height(page, link)


def _widths(page: HtmlPart) -> Iterator[Finding]:
    for node in page.document.iter("table", "td", "div", "img", "p", "a", "pre"):
        width = _fixed_width(node)
        is_cell = node.tag in ("table", "td")  # which shrink to what they hold
        if width and width > (_WIDE_PX if is_cell else _NARROW_PX):
            yield warning(
                code="layout.wide",
                where=f"<{node.tag}> {quote_context(node)}",
                message=f"It is {width:g} pixels wide on every screen; on a phone the letter runs out to the side.",
                hint="Write width: 100% and max-width in pixels.",
            )
            return


def _fixed_width(node: Any) -> float | None:
    """Return how many pixels *node* takes on every screen, nothing if it can be narrower."""
    own = {d.name: d.value for d in parse_declarations(node.get("style") or "")}
    if least := parse_pixels(own.get("min-width")):
        return least
    if "max-width" in own or "%" in own.get("width", ""):
        return None
    width = (node.get("width") or "").removesuffix("px")
    return parse_pixels(own.get("width")) or (float(width) if width.isdigit() else None)


def _fonts(page: HtmlPart) -> Iterator[Finding]:
    remote = [rule for rule in page.sheet if rule.selectors[:1] and _loads_font(rule.selectors[0])]
    if remote:
        yield warning(
            code="font.remote",
            where=shorten(remote[0].selectors[0]),
            message="Gmail and Outlook do not load fonts, and who serves them learns who reads.",
            hint="Set the theme's fonts to families that are on readers' machines.",
        )
    stacks = dict.fromkeys(
        value
        for element, _ in page.texts
        if (value := page.light.inherited(element, "font-family"))
    )
    for stack in stacks:
        names = [name.strip("\"'").lower() for name in split_commas(stack)]
        if names and names[-1] not in _GENERIC_FONTS and not _SAFE_FONTS.intersection(names):
            yield warning(
                code="font.no-fallback",
                where=shorten(stack),
                message="Where none of these fonts is there, Outlook sets Times New Roman.",
                hint="End the list with a font that is everywhere and its kind: Georgia, serif.",
            )
    outside = [e for e, text in page.texts if len(text.split()) > 3 and not _knows_font(page, e)]
    if outside:
        yield warning(
            code="font.inherited",
            where=quote_context(outside[0]),
            message="Its font is set outside of its table; Outlook starts each table with Times New Roman.",
            hint="Set font-family on the cell or on what stands in it.",
        )


def _loads_font(selector: str) -> bool:
    return selector.lower().startswith(("@font-face", "@import"))


def _knows_font(page: HtmlPart, element: Any) -> bool:
    """Whether a font is set between *element* and the table around it, that table included."""
    while element is not None:
        own = page.light.own(element)
        if "font-family" in own or "font" in own or element.tag == "font":
            return True
        if element.tag == "table":
            return False
        element = element.getparent()
    return True


def _rules(page: HtmlPart) -> Iterator[Finding]:
    sizes = [len((style.text or "").encode()) for style in page.document.iter("style")]
    if sum(sizes) > STYLE_BYTES:
        yield warning(
            code="style.too-long",
            where="the head of the HTML",
            message=f"The style sheets have {sum(sizes):,} bytes; Gmail throws away all beyond {STYLE_BYTES:,}.",
            hint="Leave rules out that no letter needs.",
        )
    nested = [rule for rule in page.sheet if sum(h.startswith("@media") for h in rule.within) > 1]
    inside = [r for r in page.sheet if r.within and r.selectors and r.selectors[0].startswith("@")]
    if nested or inside:
        yield warning(
            code="style.nested",
            where=shorten((nested or inside)[0].within[0]),
            message="One at-rule stands inside another; Gmail then throws the whole style element away.",
            hint="Write the inner rule by itself, in a style element of its own.",
        )


def _twice(page: HtmlPart) -> Iterator[Finding]:
    found: list[str] = []
    for node in page.document.xpath("//*[@style]"):
        names = Counter(d.name for d in parse_declarations(node.get("style")))
        found += [f"{name} on <{node.tag}>" for name, count in names.items() if count > 1]
    repeated = [name for name in dict.fromkeys(found) if name not in _HARMLESS_TWICE]
    if repeated:
        yield warning(
            code="style.twice",
            where=join_first(repeated),
            message="The same property is set twice in one style; Outlook may take the first, others take the last.",
            hint="Set it once.",
        )
