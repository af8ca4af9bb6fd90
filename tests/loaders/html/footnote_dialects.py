"""Write a small article with notes as each of many programs writes them."""

# ruff: noqa: E501 - the markup is as the programs write it
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

#: A text, or the index of the note to which a reference follows.
Piece = str | int


@dataclass(frozen=True, kw_only=True)
class Draft:
    """
    An article as its author wrote it.

    Args:
        paragraphs: Texts and, as numbers from 0, references to notes.
        notes: The paragraphs of each note.
    """

    title: str
    paragraphs: tuple[tuple[Piece, ...], ...]
    notes: tuple[tuple[str, ...], ...]


#: Writes a marker for a note, counted from 0, with the count of earlier references to it.
Marker = Callable[[int, int], str]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """
    How one program writes notes.

    Args:
        has_repeats: Whether it can refer to a note twice.
        has_paragraphs: Whether a note can have several paragraphs.
        has_unreferenced: Whether a note without references can be among the others.
        has_labels: Whether a note has a number; else its label is "".
    """

    name: str
    write: Callable[[Draft], str]
    has_repeats: bool = True
    has_paragraphs: bool = True
    has_unreferenced: bool = True
    has_labels: bool = True


def page(draft: Draft, body: str) -> str:
    """Return a complete page: title, text and the boilerplate of a site."""
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>{draft.title} | The Lantern</title></head><body>"
        "<nav><a href='/'>Home</a> <a href='/all'>Archive</a></nav>"
        f"<main><article><h1>{draft.title}</h1>{body}</article></main>"
        "<footer>Printed at the harbour</footer></body></html>"
    )


def text(draft: Draft, marker: Marker) -> str:
    """Return the paragraphs with a marker for each reference."""
    seen: dict[int, int] = {}
    written = []
    for paragraph in draft.paragraphs:
        pieces = []
        for piece in paragraph:
            if isinstance(piece, str):
                pieces.append(piece)
            else:
                pieces.append(marker(piece, seen.get(piece, 0)))
                seen[piece] = seen.get(piece, 0) + 1
        written.append(f"<p>{''.join(pieces)}</p>")
    return "\n".join(written)


def counts(draft: Draft) -> list[int]:
    """Return how many references each note has."""
    cited = [
        piece for paragraph in draft.paragraphs for piece in paragraph if isinstance(piece, int)
    ]
    return [cited.count(number) for number in range(len(draft.notes))]


def items(
    draft: Draft,
    open_item: Callable[[int], str],
    back: Callable[[int, int], str],
    close: str = "</li>",
) -> str:
    """Return the notes as list items, with a back link for each reference at the end of the last paragraph."""
    written = []
    for number, note in enumerate(draft.notes):
        backs = "".join(back(number, count) for count in range(max(counts(draft)[number], 1)))
        paragraphs = [f"<p>{p}</p>" for p in note[:-1]] + [f"<p>{note[-1]} {backs}</p>"]
        written.append(open_item(number) + "".join(paragraphs) + close)
    return "\n".join(written)


def _suffix(count: int, sign: str = ":") -> str:
    return f"{sign}{count}" if count else ""


def pandoc2(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f'<a href="#fn{n + 1}" class="footnote-ref" id="fnref{n + 1}{_suffix(c)}" role="doc-noteref"><sup>{n + 1}</sup></a>'
        ),
    )
    notes = items(
        draft,
        lambda n: f'<li id="fn{n + 1}" role="doc-endnote">',
        lambda n, c: (
            f'<a href="#fnref{n + 1}{_suffix(c)}" class="footnote-back" role="doc-backlink">↩︎</a>'
        ),
    )
    return page(
        draft,
        f'{body}<section class="footnotes footnotes-end-of-document" role="doc-endnotes"><hr /><ol>{notes}</ol></section>',
    )


def pandoc2_aside(draft: Draft) -> str:
    html = pandoc2(draft)
    return html.replace("<section class=", "<aside class=").replace("</section>", "</aside>")


