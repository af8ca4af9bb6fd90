"""What a loader's warning means for readers, and what to do."""

from __future__ import annotations

_HINTS = {
    "appeal.foreign-link": "Readers would give there. Check that gifts reach you before you send.",
    "appeal.gap": "Readers see a sentence with a hole, probably where a link was. Complete it.",
    "appeal.replaced": "Readers see only one of the two. Remove the other, or choose with [appeal] source.",
    "appeal.truncated": "Readers see the end of the appeal as “…”. Copy it again, to its end.",
    "byline.from-properties": "Readers see this name as the author. Write the author below the title, or in the "
    "front matter.",
    "date.unreadable": "Readers see no date. Write it like 2026-11-30.",
    "embed.script-only": "Readers do not see it, because emails run no scripts. Link to it.",
    "feed.dated-ahead": "Readers may get another entry than you expect. Choose one with --entry.",
    "feed.teaser": "Readers see only the beginning. Put the whole text into the feed, or load the page itself.",
    "feed.teaser-followed": "Readers see the text of the page. Check that it is the whole article and nothing else.",
    "feed.undated": "Readers may get another entry than the newest. Choose one with --entry, or date the entries.",
    "image.missing": "Readers see neither the image nor its caption. Add its file, or remove the caption.",
    "language.corrected": "Hyphenation, screen readers and the texts around the article follow the language. If it is "
    "wrong, set language in the front matter.",
    "language.unreadable": "Screen readers may read the text in another language. Write a tag such as en or pt-BR.",
    "load.unplaced": "Readers see these words as a last paragraph. Move them to their place, or remove them.",
    "markdown.citation": "Readers see the key as it is written. Write the source as a note.",
    "markdown.edits": "Readers see the text as if every change were accepted. Check that this is the final version.",
    "markdown.embed": "Readers do not see the other file. Copy its text to this place.",
    "markdown.emoji": "Readers see the name between colons. Write the character itself.",
    "markdown.table": "Readers see the lines it is drawn with. Write it with | between the cells.",
    "markdown.task": "Readers see the mark in brackets. Write an empty box, [ ], or a ticked one, [x].",
    "markdown.template": "Readers miss what the tag would have shown. Write that text or link in its place.",
    "markdown.unknown-tag": "Readers see the text without what the tag would have shown. Write that text instead.",
    "markdown.wiki-link": "Readers see text without a link. Write [text](https://…).",
    "note.missing": "Readers see a mark that leads to no note. Write the note, or remove the mark.",
    "note.uncertain": "Readers may find a note at the wrong place. Check that each mark leads to its note.",
    "note.unreferenced": "Readers find it after the other notes. Add its mark to the text, or remove the note.",
    "source.encoding": "Readers may see wrong characters where the guess is wrong. Save the file as UTF-8.",
    "source.formula": "Readers see the TeX code. Write the formula in words or symbols, or as a picture.",
    "source.guessed": "Readers see it as it was guessed. Look at it in the preview, and correct it in the source.",
    "source.markdown": "Readers see the marks. Load the file as Markdown, or remove them.",
    "word.comments": "Readers do not see them. Check that none of them is still to be answered.",
    "word.deletions": "Readers see the text without them. In Word, accept or reject all changes under Review.",
    "word.formulas": "Readers see them on one line of text. Check that they read well, or insert them as pictures.",
    "word.graphics": "Readers do not see them. In Word, copy each one and paste it as a picture.",
    "word.hidden": "Readers do not see it. If they should, select it in Word and clear Font, Hidden.",
    "word.inserted-file": "Readers do not see its text. Save the document again in Word, which puts it into the text.",
    "word.list-numbers": "Readers see 1, 2, 3. Check what the text says about these items.",
    "word.not-converted": "Readers do not see them. In Word, move them out of text boxes into the text.",
    "word.symbols": "Readers see nothing in their place. Put a character or a picture there.",
}
_OTHERS = (
    "Readers see that place as the loader understood it. Correct it if it is not as you want it."
)


def get_warning_hint(code: str) -> str:
    """Return what the warning *code* of a loader means for readers, and what to do."""
    return _HINTS.get(code, _OTHERS)
