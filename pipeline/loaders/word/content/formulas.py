"""Write Word's formulas (OMML, ECMA-376 part 1 §22.1) on one line: a²+b=7, (a+b)/2, √(x), ∑_(i=1)^n."""

from __future__ import annotations

from pipeline.loaders.word.elements import Element, M, W, make_run, replace_by

_RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−=()aeoxhklmnpstij", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼ")
#: Accents, as the characters that combine with what they are put over.
_ACCENTS = {
    "^": "\u0302",
    "~": "\u0303",
    "¯": "\u0304",
    "→": "\u20d7",
    "˙": "\u0307",
    "¨": "\u0308",
}


def write_formulas(part: Element) -> int:
    """Replace each formula in *part* by a run with its text, and return how many have more than one line."""
    layouts = 0
    for group in list(part.iter(f"{M}oMathPara")):
        formulas = list(group.iterchildren(f"{M}oMath"))
        in_paragraph = next(group.iterancestors(f"{W}p"), None) is not None
        layouts += sum(map(_has_layout, formulas))
        runs = [make_run(_join(formulas, "; "))]
        replace_by(group, runs if in_paragraph else [_wrap(runs)])
    for formula in list(part.iter(f"{M}oMath")):
        layouts += _has_layout(formula)
        run = make_run(_write(formula))
        in_paragraph = next(formula.iterancestors(f"{W}p"), None) is not None
        replace_by(formula, [run if in_paragraph else _wrap([run])])
    return layouts


def _wrap(runs: list[Element]) -> Element:
    paragraph = runs[0].makeelement(f"{W}p")
    paragraph.extend(runs)
    return paragraph


def _has_layout(formula: Element) -> bool:
    names = ("f", "rad", "nary", "m", "eqArr", "limLow", "limUpp", "sSub", "sSup", "sSubSup")
    return next(formula.iter(*(M + name for name in names)), None) is not None


def _join(elements: list[Element], separator: str) -> str:
    return separator.join(filter(None, map(_write, elements)))


def _write(element: Element | None) -> str:
    """Return the text of *element*; what is not known is the text of its children."""
    if element is None:
        return ""
    name = str(element.tag).removeprefix(M)
    match name:
        case "t":
            return str(element.text or "")
        case "f":
            top, bottom = _bracket(_part(element, "num")), _bracket(_part(element, "den"))
            return f"{top}/{bottom}"
        case "sSup":
            return _part(element, "e") + _raise(_part(element, "sup"))
        case "sSub":
            return _part(element, "e") + _lower(_part(element, "sub"))
        case "sSubSup":
            lowered = _lower(_part(element, "sub"))
            return _part(element, "e") + lowered + _raise(_part(element, "sup"))
        case "sPre":
            raised = _raise(_part(element, "sup"))
            return raised + _lower(_part(element, "sub")) + _part(element, "e")
        case "rad":
            degree = _part(element, "deg")
            return f"{_raise(degree) if degree else ''}√{_bracket(_part(element, 'e'))}"
        case "nary":
            sign = _property(element, "naryPr", "chr", "∫")
            sub, sup = _part(element, "sub"), _part(element, "sup")
            limits = (_lower(sub) if sub else "") + (_raise(sup) if sup else "")
            return f"{sign}{limits} {_part(element, 'e')}"
        case "d":
            begin = _property(element, "dPr", "begChr", "(")
            separator = _property(element, "dPr", "sepChr", "|")
            end = _property(element, "dPr", "endChr", ")")
            inner = separator.join(map(_write, element.iterchildren(f"{M}e")))
            return f"{begin}{inner}{end}"
        case "func":
            return f"{_part(element, 'fName')} {_part(element, 'e')}"
        case "limLow":
            return _part(element, "e") + _lower(_part(element, "lim"))
        case "limUpp":
            return _part(element, "e") + _raise(_part(element, "lim"))
        case "acc":
            sign = _property(element, "accPr", "chr", "^")
            return _part(element, "e") + _ACCENTS.get(sign, sign)
        case "m":
            rows = (_join(list(row.iterchildren(f"{M}e")), ", ") for row in element.iter(f"{M}mr"))
            return f"[{'; '.join(rows)}]"
        case "eqArr":
            return _join(list(element.iterchildren(f"{M}e")), "; ")
    if element.tag == f"{W}t":
        return str(element.text or "")
    return "".join(map(_write, element))


def _part(element: Element, name: str) -> str:
    return _write(element.find(M + name))


def _property(element: Element, group: str, name: str, default: str) -> str:
    found = element.find(f"{M}{group}/{M}{name}")
    return default if found is None else str(found.get(f"{M}val") or "")


def _bracket(text: str) -> str:
    """Return *text*, in brackets if it is more than one number or name."""
    return text if text.replace(".", "").replace(",", "").isalnum() else f"({text})"


def _raise(text: str) -> str:
    return _shift(text, _RAISED, "^")


def _lower(text: str) -> str:
    return _shift(text, _LOWERED, "_")


def _shift(text: str, characters: dict[int, int], sign: str) -> str:
    text = text.strip()
    if text and all(ord(character) in characters for character in text):
        return text.translate(characters)
    return f"{sign}{text}" if len(text) < 2 else f"{sign}({text})"