def pandoc1(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f'<a href="#fn{n + 1}" class="footnoteRef" id="fnref{n + 1}"><sup>{n + 1}</sup></a>'
        ),
    )
    notes = items(
        draft, lambda n: f'<li id="fn{n + 1}">', lambda n, c: f'<a href="#fnref{n + 1}">↩</a>'
    )
    return page(draft, f'{body}<div class="footnotes"><hr /><ol>{notes}</ol></div>')


def markdown_it(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f'<sup class="footnote-ref"><a href="#fn{n + 1}" id="fnref{n + 1}{_suffix(c)}">[{n + 1}{_suffix(c)}]</a></sup>'
        ),
    )
    notes = items(
        draft,
        lambda n: f'<li id="fn{n + 1}" class="footnote-item">',
        lambda n, c: f' <a href="#fnref{n + 1}{_suffix(c)}" class="footnote-backref">↩︎</a>',
    )
    return page(
        draft,
        f'{body}<hr class="footnotes-sep"><section class="footnotes"><ol class="footnotes-list">{notes}</ol></section>',
    )


def markdown_extra(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f'<sup id="fnref{c + 1 if c else ""}:{n + 1}"><a class="footnote" href="#fn:{n + 1}" rel="footnote">{n + 1}</a></sup>'
        ),
    )
    notes = items(
        draft,
        lambda n: f'<li id="fn:{n + 1}">',
        lambda n, c: (
            f'&#160;<a class="reversefootnote" href="#fnref{c + 1 if c else ""}:{n + 1}">&#8617;&#xfe0e;{f"<sup>{c + 1}</sup>" if c else ""}</a>'
        ),
    )
    return page(draft, f'{body}<div class="footnotes"><hr /><ol>{notes}</ol></div>')


def github(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f'<sup><a href="#user-content-fn-{n + 1}" id="user-content-fnref-{n + 1}{_suffix(c, "-")}" data-footnote-ref aria-describedby="footnote-label">{n + 1}</a></sup>'
        ),
    )
    notes = items(
        draft,
        lambda n: f'<li id="user-content-fn-{n + 1}">',
        lambda n, c: (
            f'<a href="#user-content-fnref-{n + 1}{_suffix(c, "-")}" data-footnote-backref class="data-footnote-backref">↩{f"<sup>{c + 1}</sup>" if c else ""}</a>'
        ),
    )
    heading = '<h2 id="footnote-label" class="sr-only">Footnotes</h2>'
    return page(
        draft,
        f'{body}<section data-footnotes class="footnotes">{heading}<ol>{notes}</ol></section>',
    )


def _uuid(number: int) -> str:
    return f"d0addb56-9633-493d-ab5c-bd91da51fc{number:02d}"


def wordpress(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f'<sup data-fn="{_uuid(n)}" class="fn"><a id="{_uuid(n)}-link" href="#{_uuid(n)}">{n + 1}</a></sup>'
        ),
    )
    notes = items(
        draft,
        lambda n: f'<li id="{_uuid(n)}">',
        lambda n, c: f'<a href="#{_uuid(n)}-link" aria-label="Jump">↩︎</a>',
    )
    return page(draft, f'{body}<ol class="wp-block-footnotes">{notes}</ol>')


def wordpress_feed(draft: Draft) -> str:
    arrow = '<img src="https://pictures.example.org/21a9.png" alt="↩" class="wp-smiley" style="height: 1em" />︎'
    return wordpress(draft).replace("↩︎", arrow)


def footnotes_plugin(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f"<sup class='footnote'><a href='#fn-77-{n + 1}' id='fnref-77-{n + 1}' onclick='return show(77)'>{n + 1}</a></sup>"
        ),
    )
    notes = items(
        draft,
        lambda n: f"<li id='fn-77-{n + 1}'>",
        lambda n, c: (
            f"<span class='footnotereverse'><a href='#fnref-77-{n + 1}'>&#8617;</a></span>"
        ),
    )
    return page(
        draft,
        f"{body}<div class='footnotes' id='footnotes-77'><div class='footnotedivider'></div><ol>{notes}</ol></div>",
    )


