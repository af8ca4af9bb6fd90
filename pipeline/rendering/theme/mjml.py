"""
Compile an email to HTML.

1. The theme's template becomes MJML in which all text is a placeholder.
2. mrml compiles it; its parser, which joins words and escapes wrongly, sees none of the text.
3. The placeholders become the finished HTML.
4. premailer inlines the article's style sheet; the email's own styles stay as they are.
"""

from __future__ import annotations

import re

from pipeline.errors import RenderError
from pipeline.rendering.html.minify import minify, minify_sheets
from pipeline.rendering.placeholder_stash import PlaceholderStash
from pipeline.rendering.size_policy import RenderOptions
from pipeline.rendering.theme.inline_css import inline_css
from pipeline.rendering.theme.template_context import EmailContext
from pipeline.rendering.theme.theme import Theme

_TABLE_TAG = re.compile(r"<table\b(?P<role>[^<>]*\brole=)?|<th\b|</table>")

#: The first visible part of an email.
_SECTION = re.compile(r"<mj-(?:section|wrapper|hero)\b")

TOO_DEEP = "The article's lists and quotes are nested too deeply for an email. Flatten them."


_UNNEEDED = (
    r"<!--\[if lte mso 11\]>.{0,400}?<!\[endif\]-->",  # Outlook 2003
    r'<!--\[if !mso\]><!--><meta http-equiv="X-UA-Compatible"[^>]{0,100}><!--<!\[endif\]-->',  # Internet Explorer
    r"<!\[endif\]-->\s*<!--\[if mso \| IE\]>",  # the end of one comment and the start of the next
    r"(?<=font-size:0px;)text-align:left;(?=direction:)",  # of a column, also in right-to-left emails
    r"(?<=height:auto;)line-height:100%;",  # of images: lines of alt text would overlap when images are blocked
    r" line-height: 100%;(?= outline: none; text-decoration: none; -ms-interpolation-mode)",  # the same in the sheet
    r"(?<=style=\")font-size:0px;(?=padding:)",  # of a cell of text, which has no gaps to close
    r"background:#[0-9a-f]{6};(?=background-color:)",
    r"(?<=\dpx;)word-break:break-word;",  # of each cell of text; inherited instead
    r"(?<!\s)\s++(?=<style\b|</style>|<!--\[if mso\]>\s*<noscript|<xml>|</?o:|</xml>|</noscript>|</head>)",
    r"</?tbody>",  # implied
    r"(?<=<style) type=\"text/css\"|#outlook a { padding: 0; }|p { display: block; margin: 13px 0; }",
)
#: Puts columns side by side on wide screens; a full-width column needs no rule.
_COLUMN_STYLES = (
    r"<style>@media only screen and \(min-width:480px\) {.*?</style>"
    r'|<style media="screen and \(min-width:480px\)">.*?</style>'
)
#: The element around the whole email, up to its styles.
_ARTICLE_STYLE = r'<div\b[^<>]*\baria-roledescription="email"[^<>]*\bstyle="'
#: The cells with the text of the article, and the table around them all, up to their styles.
_PROSE_STYLE = r'<td\b(?![^<>]*\bword-break:)[^<>]*\bclass="gutter prose"[^<>]*\bstyle="'
_COLUMN_STYLE = 'role="presentation" width="100%" style="'


def compile_email(
    email: EmailContext, theme: Theme, stash: PlaceholderStash, options: RenderOptions
) -> str:
    """
    Return *email* as one HTML document, fields still as placeholders.

    Raises:
        ThemeError: A file of the theme is invalid.
        RenderError: A template omits a part of the email, or prints it where MJML ignores it.
    """
    mjml = theme.render_mjml(email)
    _check_completeness(email, theme)
    if options.has_unsubscribe_first and email.unsubscribe_url:
        section = _build_unsubscribe_section(email, theme)
        first = _SECTION.search(mjml, max(mjml.find("<mj-body"), 0))
        mjml = mjml[: first.start()] + section + mjml[first.start() :] if first else mjml
    try:
        html = compile_mjml(mjml)
    except ValueError as error:
        raise theme.explain_mjml_error(mjml, str(error)) from error
    html = _mark_layout_tables(html)
    guard = f' data-guard="{stash.nonce}" data-premailer="ignore"'
    end = f"<!--{stash.nonce}-->"
    html = html.replace("</body>", f"{end}</body>")
    html = stash.restore_html(re.sub(r"<style\b", f"<style{guard}", html))
    html = inline_css(html, theme.render_css(email))
    if end not in html:  # libxml2 silently stops reading at a depth of 256 elements
        raise RenderError(TOO_DEEP)
    html = html.replace(end, "")
    # premailer removes its own attribute, but not from styles with a medium and in comments
    html = html.replace(guard, "").replace(f' data-guard="{stash.nonce}"', "")
    return minify(html) if options.is_minified else html


