"""
The recipe that tutorials give, as a peer: Markdown into an MJML template, compiled, then premailer over all of it.

It keeps less of the article than Handbill does (mrml's parser damages the text), and composes no message.
"""

from __future__ import annotations

import logging
import sys
from functools import cache
from pathlib import Path
from typing import Any

LETTER = """\
<mjml><mj-head><mj-title>{{ title }}</mj-title></mj-head><mj-body>
<mj-section><mj-column><mj-text><h1>{{ title }}</h1></mj-text>
<mj-text><div class="prose">{{ article }}</div></mj-text>
<mj-button href="https://example.org/give">Donate</mj-button>
<mj-text>The Lantern, 12 Quay Street, Skerrow</mj-text></mj-column></mj-section></mj-body></mjml>
"""

STYLE = """\
<style>
.prose p { font: 18px/1.6 Georgia, serif; color: #222; margin: 0 0 16px; }
.prose h2 { font: bold 22px/1.3 Georgia, serif; margin: 32px 0 12px; }
.prose a { color: #0a5; text-decoration: underline; }
.prose em { font-style: italic; } .prose sup { font-size: 12px; } .prose li { margin: 0 0 8px; }
</style>
"""


def render(markdown: str) -> str:
    """Return *markdown* as the HTML of a mail."""
    from mjml import mjml2html
    from premailer import transform

    parser, template = _tools()
    body = parser.render(markdown.split("---", 2)[2])
    html = mjml2html(template.render(title="The Measured Letter", article=body), fonts={})
    html = html.replace("</head>", STYLE + "</head>", 1)
    inlined: str = transform(html, cssutils_logging_level=logging.CRITICAL)
    return inlined


@cache
def _tools() -> tuple[Any, Any]:  # Any: the parser and the template, imported only here
    from jinja2 import Template
    from markdown_it import MarkdownIt
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark", {"xhtmlOut": True}).use(footnote_plugin)
    return parser, Template(LETTER)


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(render(source.read_text(encoding="utf-8")), encoding="utf-8")