def easy_footnotes(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f"<span id='easy-footnote-{n + 1}-12' class='easy-footnote-margin-adjust'></span><span class='easy-footnote'>"
            f"<a href='https://lantern.example.org/bell/#easy-footnote-bottom-{n + 1}-12' title='{draft.notes[n][0]}'><sup>{n + 1}</sup></a></span>"
        ),
    )
    notes = items(
        draft,
        lambda n: (
            f'<li class="easy-footnote-single"><span id="easy-footnote-bottom-{n + 1}-12" class="easy-footnote-margin-adjust"></span>'
        ),
        lambda n, c: f'<a class="easy-footnote-to-top" href="#easy-footnote-{n + 1}-12"></a>',
    )
    return page(
        draft,
        f'{body}<div class="easy-footnote-title"><h4>Notes</h4></div><ol class="easy-footnotes-wrapper">{notes}</ol>',
    )


def popup_plugin(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f'<a class="espn-footnote-link" href="#fn-{n + 1}" data-footnote-id="{n + 1}" data-footnote-content="&lt;p&gt;{draft.notes[n][0]}&lt;/p&gt;"><sup id="ss-{n + 1}">{n + 1}</sup></a>'
        ),
    )
    notes = items(
        draft, lambda n: f'<li id="fn-{n + 1}"><span>', lambda n, c: "", close="</span></li>"
    )
    return page(
        draft,
        f'{body}<div class="print-only"><h2>Footnotes</h2><div><ol class="footnotes">{notes}</ol></div></div>',
    )


def data_attribute(draft: Draft) -> str:
    """The note is only in an attribute of its marker."""
    body = text(
        draft,
        lambda n, c: (
            f'<a class="espn-footnote-link" href="#fn-{n + 1}" data-footnote-content="{"".join(f"&lt;p&gt;{p}&lt;/p&gt;" for p in draft.notes[n])}"><sup>{n + 1}</sup></a>'
        ),
    )
    return page(draft, body)


def substack(draft: Draft) -> str:
    url = "https://lantern.example.org/p/the-bell"
    body = text(
        draft,
        lambda n, c: (
            f'<a class="footnote-anchor" data-component-name="FootnoteAnchorToDOM" id="footnote-anchor-{n + 1}-158" href="{url}#footnote-{n + 1}-158" target="_self">{n + 1}</a>'
        ),
    )
    notes = "".join(
        f'<div class="footnote"><a id="footnote-{n + 1}-158" href="{url}#footnote-anchor-{n + 1}-158" class="footnote-number" contenteditable="false">{n + 1}</a>'
        f'<div class="footnote-content">{"".join(f"<p>{p}</p>" for p in note)}</div></div>'
        for n, note in enumerate(draft.notes)
    )
    return page(draft, body + notes)


def forum(draft: Draft) -> str:
    key = "a1b2c3d4e5f"
    body = text(
        draft,
        lambda n, c: (
            f'<span class="footnote-reference" role="doc-noteref" id="fnref{key}{n}"><sup><a href="#fn{key}{n}">[{n + 1}]</a></sup></span>'
        ),
    )
    notes = "".join(
        f'<li class="footnote-item" role="doc-endnote" id="fn{key}{n}"><span class="footnote-back-link"><sup><strong><a href="#fnref{key}{n}">^</a></strong></sup></span>'
        f'<div class="footnote-content">{"".join(f"<p>{p}</p>" for p in note)}</div></li>'
        for n, note in enumerate(draft.notes)
    )
    return page(
        draft, f'{body}<ol class="footnote-section footnotes" role="doc-endnotes">{notes}</ol>'
    )


