"""Write a style sheet into `style` attributes with premailer."""

from __future__ import annotations

import logging
import re
from functools import cache
from typing import Any

from pipeline.errors import RenderError

_SHORT_COLOR = re.compile(r"#([0-9A-Fa-f])([0-9A-Fa-f])([0-9A-Fa-f])(?![0-9A-Za-z_-])")


def inline_css(html: str, css: str) -> str:
    """
    Return *html* with *css* written into its `style` attributes.

    Each option of premailer is there because its default damages an email, or to forbid it to read files.

    Raises:
        RenderError: The style sheet is invalid.
    """
    inliner = _get_inliner()(
        html,
        css_text=css,
        strip_important=False,
        disable_validation=True,
        cache_css_parsing=False,
        remove_unset_properties=False,
        align_floating_images=False,
        capitalize_float_margin=False,
        disable_link_rewrites=True,
        allow_network=False,
        allow_loading_external_files=False,
        cssutils_logging_level=logging.CRITICAL,
    )
    try:
        result: str = inliner.transform(pretty_print=False)
    except Exception as error:  # premailer raises whatever lxml, cssselect and cssutils raise
        raise RenderError(
            f"The style sheet cannot be inlined: {error!r}. Check the theme's prose.css.j2."
        ) from error
    return result


def _find_names(html: str) -> frozenset[str]:
    """Return the elements and, with a dot, the classes in *html*."""
    tags = re.findall(r"<([a-z][a-z0-9]*)", html)
    classes = {
        name for names in set(re.findall(r'class="([^"]*)"', html)) for name in names.split()
    }
    return frozenset(tags) | {f".{name}" for name in classes}


@cache
def _find_required_names(selector: str) -> frozenset[str]:
    """Return the elements and classes without which *selector* matches nothing; each search for one costs time."""
    if re.search(r"[^\w\s.#\[\]-]", selector):
        return frozenset()
    return frozenset(re.findall(r"(?<![\w#\[.-])[a-z][a-z0-9]*|\.[\w-]+", selector))


@cache
def _get_inliner() -> type[Any]:  # Any: premailer has no types
    """
    Return premailer with a cache of parsed style sheets: a theme's is the same for every email.

    Its own cache hands out sheets that it changes while it works; this one holds only strings. Parsing takes two
    thirds of a rendering (measured: tests/benchmarks/bench_render.py).
    """
    from premailer import Premailer

    cached: dict[tuple[str, int], Any] = {}

    class Inliner(Premailer):  # type: ignore[misc]  # premailer has no types
        def _parse_style_rules(self, css_body: str, ruleset_index: int) -> Any:
            key = (css_body, ruleset_index)
            if key not in cached:
                if len(cached) > 64:
                    cached.clear()
                cached[key] = super()._parse_style_rules(css_body, ruleset_index)
            rules, leftover = cached[key]
            present = _find_names(self.html)
            matching = [rule for rule in rules if _find_required_names(rule[1]) <= present]
            return matching, list(leftover)

        def _style_to_basic_html_attributes(
            self, element: Any, style_content: str, force: bool = False
        ) -> None:
            """
            Write no attributes next to the style, and no spaces in it: a tenth of the email.

            Colors stay as the theme has them: premailer shortens #222222 to #222, which Outlook may not read.
            """
            style = style_content.replace("; ", ";").replace(", ", ",").replace('"', "'")
            element.attrib["style"] = _SHORT_COLOR.sub(r"#\1\1\2\2\3\3", style)

    return Inliner
