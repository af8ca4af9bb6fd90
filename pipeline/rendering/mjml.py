"""
Compile the letter to mail HTML.

1. The theme's template becomes MJML in which every word of the article is a stand-in.
2. mrml compiles it; its parser, which joins words and escapes letters wrongly, has seen none of them.
3. The stand-ins become the finished HTML.
4. premailer writes the article's style sheet into `style` attributes; the shell's own styles pass untouched.
"""

from __future__ import annotations

import logging
import re
from functools import cache
from typing import Any

from pipeline.errors import RenderError
from pipeline.rendering.layout import Layout
from pipeline.rendering.minify import trim
from pipeline.rendering.shell_tokens import StandIns
from pipeline.rendering.template_context import Letter
from pipeline.rendering.theme import Theme

#: A table of MJML's own or of the theme's that holds no headings: mrml forgets the role of an mj-table.
_LAYOUT = re.compile(r"<table\b(?![^>]*\brole=)(?=(?:(?!<th\b|</table>).)*</table>)", re.DOTALL)

#: Before the first part of a letter that is seen.
_FIRST = re.compile(r"(<mj-body\b.*?)(?=<mj-(?:section|wrapper|hero)\b)", re.DOTALL)

TOO_DEEP = "The article's lists and quotes are nested too deeply for a mail. Make them flatter."


_NEEDLESS = (
    r"<!--\[if lte mso 11\]>.*?<!\[endif\]-->",  # Outlook 2003
    r'<!--\[if !mso\]><!--><meta http-equiv="X-UA-Compatible"[^>]*><!--<!\[endif\]-->',  # Internet Explorer
    r"<!\[endif\]-->\s*<!--\[if mso \| IE\]>",  # the end of one comment and the beginning of the next
    r"(?<=font-size:0px;)text-align:left;(?=direction:)",  # of a column, in right-to-left letters too
    r"(?<=height:auto;)line-height:100%;",  # of pictures: their words would lie on one another where they are blocked
    r"(?<=<style) type=\"text/css\"|#outlook a { padding: 0; }|p { display: block; margin: 13px 0; }",
)
#: Makes columns stand side by side on wide screens; a column over the whole width is so by its own style.
_COLUMNS = (
    r"<style>@media only screen and \(min-width:480px\) {.*?</style>"
    r'|<style media="screen and \(min-width:480px\)">.*?</style>'
)


def compile_letter(
    letter: Letter, theme: Theme, stand_ins: StandIns, layout: Layout | None = None
) -> str:
    """
    Return *letter* as one HTML document, fields still stand-ins.

    Raises:
        ThemeError: The theme's files cannot be used.
        RenderError: A template leaves out a part of the letter, or put it where MJML shows none.
    """
    layout = layout or Layout()
    mjml = theme.mjml(letter)
    _refuse_loss(letter, theme)
    if layout.leaves_early and letter.unsubscribe_url:
        mjml = _FIRST.sub(lambda m: m[1] + _way_out(letter, theme), mjml, count=1)
    try:
        html = compile_mjml(mjml)
    except ValueError as error:
        raise theme.broken(mjml, str(error)) from error
    html = _LAYOUT.sub('<table role="presentation"', html)
    guard = f' data-guard="{stand_ins.nonce}" data-premailer="ignore"'
    end = f"<!--{stand_ins.nonce}-->"
    html = html.replace("</body>", f"{end}</body>")
    html = stand_ins.release(re.sub(r"<style\b", f"<style{guard}", html))
    html = _inline(html, theme.css(letter))
    if end not in html:  # libxml2 stops reading at a depth of 256 elements, without a word
        raise RenderError(TOO_DEEP)
    html = html.replace(end, "")
    # premailer takes its own mark away, but not from styles with a medium and in comments
    html = html.replace(guard, "").replace(f' data-guard="{stand_ins.nonce}"', "")
    return trim(html) if layout.is_trimmed else html


def _way_out(letter: Letter, theme: Theme) -> str:
    """Return a first section that says how to unsubscribe: the footer of this letter will be cut off."""
    look = theme.tokens
    return (
        f'<mj-section background-color="{look.page}" css-class="foot" padding="12px 0"><mj-column>'
        f'<mj-text css-class="gutter quiet" align="center" font-family="{look.sans}" font-size="14px" '
        f'line-height="21px" color="{look.quiet}"><a href="{letter.unsubscribe_url}" '
        f'style="color:{look.quiet};text-decoration:underline;">{letter.unsubscribe}</a>'
        "</mj-text></mj-column></mj-section>\n"
    )