def mediawiki(draft: Draft, jump: str = "^") -> str:
    def backs(number: int) -> str:
        count = counts(draft)[number]
        if count < 2:
            return f'<b><a href="#cite_ref-{number + 1}">{jump}</a></b>'
        return jump + "".join(
            f' <a href="#cite_ref-n_{number + 1}-{c}"><sup><i><b>{"abcdefgh"[c]}</b></i></sup></a>'
            for c in range(count)
        )

    body = text(
        draft,
        lambda n, c: (
            f'<sup id="cite_ref-{n + 1}{_suffix(c, "-")}" class="reference"><a href="#cite_note-{n + 1}">&#91;{n + 1}&#93;</a></sup>'
        ),
    )
    notes = "".join(
        f'<li id="cite_note-{n + 1}"><span class="mw-cite-backlink">{backs(n)}</span> <span class="reference-text">{" ".join(note)}</span></li>'
        for n, note in enumerate(draft.notes)
    )
    heading = '<h2><span class="mw-headline" id="References">References</span><span class="mw-editsection">[<a href="/edit">edit</a>]</span></h2>'
    return page(
        draft,
        f'{body}{heading}<div class="reflist"><ol class="references">{notes}</ol></div><h2>See also</h2><p>The other bell.</p>',
    )


def mediawiki_bare(draft: Draft) -> str:
    """Without the usual class names, and with numbers as back links."""
    html = (
        mediawiki(draft, "↑")
        .replace(' class="mw-cite-backlink"', "")
        .replace(' class="reference-text"', "")
    )
    return (
        html.replace("<i><b>a</b></i>", "1.0")
        .replace("<i><b>b</b></i>", "1.1")
        .replace("<i><b>c</b></i>", "1.2")
    )


def word(draft: Draft) -> str:
    span = '<span class=MsoFootnoteReference></span><span style="font-size:12.0pt">'
    body = text(
        draft,
        lambda n, c: (
            f'<a href="#_ftn{n + 1}" name="_ftnref{n + 1}" title="">{span}[{n + 1}]</span></a>'
        ),
    )
    notes = "".join(
        f'<div id=ftn{n + 1}><p class=MsoFootnoteText><a href="#_ftnref{n + 1}" name="_ftn{n + 1}" title="">{span}[{n + 1}]</span></a> {note[0]}</p>'
        + "".join(f"<p class=MsoFootnoteText>{p}</p>" for p in note[1:])
        + "</div>"
        for n, note in enumerate(draft.notes)
    )
    return page(
        draft,
        f'<div class=Section1>{body}</div><div><br clear=all/><hr align=left size=1 width="33%">{notes}</div>',
    )


def google_docs(draft: Draft) -> str:
    body = text(
        draft, lambda n, c: f'<sup><a href="#ftnt{n + 1}" id="ftnt_ref{n + 1}">[{n + 1}]</a></sup>'
    )
    notes = "".join(
        f'<div><p><a href="#ftnt_ref{n + 1}" id="ftnt{n + 1}">[{n + 1}]</a><span>&nbsp;{note[0]}</span></p>{"".join(f"<p>{p}</p>" for p in note[1:])}</div>'
        for n, note in enumerate(draft.notes)
    )
    return page(draft, f"{body}<hr>{notes}")


def google_docs_headed(draft: Draft) -> str:
    body = text(
        draft, lambda n, c: f'<sup id="ftnt_ref{n + 1}"><a href="#ftnt{n + 1}">[{n + 1}]</a></sup>'
    )
    notes = "".join(
        f'<div><p id="ftnt{n + 1}"><a href="#ftnt_ref{n + 1}">[{n + 1}]</a>&nbsp;{note[0]}</p></div>'
        for n, note in enumerate(draft.notes)
    )
    return page(draft, f"{body}<h3>Footnotes</h3>{notes}")


def libreoffice(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f'<a class="sdfootnoteanc" name="sdfootnote{n + 1}anc" href="#sdfootnote{n + 1}sym"><sup>{n + 1}</sup></a>'
        ),
    )
    notes = "".join(
        f'<p class="sdfootnote"><a class="sdfootnotesym" name="sdfootnote{n + 1}sym" href="#sdfootnote{n + 1}anc">{n + 1}</a>{note[0]}</p>'
        + "".join(f'<p class="sdfootnote">{p}</p>' for p in note[1:])
        for n, note in enumerate(draft.notes)
    )
    return page(draft, body + notes)


