"""Typography: readable sizes, tappable buttons, available fonts, and style rules that email clients keep."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pipeline.checks.findings import join_first, shorten, warning
from pipeline.checks.html.cascade import parse_factor
from pipeline.checks.html.css import parse_declarations, parse_padding, parse_pixels, split_commas
from pipeline.checks.html.html_part import HtmlPart, quote_context
from pipeline.models.finding import Finding

#: Gmail removes style elements beyond 16 KB in total (hteumeuleu/email-bugs#90).
MAX_STYLE_BYTES = 16 * 1024
_MIN_PX, _MIN_BODY_PX, _MIN_LINE_HEIGHT = 11.0, 15.0, 1.3
_MIN_WORDS = 100  # with fewer, most of the text is the footer
_MIN_TOUCH_PX = 44.0  # WCAG 2.2, 2.5.5
_PHONE_PX = 320.0  # the narrowest screen
_MAX_TABLE_PX = 700.0
_GENERIC_FONTS = frozenset("serif sans-serif monospace cursive fantasy system-ui".split())
_WEB_SAFE_FONTS = frozenset(
    "arial|helvetica|georgia|times|times new roman|verdana|tahoma|trebuchet ms|courier|courier new|palatino".split(
        "|"
    )
)
#: A theme may declare these twice for an image, with the same effect.
_HARMLESS_DUPLICATES = ("width on <img>", "max-width on <img>", "display on <img>")


def check_typography(part: HtmlPart) -> Iterator[Finding]:
    """Yield what is too small, too tight or too wide, and styles that email clients drop."""
    yield from _check_sizes(part)
    yield from _check_line_height(part)
    yield from _check_buttons(part)
    yield from _check_widths(part)
    yield from _check_fonts(part)
    yield from _check_style_sheets(part)
    yield from _check_duplicates(part)


def _check_sizes(part: HtmlPart) -> Iterator[Finding]:
    words_by_size: Counter[float] = Counter()
    for element, text in part.visible_texts:
        size = part.light_styles.get_size_px(element)
        words_by_size[size] += len(text.split())
        if 0 < size < _MIN_PX and re.search(r"\w{3}", text):
            yield warning(
                code="text.small",
                where=f'"{shorten(text)}"',
                message=f"The font size is {size:g} pixels, too small for many readers.",
                hint=f"Use at least {_MIN_PX:g} pixels everywhere, and 16 for the body text.",
            )
            return
    small = Counter({size: n for size, n in words_by_size.items() if size < _MIN_BODY_PX})
    if small.total() * 2 > words_by_size.total() > _MIN_WORDS:
        size = _find_most_common(small)
        yield warning(
            code="text.small",
            where="most of the text",
            message=f"The font size is {size:g} pixels, which is hard to read on phones.",
            hint="Use 16 pixels or more.",
        )


def _find_most_common(counts: Counter[float]) -> float:
    return counts.most_common(1)[0][0] if counts else 0.0


def _check_line_height(part: HtmlPart) -> Iterator[Finding]:
    words_by_factor: Counter[float] = Counter()
    for element, text in part.visible_texts:
        words_by_factor[round(_get_line_height(part, element), 2)] += len(text.split())
    factor = _find_most_common(words_by_factor)
    if 0 < factor < _MIN_LINE_HEIGHT and words_by_factor.total() > _MIN_WORDS:
        yield warning(
            code="text.tight",
            where="most of the text",
            message=f"The line height is {factor:g} times the font size, so readers lose their line.",
            hint="Set line-height to about 1.5 times the font size, in pixels.",
        )


def _get_line_height(part: HtmlPart, element: Any) -> float:  # Any: lxml has no types
    """Return the line height in *element* as a multiple of its font size."""
    value = part.light_styles.get_inherited(element, "line-height") or "normal"
    size = part.light_styles.get_size_px(element) or 16.0
    if (height := parse_pixels(value)) is not None and value != "0":
        return height / size
    factor = parse_factor(value if value.endswith(("em", "%")) else f"{value}em")
    return 1.2 if factor is None else factor


def _check_buttons(part: HtmlPart) -> Iterator[Finding]:
    for link in part.links:
        if not link.get("href"):
            continue
        if link.get("role") == "button":
            yield warning(
                code="button.role",
                where=quote_context(link),
                message="Screen readers announce this link as a button, but the space bar does not activate it.",
                hint='Remove role="button".',
            )
        height = _get_button_height(part, link)
        if height is not None and height < _MIN_TOUCH_PX:
            yield warning(
                code="button.small",
                where=f'"{shorten(link.text_content())}"',
                message=f"The button is {height:g} pixels high; to hit it with a finger, it needs {_MIN_TOUCH_PX:g}.",
                hint="Increase its padding above and below.",
            )


def _get_button_height(part: HtmlPart, link: Any) -> float | None:
    """Return the height of a link that looks like a button, None for any other."""
    styles = _parse_styles(link)
    if styles.get("display") not in ("inline-block", "block"):
        return None
    top, _, bottom, _ = parse_padding(styles)
    if not top + bottom or link.find(".//img") is not None:
        return None
    size = part.light_styles.get_size_px(link)
    widths = re.findall(r"(?<![\d.])([\d.]++px)", styles.get("border", ""))
    border = (parse_pixels(widths[0]) or 0) * 2 if widths else 0
    return top + bottom + border + size * _get_line_height(part, link)


def _check_widths(part: HtmlPart) -> Iterator[Finding]:
    for node in part.document.iter("table", "td", "div", "img", "p", "a", "pre"):
        width = _get_fixed_width(node)
        can_shrink = node.tag in ("table", "td")  # to their content
        if width and width > (_MAX_TABLE_PX if can_shrink else _PHONE_PX):
            yield warning(
                code="layout.wide",
                where=f"<{node.tag}> {quote_context(node)}",
                message=f"It is {width:g} pixels wide on every screen; on a phone, readers must scroll sideways.",
                hint="Set width: 100% and max-width in pixels.",
            )
            return


def _get_fixed_width(node: Any) -> float | None:
    """Return the width of *node* in pixels, None if it can be narrower on small screens."""
    styles = _parse_styles(node)
    if min_width := parse_pixels(styles.get("min-width")):
        return min_width
    if "max-width" in styles or "%" in styles.get("width", ""):
        return None
    width = (node.get("width") or "").removesuffix("px")
    return parse_pixels(styles.get("width")) or (float(width) if width.isdigit() else None)


def _parse_styles(node: Any) -> dict[str, str]:
    return {d.name: d.value for d in parse_declarations(node.get("style") or "")}


def _check_fonts(part: HtmlPart) -> Iterator[Finding]:
    selectors = (rule.selectors[0] for rule in part.style_rules if rule.selectors)
    remote = [s for s in selectors if s.lower().startswith(("@font-face", "@import"))]
    if remote:
        yield warning(
            code="font.remote",
            where=shorten(remote[0]),
            message="Gmail and Outlook do not load fonts, and the font's server learns who reads.",
            hint="Use font families in the theme that are installed on readers' devices.",
        )
    inherited = (
        part.light_styles.get_inherited(element, "font-family") for element, _ in part.visible_texts
    )
    for stack in dict.fromkeys(filter(None, inherited)):
        names = [name.strip("\"'").lower() for name in split_commas(stack)]
        if names and names[-1] not in _GENERIC_FONTS and not _WEB_SAFE_FONTS.intersection(names):
            yield warning(
                code="font.no-fallback",
                where=shorten(stack),
                message="Where none of these fonts is installed, Outlook shows Times New Roman.",
                hint="End the list with a font that is installed everywhere and a generic family: Georgia, serif.",
            )
    outside = [
        element
        for element, text in part.visible_texts
        if len(text.split()) > 3 and not _has_font_in_table(part, element)
    ]
    if outside:
        yield warning(
            code="font.inherited",
            where=quote_context(outside[0]),
            message="The font is set outside of the table; Outlook starts each table with Times New Roman.",
            hint="Set font-family on the cell or on its content.",
        )


def _has_font_in_table(part: HtmlPart, element: Any) -> bool:
    """Whether a font is set on *element* or an ancestor up to the table around it."""
    while element is not None:
        declared = part.light_styles.get_declared(element)
        if "font-family" in declared or "font" in declared or element.tag == "font":
            return True
        if element.tag == "table":
            return False
        element = element.getparent()
    return True


def _check_style_sheets(part: HtmlPart) -> Iterator[Finding]:
    size = sum(len((style.text or "").encode()) for style in part.document.iter("style"))
    if size > MAX_STYLE_BYTES:
        yield warning(
            code="style.too-long",
            where="the head of the HTML",
            message=f"The style sheets have {size:,} bytes; Gmail drops everything beyond {MAX_STYLE_BYTES:,}.",
            hint="Remove rules that are not needed.",
        )
    nested = [
        rule
        for rule in part.style_rules
        if sum(at_rule.startswith("@media") for at_rule in rule.at_rules) > 1
        or (rule.at_rules and rule.selectors and rule.selectors[0].startswith("@"))
    ]
    if nested:
        yield warning(
            code="style.nested",
            where=shorten(nested[0].at_rules[0]),
            message="An at-rule is nested in another; Gmail then drops the whole style element.",
            hint="Write the inner rule on its own, in a separate style element.",
        )


def _check_duplicates(part: HtmlPart) -> Iterator[Finding]:
    styles = dict.fromkeys((node.tag, node.get("style", "")) for node in part.document.iter("*"))
    duplicates: list[str] = []
    for tag, style in styles:
        counts = Counter(declaration.name for declaration in parse_declarations(style))
        duplicates += [f"{name} on <{tag}>" for name, count in counts.items() if count > 1]
    reported = [name for name in dict.fromkeys(duplicates) if name not in _HARMLESS_DUPLICATES]
    if reported:
        yield warning(
            code="style.twice",
            where=join_first(reported),
            message="A property is set twice in one style; Outlook may use the first value, others use the last.",
            hint="Set it once.",
        )
