"""
Rendering the measured article again and again in one process.

Beside the tutorials' recipe in Python, and beside npm's mjml and juice, which are given the very MJML and style sheet
that our theme makes of the same article. They need Node; the packages are installed once, into the user's cache.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.config import DEFAULT_CONFIG
from pipeline.models.edition import Edition, LiteralText
from pipeline.models.issue import Issue
from pipeline.project import Project
from pipeline.rendering.html.article_html import ArticleHtmlWriter
from pipeline.rendering.html.inline_html import InlineHtmlWriter
from pipeline.rendering.placeholder_stash import PlaceholderStash
from pipeline.rendering.theme.template_context import EmailContextBuilder
from pipeline.rendering.translations import load_translations
from tests.benchmarks import naive
from tests.benchmarks.figures import Figure, in_turns
from tests.benchmarks.sample import article

ROUNDS = 41
#: Words and notes, the milliseconds it may take and what the HTML may weigh.
SIZES = ((2_000, 30, 20, 42_000), (5_000, 80, 50, 98_000))
PACKAGES = ("mjml@5", "juice@11")
_SCRIPT = """
import fs from 'node:fs';
import mjml2html from 'mjml';
import juice from 'juice';
const { mjml, css, rounds } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const render = async () => {
  const { html } = await mjml2html(mjml, { fonts: {}, validationLevel: 'skip' });
  return juice.inlineContent(html, css, { inlinePseudoElements: false });
};
const times = [];
let html = '';
for (let round = 0; round <= rounds; round++) {
  const start = performance.now();
  html = await render();
  if (round) times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
process.stdout.write(JSON.stringify({ ms: times[times.length >> 1], bytes: Buffer.byteLength(html) }));
"""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One way to render: how long it takes, and what comes out."""

    ms: float
    size_bytes: int


def figures() -> list[Figure]:
    """Measure from the article to the edition, and to its page by the peers."""
    return [figure for size in SIZES for figure in _make_article(*size)]


def _make_article(words: int, notes: int, most_ms: int, most_bytes: int) -> Iterator[Figure]:
    markdown = article(words, notes)
    what = f"{words:,} words and {notes} notes"
    with TemporaryDirectory() as folder:
        source = Path(folder, "letter.md")
        source.write_text(markdown, encoding="utf-8")
        project = Project(root=Path(folder), config=DEFAULT_CONFIG, is_configured=False)
        issue = project.edit(project.load(str(source)))
        ours, tutorials = in_turns(
            lambda: project.render(issue), lambda: naive.render(markdown), rounds=ROUNDS
        )
        size_bytes = _html_bytes(project.render(issue))
        npm = _npm(project, issue, Path(folder))
    if words == SIZES[0][0]:
        yield _speed(what, ours * 1000, most_ms, "mjml2html + premailer, warm", tutorials * 1000)
    if npm:
        yield _speed(what, ours * 1000, most_ms, "npm mjml + juice, warm", npm.ms)
        yield Figure(
            what=f"HTML of {what}",
            value=size_bytes,
            unit="bytes",
            bar=most_bytes,
            peer="npm mjml + juice",
            peer_value=npm.size_bytes,
        )


def _speed(what: str, ms: float, most_ms: int, peer: str, peer_ms: float) -> Figure:
    return Figure(
        what=f"render {what}, warm", value=ms, unit="ms", bar=most_ms, peer=peer, peer_value=peer_ms
    )


def _html_bytes(edition: Edition) -> int:
    return sum(len(piece.text.encode()) for piece in edition.html if isinstance(piece, LiteralText))


def _npm(project: Project, issue: Issue, folder: Path) -> Measured | None:
    """Measure the peers on what our theme gives to its compiler; nothing without Node."""
    home = _installed()
    if home is None:
        return None
    mjml, css = _source(project, issue)
    task = folder / "task.json"
    task.write_text(json.dumps({"mjml": mjml, "css": css, "rounds": ROUNDS}), encoding="utf-8")
    script = home / "render.mjs"
    script.write_text(_SCRIPT, encoding="utf-8")
    done = subprocess.run(["node", script, task], capture_output=True, check=True, cwd=home)
    found = json.loads(done.stdout)
    return Measured(ms=found["ms"], size_bytes=found["bytes"])


def _installed() -> Path | None:
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = cache / "handbill-bench" / "-".join(PACKAGES).replace("@", "-")
    if not (home / "node_modules" / "juice").is_dir():
        home.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(home)]
        subprocess.run([*command, *PACKAGES], check=True, stdout=subprocess.DEVNULL)
    return home


def _source(project: Project, issue: Issue) -> tuple[str, str]:
    """Return the MJML that the theme makes of *issue*, the article in it, and the style sheet for that."""
    theme, stash = project.theme, PlaceholderStash("benchmark")
    inline = InlineHtmlWriter(
        blocks=issue.article.blocks,
        notes=issue.article.notes,
        stash=stash,
        translations=load_translations(issue.language),
        images={},
        has_fields=False,
    )
    email = EmailContextBuilder(
        issue, ArticleHtmlWriter(inline), lead_image_px=theme.tokens.lead_image_px
    ).build()
    return stash.restore_html(theme.render_mjml(email)), theme.render_css(email)