def libreoffice_divs(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f'<a class="sdfootnoteanc" name="sdfootnote{n + 1}anc" href="#sdfootnote{n + 1}sym"><sup>{n + 1}</sup></a>'
        ),
    )
    notes = "".join(
        f'<div id="sdfootnote{n + 1}"><p class="sdfootnote-western"><a class="sdfootnotesym" name="sdfootnote{n + 1}sym" href="#sdfootnote{n + 1}anc">{n + 1}</a>{note[0]}</p>'
        + "".join(f"<p>{p}</p>" for p in note[1:])
        + "</div>"
        for n, note in enumerate(draft.notes)
    )
    return page(draft, body + notes)


def mammoth(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f'<sup><a href="#footnote-{n + 1}" id="footnote-ref-{n + 1}">[{n + 1}]</a></sup>'
        ),
    )
    notes = items(
        draft,
        lambda n: f'<li id="footnote-{n + 1}">',
        lambda n, c: f' <a href="#footnote-ref-{n + 1}">↑</a>',
    )
    return page(draft, f"{body}<ol>{notes}</ol>")


def docutils_dl(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f' <a class="footnote-reference brackets" href="#id{n + 50}" id="id{n + 1}">{n + 1}</a>'
        ),
    )
    notes = "".join(
        f'<dt class="label" id="id{n + 50}"><span class="brackets"><a class="fn-backref" href="#id{n + 1}">{n + 1}</a></span></dt><dd>{"".join(f"<p>{p}</p>" for p in note)}</dd>'
        for n, note in enumerate(draft.notes)
    )
    return page(
        draft, f'{body}<p class="rubric">Footnotes</p><dl class="footnote brackets">{notes}</dl>'
    )


def docutils_aside(draft: Draft) -> str:
    def bracket(label: str) -> str:
        return f'<span class="fn-bracket">[</span>{label}<span class="fn-bracket">]</span>'

    body = text(
        draft,
        lambda n, c: (
            f' <a class="footnote-reference brackets" href="#id{n + 50}" id="id{n + 1}" role="doc-noteref">{bracket(str(n + 1))}</a>'
        ),
    )
    notes = "".join(
        f'<aside class="footnote brackets" id="id{n + 50}" role="doc-footnote"><span class="label"><span class="fn-bracket">[</span>'
        f'<a role="doc-backlink" href="#id{n + 1}">{n + 1}</a><span class="fn-bracket">]</span></span>{"".join(f"<p>{p}</p>" for p in note)}</aside>'
        for n, note in enumerate(draft.notes)
    )
    return page(draft, f'{body}<aside class="footnote-list brackets">{notes}</aside>')


def docutils_table(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f' <a class="footnote-reference" href="#id{n + 50}" id="id{n + 1}">[{n + 1}]</a>'
        ),
    )
    notes = "".join(
        f'<table class="docutils footnote" frame="void" id="id{n + 50}" rules="none"><colgroup><col class="label" /><col /></colgroup><tbody valign="top">'
        f'<tr><td class="label"><a class="fn-backref" href="#id{n + 1}">[{n + 1}]</a></td><td>{"".join(f"<p>{p}</p>" for p in note)}</td></tr></tbody></table>'
        for n, note in enumerate(draft.notes)
    )
    return page(draft, f'{body}<p class="rubric">Footnotes</p>{notes}')


def org(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f'<sup><a id="fnr.{n + 1}{_suffix(c, ".")}" class="footref" href="#fn.{n + 1}" role="doc-backlink">{n + 1}</a></sup>'
        ),
    )
    notes = "".join(
        f'<div class="footdef"><sup><a id="fn.{n + 1}" class="footnum" href="#fnr.{n + 1}" role="doc-backlink">{n + 1}</a></sup> '
        f'<div class="footpara" role="doc-footnote">{"".join(f"""<p class="footpara">{p}</p>""" for p in note)}</div></div>'
        for n, note in enumerate(draft.notes)
    )
    return page(
        draft,
        f'{body}<div id="footnotes"><h2 class="footnotes">Footnotes: </h2><div id="text-footnotes">{notes}</div></div>',
    )