def _build_unsubscribe_section(email: EmailContext, theme: Theme) -> str:
    """Return a first section with an unsubscribe link, because Gmail will cut off the footer of this email."""
    tokens = theme.tokens
    return (
        f'<mj-section background-color="{tokens.background}" css-class="footer" padding="12px 0"><mj-column>'
        f'<mj-text css-class="gutter muted" align="center" font-family="{tokens.sans_font}" font-size="14px" '
        f'line-height="21px" color="{tokens.muted}"><a href="{email.unsubscribe_url}" '
        f'style="color:{tokens.muted};text-decoration:underline;">{email.unsubscribe}</a>'
        "</mj-text></mj-column></mj-section>\n"
    )


def _mark_layout_tables(html: str) -> str:
    """
    Add the role of layout to tables, of MJML or the theme, without header cells: mrml drops the role of an mj-table.

    A table without them is one behind which a table ends before a header cell begins.
    """
    parts, end, is_layout = [], len(html), False
    for tag in reversed(list(_TABLE_TAG.finditer(html))):
        if not tag[0].startswith("<table"):
            is_layout = tag[0] == "</table>"
        elif is_layout and tag["role"] is None:
            after_name = tag.start() + len("<table")
            parts += [html[after_name:end], ' role="presentation"']
            end = after_name
    return "".join([html[:end], *reversed(parts)])


def compile_mjml(mjml: str) -> str:
    """
    Return *mjml* as an HTML document, without what no email client needs any more.

    Raises:
        ValueError: It is not valid MJML.
    """
    from mjml import mjml2html

    html: str = mjml2html(mjml, fonts={})
    html = re.sub(r"^<!doctype html>", "<!DOCTYPE html>", html, count=1, flags=re.IGNORECASE)
    html = html.replace(' height="auto"', "").replace(' target="_blank"', "")
    for unneeded in _UNNEEDED:
        html = re.sub(unneeded, "", html, flags=re.DOTALL)
    html = re.sub(r"padding:0 (\d+px);padding-top:(\d+px);", r"padding:\2 \1 0;", html)
    html = html.replace("<body ", '<body class="body" ', 1)  # for rules of Gmail alone, u + .body
    html = re.sub(_ARTICLE_STYLE, r"\g<0>word-break:break-word;", html, count=1)
    # Word, in classic Outlook, inherits none of it, and stretches a table to the longest address in it.
    html = re.sub(_PROSE_STYLE, r"\g<0>word-break:break-word;", html)
    html = html.replace(_COLUMN_STYLE, f"{_COLUMN_STYLE}table-layout:fixed;", 1)
    if set(re.findall(r"mj-column-per-\d+", html)) <= {"mj-column-per-100"}:
        html = re.sub(_COLUMN_STYLES, "", html, flags=re.DOTALL)
        html = html.replace(' class="mj-outlook-group-fix mj-column-per-100"', "")
    if "<v:" not in html:
        html = html.replace(' xmlns:v="urn:schemas-microsoft-com:vml"', "", 1)
    return minify_sheets(html)


def _check_completeness(email: EmailContext, theme: Theme) -> None:
    """Reject a template that omits the article, its notes or an appeal."""
    required = [html for part in email.parts if (html := part.article or part.marker)]
    required += [email.lead_image, email.endnotes]
    required += [html for part in email.parts if part.appeal for html in part.appeal.required]
    if any(html and not html.is_printed for html in required):
        raise RenderError(
            f"The theme {theme.name} omits a part of the email. "
            "Its template must print the lead image, every part of email.parts, and the endnotes."
        )
