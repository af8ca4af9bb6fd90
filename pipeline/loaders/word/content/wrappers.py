"""Open what mammoth does not know: alternatives for other versions, shapes, wrappers of runs, ruby text."""

from __future__ import annotations

from pipeline.loaders.word.elements import (
    MC,
    Element,
    V,
    W,
    copy_properties,
    get_text,
    make_run,
    remove,
    replace_by,
)

_WRAPPERS = tuple(W + name for name in ("dir", "bdo", "smartTag", "customXml"))
_WPS_TEXT = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}txbx"
_CHECKBOX = "{http://schemas.microsoft.com/office/word/2010/wordml}checkbox"


def open_wrappers(part: Element) -> None:
    """Keep one of several alternatives, and the content of wrappers."""
    for alternatives in list(part.iter(f"{MC}AlternateContent")):
        fallback = alternatives.find(f"{MC}Fallback")
        choice = alternatives.find(f"{MC}Choice")
        is_empty = fallback is None or len(fallback) == 0
        chosen = choice if is_empty else fallback
        replace_by(alternatives, [] if chosen is None else list(chosen))
    for box in list(part.iter(_WPS_TEXT)):
        drawing = next(box.iterancestors(f"{W}drawing"), None)
        content = box.find(f"{W}txbxContent")
        if drawing is None or content is None:
            continue
        picture = drawing.makeelement(f"{W}pict")
        shape = picture.makeelement(f"{V}shape")
        text_box = picture.makeelement(f"{V}textbox")
        picture.append(shape)
        shape.append(text_box)
        text_box.append(content)
        drawing.addnext(picture)
    for wrapper in reversed(list(part.iter(*_WRAPPERS))):
        replace_by(wrapper, [child for child in wrapper if not str(child.tag).endswith("Pr")])
    for checkbox in list(part.iter(_CHECKBOX)):  # its character stays
        remove(checkbox)


def write_ruby(part: Element) -> None:
    """Write ruby text in brackets after its base."""
    for ruby in reversed(list(part.iter(f"{W}ruby"))):
        run = ruby.getparent()
        base, above = ruby.find(f"{W}rubyBase"), ruby.find(f"{W}rt")
        runs = [] if base is None else list(base)
        if above is not None and get_text(above):
            runs.append(make_run(f"({get_text(above)})"))
        if run.tag != f"{W}r":
            replace_by(ruby, runs)
            continue
        position = run.index(ruby)
        after = run.makeelement(f"{W}r")
        copy_properties(run, after)
        after.extend(list(run)[position + 1 :])
        remove(ruby)
        replace_by(run, [run, *runs, after])