def texinfo(draft: Draft) -> str:
    body = text(
        draft, lambda n, c: f'<a id="DOCF{n + 1}" href="#FOOT{n + 1}"><sup>{n + 1}</sup></a>'
    )
    notes = "".join(
        f'<h5 class="footnote-body-heading"><a id="FOOT{n + 1}" href="#DOCF{n + 1}">({n + 1})</a></h5>{"".join(f"<p>{p}</p>" for p in note)}'
        for n, note in enumerate(draft.notes)
    )
    return page(
        draft,
        f'{body}<div class="footnote"><hr><h4 class="footnotes-heading">Footnotes</h4>{notes}</div>',
    )


def asciidoctor(draft: Draft) -> str:
    body = text(
        draft,
        lambda n, c: (
            f'<sup class="footnote{"ref" if c else ""}">[<a{"" if c else f""" id="_footnoteref_{n + 1}" """} class="footnote" href="#_footnotedef_{n + 1}" title="View footnote.">{n + 1}</a>]</sup>'
        ),
    )
    notes = "".join(
        f'<div class="footnote" id="_footnotedef_{n + 1}"><a href="#_footnoteref_{n + 1}">{n + 1}</a>. {" ".join(note)}</div>'
        for n, note in enumerate(draft.notes)
    )
    return page(draft, f'{body}<div id="footnotes"><hr>{notes}</div>')


def epub(draft: Draft) -> str:
    """Back links with ids that do not exist."""
    body = text(
        draft,
        lambda n, c: (
            f'<a href="#note-{n + 1}" id="noteref-{n + 1}{_suffix(c, "-")}" epub:type="noteref">{n + 1}</a>'
        ),
    )
    notes = items(
        draft,
        lambda n: f'<li id="note-{n + 1}" epub:type="endnote">',
        lambda n, c: f'<a href="chapter-1.xhtml#noteref-9{n}" epub:type="backlink">↩</a>',
    )
    return page(
        draft,
        f'{body}<section id="endnotes" epub:type="endnotes"><h2 epub:type="title">Endnotes</h2><ol>{notes}</ol></section>',
    )


def latexml(draft: Draft) -> str:
    def marker(number: int, count: int) -> str:
        label = number + 1
        mark = f'<sup class="ltx_note_mark">{label}</sup>'
        tag = f'<span class="ltx_tag ltx_tag_note">{label}</span>'
        if count:
            inner = f'{mark}<span class="ltx_note_type">footnotemark: </span>{tag}'
            role = "footnotemark"
        else:
            inner, role = f"{mark}{tag}{' '.join(draft.notes[number])}", "footnote"
        return (
            f'<span id="footnote{label}x{count}" class="ltx_note ltx_role_{role}">{mark}<span class="ltx_note_outer">'
            f'<span class="ltx_note_content">{inner}</span></span></span>'
        )

    return page(draft, text(draft, marker))


def tufte(draft: Draft) -> str:
    return page(
        draft,
        text(
            draft,
            lambda n, c: (
                f'<label for="sn-{n}" class="margin-toggle sidenote-number"></label><input type="checkbox" id="sn-{n}" class="margin-toggle"/><span class="sidenote">{" ".join(draft.notes[n])}</span>'
            ),
        ),
    )


def margin_notes(draft: Draft) -> str:
    return page(
        draft,
        text(
            draft,
            lambda n, c: (
                f'<label for="mn-{n}" class="margin-toggle">&#8853;</label><input type="checkbox" id="mn-{n}" class="margin-toggle"/><span class="marginnote">{" ".join(draft.notes[n])}</span>'
            ),
        ),
    )