def compile_mjml(mjml: str) -> str:
    """
    Return *mjml* as a document, without what no program reads any more or none needs.

    Raises:
        ValueError: It is no MJML.
    """
    from mjml import mjml2html

    html: str = mjml2html(mjml, fonts={})
    html = re.sub(r"^<!doctype html>", "<!DOCTYPE html>", html, count=1, flags=re.IGNORECASE)
    html = html.replace(' height="auto"', "").replace(' target="_blank"', "")
    for needless in _NEEDLESS:
        html = re.sub(needless, "", html, flags=re.DOTALL)
    if set(re.findall(r"mj-column-per-\d+", html)) <= {"mj-column-per-100"}:
        html = re.sub(_COLUMNS, "", html, flags=re.DOTALL)
    return html


def _refuse_loss(letter: Letter, theme: Theme) -> None:
    """Refuse a template that leaves out the article, its notes or an ask."""
    needed = [html for part in letter.parts if (html := part.prose or part.mark)]
    needed += [letter.lead_image, letter.endnotes]
    needed += [words for part in letter.parts if part.appeal for words in part.appeal.needed]
    if any(html and not html.is_printed for html in needed):
        raise RenderError(
            f"The theme {theme.name} leaves out a part of the letter. "
            "Let its template print the lead image, every part of letter.parts, and the endnotes."
        )


def _inline(html: str, css: str) -> str:
    """Write *css* into the `style` attributes of *html*; each option is there for a damage it prevents."""
    inliner = _inliner()(
        html,
        css_text=css,
        keep_style_tags=False,
        disable_leftover_css=False,
        strip_important=False,
        remove_classes=False,
        exclude_pseudoclasses=True,
        include_star_selectors=False,
        disable_validation=True,
        cache_css_parsing=False,
        remove_unset_properties=False,
        align_floating_images=False,
        capitalize_float_margin=False,
        base_url=None,
        disable_link_rewrites=True,
        preserve_internal_links=True,
        preserve_inline_attachments=True,
        allow_network=False,
        allow_loading_external_files=False,
        method="html",
        cssutils_logging_level=logging.CRITICAL,
    )
    try:
        result: str = inliner.transform(pretty_print=False)
    except Exception as error:  # premailer raises whatever lxml, cssselect and cssutils raise
        raise RenderError(
            f"The style sheet cannot be written into the mail: {error!r}. Look at the theme's prose.css.j2."
        ) from error
    return result


_SHORT_COLOUR = re.compile(r"#([0-9A-Fa-f])([0-9A-Fa-f])([0-9A-Fa-f])(?![0-9A-Za-z_-])")


def _names(html: str) -> frozenset[str]:
    """Return the elements and, with a dot, the classes in *html*."""
    tags = re.findall(r"<([a-z][a-z0-9]*)", html)
    classes = {
        name for names in set(re.findall(r'class="([^"]*)"', html)) for name in names.split()
    }
    return frozenset(tags) | {f".{name}" for name in classes}


@cache
def _asked_for(selector: str) -> frozenset[str]:
    """Return the elements and classes without which *selector* finds nothing; looking for them costs a search each."""
    if re.search(r"[^\w\s.#\[\]-]", selector):
        return frozenset()
    return frozenset(re.findall(r"(?<![\w#\[.-])[a-z][a-z0-9]*|\.[\w-]+", selector))


@cache
def _inliner() -> type[Any]:  # Any: premailer has no types
    """
    Return premailer with the parsed style sheet remembered: it is the same for every letter of a theme.

    Its own cache hands out sheets that it changes while it works; what is remembered here is only strings. Parsing is
    two thirds of a rendering (measured: tests/benchmarks/bench_render.py).
    """
    from premailer import Premailer

    parsed: dict[tuple[str, int], Any] = {}

    class Inliner(Premailer):  # type: ignore[misc]  # premailer has no types
        def _parse_style_rules(self, css_body: str, ruleset_index: int) -> Any:
            key = (css_body, ruleset_index)
            if key not in parsed:
                if len(parsed) > 64:
                    parsed.clear()
                parsed[key] = super()._parse_style_rules(css_body, ruleset_index)
            rules, leftover = parsed[key]
            there = _names(self.html)
            return [rule for rule in rules if _asked_for(rule[1]) <= there], list(leftover)

        def _style_to_basic_html_attributes(
            self, element: Any, style_content: str, force: bool = False
        ) -> None:
            """
            Write no attributes beside the style, and the style without the spaces in it: a tenth of the mail.

            Its colours stay as the theme wrote them: premailer makes #222222 #222, which Outlook may not read.
            """
            style = style_content.replace("; ", ";").replace('"', "'")
            element.attrib["style"] = _SHORT_COLOUR.sub(r"#\1\1\2\2\3\3", style)

    return Inliner
