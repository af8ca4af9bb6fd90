"""
Generate web pages as they look when somebody pastes them into a text file, with the article that is in them.

    page = make_page(17)
    page.text, page.expected

What surrounds the article (menus, buttons, boxes, related articles) comes from `pasted_vocabulary`, in any order, on
one line or on many, with and without blank lines. *expected* is an outline as `tests.loaders.text.outlines` writes it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from tests.loaders.text.pasted_vocabulary import LANGUAGES, list_phrases

#: Seeds that rules may be tuned on, and seeds that show how well they do.
TRAINING = range(0, 2_000)
HELD_OUT = range(60_000, 60_300)

#: In words. Browsers put a blank line around a title, and a reader tells "Low water" from a menu by that alone. Where a
#: page was pasted without blank lines, such a title below a menu cannot be told from its last entry.
_MIN_TITLE_WITHOUT_GAPS = 4

MARKERS = (
    ("[{}]", "[{}] "),
    (" [{}]", "{}. "),
    ("{}", "{}. "),
    ("{}", "{} "),
    ("({})", "({}) "),
    ("¹", "¹ "),
    ("¹", "1. "),
    ("*", "* "),
    ("[a]", "[a] "),
)
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SYMBOLS = "*†‡§"


@dataclass(frozen=True, kw_only=True)
class Page:
    """A pasted page, the outline of the article in it, and lines that it may have besides."""

    seed: int
    language: str
    text: str
    expected: list[str]
    optional: list[str]


@dataclass
class _Writer:
    """Writes the lines of one page, as blocks of lines that stand together."""

    seed: int
    language: str
    rng: random.Random
    expected: list[str] = field(default_factory=list)
    optional: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    blocks: list[list[str]] = field(default_factory=list)
    gap: str = "\n\n"

    def pick(self, name: str) -> str:
        return self.rng.choice(self.phrases(name))

    def several(self, name: str, low: int, high: int) -> list[str]:
        phrases = self.phrases(name)
        return self.rng.sample(phrases, min(len(phrases), self.rng.randint(low, high)))

    def phrases(self, name: str) -> list[str]:
        with_held_out = self.seed >= HELD_OUT.start
        return list_phrases(LANGUAGES[self.language], name, with_held_out=with_held_out)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def add(self, *lines: str) -> None:
        self.blocks.append(list(lines))

    def add_menu(self, lines: list[str]) -> None:
        """Add the lines of a menu: on one line, or on many, with or without blank lines between them."""
        layout = self.rng.choice(["lines", "lines", "lines", "spaced", "bar", "spaces", "bullets"])
        if layout == "lines":
            self.add(*lines)
        elif layout == "spaced":
            for line in lines:
                self.add(line)
        elif layout == "bar":
            self.add(self.rng.choice([" | ", " · ", " / ", "|"]).join(lines))
        elif layout == "spaces":
            self.add(self.rng.choice([" ", "  ", "\t", " \xa0 "]).join(lines))
        else:
            bullet = self.rng.choice("•*-")
            self.add(*(f"{bullet} {line}" for line in lines))


def make_page(seed: int) -> Page:
    """Return the page of *seed*."""
    rng = random.Random(seed)
    writer = _Writer(seed, rng.choice(list(LANGUAGES)), rng)
    title = writer.pick("titles")
    writer.gap = rng.choice(["\n\n"] * 6 + ["\n\n\n", "\n", "\n \n", "\n\xa0\n"])
    if writer.gap == "\n" and len(title.split()) < _MIN_TITLE_WITHOUT_GAPS:
        longer = [
            one for one in writer.phrases("titles") if len(one.split()) >= _MIN_TITLE_WITHOUT_GAPS
        ]
        title = rng.choice(longer)
    _write_top(writer, title)
    _write_header(writer, title)
    _write_body(writer, title)
    _write_bottom(writer, title)
    return Page(
        seed=seed,
        language=writer.language,
        text=_join_blocks(writer),
        expected=writer.expected,
        optional=writer.optional,
    )


def _write_top(w: _Writer, title: str) -> None:
    """Write what stands above the title, in any order."""
    parts: list[Callable[[], None]] = []
    if w.chance(0.6):
        parts.append(lambda: w.add(w.pick("skip")))
    if w.chance(0.4):
        parts.append(lambda: w.add(w.pick("cookies"), *w.several("consent", 1, 3)))
    if w.chance(0.7):
        parts.append(lambda: w.add_menu(w.several("menu", 3, 12)))
    if w.chance(0.5):
        parts.append(lambda: w.add_menu(w.several("account", 1, 4)))
    if w.chance(0.25):
        parts.append(lambda: w.add(w.pick("banner")))
    w.rng.shuffle(parts)
    for part in parts:
        part()
    home = {"en": "Home", "de": "Startseite", "fr": "Accueil", "es": "Inicio", "it": "Home"}
    if parts and w.chance(0.35):
        crumbs = [home.get(w.language, "Início"), w.pick("menu")]
        crumbs += [title] if w.chance(0.4) else []
        w.add(w.rng.choice([" > ", " › ", " / ", " » "]).join(crumbs))
    if parts and w.chance(0.3):
        kicker = w.pick("kicker")
        w.optional.append(f"subtitle: {kicker}")
        w.add(kicker)


def _write_header(w: _Writer, title: str) -> None:
    """Write title, subtitle, byline, date, buttons and the first figure."""
    w.expected.append(f"title: {title}")
    w.add(title)
    day = date(2024, w.rng.randint(1, 12), w.rng.randint(13, 28))
    has_byline, has_date = w.chance(0.8), w.chance(0.8)
    if (has_byline or has_date) and w.chance(0.5):
        subtitle = w.pick("subtitles")
        w.expected.append(f"subtitle: {subtitle}")
        w.add(subtitle)
    lines = []
    name = w.pick("names")
    form = w.pick("byline")
    dated = _format_date(w, day)
    if has_byline and not has_date and form == "{}":
        form = w.phrases("byline")[0]
    if has_byline:
        w.expected.append(f"byline: {name}")
        lines.append(form.format(name))
    if has_date:
        w.expected.append(f"published: {day.isoformat()}")
        lines.append(dated)
    if len(lines) == 2 and w.chance(0.3):
        lines = [w.rng.choice([" | ", " · ", " – ", ", ", " • "]).join(lines)]
    elif len(lines) == 2 and form != "{}" and w.chance(0.2):
        lines.reverse()
    if w.chance(0.4):
        lines.append(w.pick("reading_time"))
    if lines and w.chance(0.3):
        for line in lines:
            w.add(line)
    elif lines:
        w.add(*lines)
    buttons: list[Callable[[], None]] = []
    if w.chance(0.5):
        buttons.append(lambda: w.add_menu(w.several("share", 1, 5)))
    if w.chance(0.25):
        buttons.append(lambda: w.add(w.pick("listen")))
    if w.chance(0.1):
        buttons.append(lambda: w.add(w.pick("comments")))
    w.rng.shuffle(buttons)
    for button in buttons:
        button()
    if w.chance(0.35):
        _write_figure(w)


def _format_date(w: _Writer, day: date) -> str:
    month = w.phrases("months")[day.month - 1]
    values = {"d": day.day, "m": month, "y": day.year, "n": day.month, "iso": day.isoformat()}
    return w.pick("date").format(**values)


def _write_figure(w: _Writer) -> None:
    caption, credit, name = w.pick("captions"), w.pick("credit"), w.pick("names")
    text = credit.format(name)
    shown = name
    for agency in ("AP", "dpa", "Getty Images"):
        shown = f"{name}/{agency}" if f"/{agency}" in credit else shown
    for agency in ("AFP", "EFE", "ANSA", "Lusa"):
        shown = f"{name} / {agency}" if f" / {agency}" in credit else shown
    layout = w.rng.choice(["inline", "below", "alt"])
    alt = ""
    if layout == "below":
        w.add(f"{caption}.", text.strip("()"))
    elif layout == "alt":
        alt = caption
        w.add(caption, f"{caption}. {text}")
    else:
        w.add(f"{caption}. {text}")
    w.expected.append(f"figure {caption}. | alt {alt} | credit {shown}")


def _write_body(w: _Writer, title: str) -> None:
    """Write the article's blocks, its notes, and what stands between them."""
    w.sentences = w.phrases("sentences")[:]
    w.rng.shuffle(w.sentences)
    spare = w.sentences[-2:]
    marker, label = w.rng.choice(MARKERS)
    note_count = w.rng.choice([0, 0, 1, 2, 3, 4])
    headings = w.several("headings", 2, 3)
    cited = 0
    count = w.rng.randint(3, (len(w.sentences) - 2) // 2)
    extras = w.rng.sample(["heading", "list", "quote", "figure", "advert", "also", "box"], 3)
    for i in range(count):
        paragraph = w.sentences[2 * i : 2 * i + 2]
        if cited < note_count and (i > 0 or w.chance(0.5)):
            cited += 1
            shown, kept = f"{paragraph[0]}{_mark(marker, cited)}", f"{paragraph[0]}⟦{cited}⟧"
        else:
            shown = kept = paragraph[0]
        w.add(f"{shown} {paragraph[1]}")
        w.expected.append(f"p {kept} {paragraph[1]}")
        if 0 < i < count - 1 and extras and w.chance(0.7):
            _write_extra(w, extras.pop(), headings, spare)
    notes = w.phrases("notes")[:]
    w.rng.shuffle(notes)
    if cited and w.chance(0.7) and "*" not in marker:
        w.add(w.pick("notes_heading"))
    back = w.rng.choice(["", "", " ↩"])
    for number in range(1, cited + 1):
        lead = _mark(label, number) if "1" not in label else label.replace("1", str(number))
        w.add(f"{lead}{notes[number % len(notes)]}{back}")
    for number in range(1, cited + 1):
        name = (
            _mark(marker.strip(), number)
            .strip("[]() ")
            .translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789"))
        )
        w.expected.append(f"note {number} ({name})")
        note = re.sub(r"https://[^\s)]*[^\s).]", r"<a>\g<0></a>", notes[number % len(notes)])
        w.expected.append(f"  p {note}")


def _mark(form: str, number: int) -> str:
    """Return the marker or the label of a note."""
    form = form.replace("*", _SYMBOLS[number - 1]).replace("[a]", f"[{'abcd'[number - 1]}]")
    return form.replace("¹", str(number).translate(_RAISED)).format(number)


def _write_extra(w: _Writer, kind: str, headings: list[str], spare: list[str]) -> None:
    match kind:
        case "heading":
            w.add(headings.pop())
            w.expected.append(f"h2 {w.blocks[-1][0]}")
            text = " ".join(spare)
            w.add(text)
            w.expected.append(f"p {text}")
        case "list":
            intro, items = w.pick("list_intro"), w.several("list_items", 2, 4)
            w.add(intro)
            bullet = w.rng.choice(["• ", "- ", "* "])
            w.add(*(bullet + item for item in items))
            w.expected += [f"p {intro}", "ul", *(f"  p {item}" for item in items)]
        case "quote":
            quote = w.pick("quotes")
            w.add(quote)
            w.expected.append(f"p {quote}")
        case "figure":
            _write_figure(w)
        case "advert":
            w.add(w.pick("advertisement"))
        case "also":
            w.add(w.pick("read_also").format(w.pick("titles")))
        case "box":
            w.add(w.pick("newsletter"))
            w.add(w.pick("newsletter_text"))
            w.add(w.pick("newsletter_button"))


def _write_bottom(w: _Writer, title: str) -> None:
    """Write what follows the article, in any order; an appeal belongs to it."""
    parts: list[Callable[[], None]] = []
    if w.chance(0.3):
        heading, text = w.pick("donate"), w.pick("donate_text")
        w.add(heading)
        w.add(text)
        w.expected += ["appeal", f"  h2 {heading}", f"  p {text}"]
    if w.chance(0.4):
        parts.append(lambda: w.add(w.pick("tags")))
    if w.chance(0.4):
        parts.append(lambda: w.add_menu(w.several("share", 2, 5)))
    if w.chance(0.6):
        parts.append(lambda: _write_related(w, title))
    if w.chance(0.4):
        parts.append(lambda: w.add(w.pick("comments"), *w.several("comment_lines", 0, 3)))
    if w.chance(0.3):
        parts.append(
            lambda: w.add(
                w.pick("newsletter"),
                w.pick("newsletter_text"),
                *w.several("newsletter_button", 1, 2),
            )
        )
    w.rng.shuffle(parts)
    for part in parts:
        part()
    if w.chance(0.8):
        w.add_menu(w.several("footer", 3, 10))
    if w.chance(0.7):
        w.add(w.pick("copyright"))


def _write_related(w: _Writer, title: str) -> None:
    heading = w.pick("related")
    titles = [other for other in w.several("titles", 2, 4) if other != title]
    lines = []
    for other in titles:
        lines.append(other)
        if w.chance(0.2):
            lines.append(w.pick("names"))
    w.add(heading)
    if w.chance(0.5):
        w.add(*lines)
    else:
        for line in lines:
            w.add(line)


def _join_blocks(w: _Writer) -> str:
    """Join the lines with one of several spacings, line ends and paddings."""
    indent = w.rng.choice([""] * 6 + ["\t", "\xa0", "  "])
    lines = ["\n".join(indent + line for line in block) for block in w.blocks]
    text = "".join(line + w.gap for line in lines)
    if w.chance(0.2):
        text = text.replace("\n", "\r\n")
    if w.chance(0.2):
        text = re.sub(r"(?<=[a-zé])\. (?=[A-Z])", ".\xa0 ", text)
    return w.rng.choice(["", "", "\n\n"]) + text