def raised_numbers(draft: Draft) -> str:
    """No links: superscript numbers, and a numbered list under a heading."""
    body = text(draft, lambda n, c: f"<sup>{n + 1}</sup>")
    notes = "".join(f"<li>{''.join(f'<p>{p}</p>' for p in note)}</li>" for note in draft.notes)
    return page(draft, f"{body}<h2>Notes</h2><ol>{notes}</ol>")


def raised_after_rule(draft: Draft) -> str:
    """No links: paragraphs with superscript numbers after a rule."""
    body = text(draft, lambda n, c: f"<sup>{n + 1}</sup>")
    notes = "".join(
        f"<p><sup>{n + 1}</sup> {' '.join(note)}</p>" for n, note in enumerate(draft.notes)
    )
    return page(draft, f"{body}<hr>{notes}")


def line_broken(draft: Draft) -> str:
    """Old pages: all notes in one paragraph, separated by line breaks."""
    body = text(
        draft, lambda n, c: f'<a name="ref{n + 1}"></a><sup><a href="#fn{n + 1}">{n + 1}</a></sup>'
    )
    notes = "<br>".join(
        f'<a name="fn{n + 1}"></a><a href="#ref{n + 1}">[{n + 1}]</a> {" ".join(note)}'
        for n, note in enumerate(draft.notes)
    )
    return page(draft, f"{body}<hr><p>{notes}</p>")


_SINGLE = {"has_paragraphs": False}
DIALECTS = (
    Dialect(name="pandoc2", write=pandoc2),
    Dialect(name="pandoc2-aside", write=pandoc2_aside),
    Dialect(name="pandoc1", write=pandoc1),
    Dialect(name="markdown-it", write=markdown_it),
    Dialect(name="markdown-extra", write=markdown_extra),
    Dialect(name="github", write=github),
    Dialect(name="wordpress", write=wordpress),
    Dialect(name="wordpress-feed", write=wordpress_feed),
    Dialect(name="footnotes-plugin", write=footnotes_plugin),
    Dialect(name="easy-footnotes", write=easy_footnotes),
    Dialect(name="popup-plugin", write=popup_plugin),
    Dialect(name="data-attribute", write=data_attribute, has_repeats=False, has_unreferenced=False),
    Dialect(name="substack", write=substack),
    Dialect(name="forum", write=forum),
    Dialect(name="mediawiki", write=mediawiki, **_SINGLE),
    Dialect(name="mediawiki-bare", write=mediawiki_bare, **_SINGLE),
    Dialect(name="word", write=word),
    Dialect(name="google-docs", write=google_docs),
    Dialect(name="google-docs-headed", write=google_docs_headed, **_SINGLE),
    Dialect(name="libreoffice", write=libreoffice),
    Dialect(name="libreoffice-divs", write=libreoffice_divs),
    Dialect(name="mammoth", write=mammoth),
    Dialect(name="docutils-dl", write=docutils_dl),
    Dialect(name="docutils-aside", write=docutils_aside),
    Dialect(name="docutils-table", write=docutils_table),
    Dialect(name="org", write=org),
    Dialect(name="texinfo", write=texinfo),
    Dialect(name="asciidoctor", write=asciidoctor, **_SINGLE),
    Dialect(name="epub", write=epub),
    Dialect(name="latexml", write=latexml, has_paragraphs=False, has_unreferenced=False),
    Dialect(
        name="tufte",
        write=tufte,
        has_repeats=False,
        has_paragraphs=False,
        has_unreferenced=False,
        has_labels=False,
    ),
    Dialect(
        name="margin-notes",
        write=margin_notes,
        has_repeats=False,
        has_paragraphs=False,
        has_unreferenced=False,
        has_labels=False,
    ),
    Dialect(name="raised-numbers", write=raised_numbers, has_unreferenced=False),
    Dialect(
        name="raised-after-rule",
        write=raised_after_rule,
        has_paragraphs=False,
        has_unreferenced=False,
    ),
    Dialect(name="line-broken", write=line_broken, **_SINGLE),
)
