"""
Known words: how many of the words in Handbill's names occur in no name of well-known projects.

A name is that of a module (its file name), class, function or method, without names like `__init__`. It is split at
underscores, digits and capitals into lower-case words of two characters or more; every occurrence counts, and plurals
are words of their own. Handbill is compared with all projects of `anchor_words.txt`, each of them with the others.

`python -m tests.benchmarks.names --top 60` lists the unknown words, `--where WORD` the names that contain a word.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figures import Figure, table
from tests.support import ROOT

ANCHOR_WORDS = Path(__file__).with_name("anchor_words.txt")
BAR = 32  # %: within the range of the anchors

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

Anchors = dict[str, Counter[str]]  # how often each word occurs in the names of a project


def read_anchors(path: Path = ANCHOR_WORDS) -> Anchors:
    """Read lines of `word<TAB>project=count project=count`; a line that starts with # is a comment."""
    anchors: Anchors = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        word, counts = line.split("\t")
        for project, count in (entry.split("=") for entry in counts.split()):
            anchors.setdefault(project, Counter())[word] = int(count)
    return anchors


def read_names(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each name under *folder* and where it is defined, as `file:line`."""
    for path in sorted(folder.rglob("*.py")):
        file = path.relative_to(folder.parent).as_posix()
        yield path.stem, f"{file}:1"
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name, f"{file}:{node.lineno}"


def split(name: str) -> list[str]:
    """Return the lower-case words of *name*, none if it begins and ends with two underscores."""
    if name.startswith("__") and name.endswith("__"):
        return []
    return [word.lower() for word in _WORD.findall(name) if len(word) > 1]


def count_words(folder: Path) -> Counter[str]:
    """Count the words in the names of the Python files under *folder*."""
    return Counter(word for name, _ in read_names(folder) for word in split(name))


def unknown(words: Counter[str], anchors: Anchors) -> Counter[str]:
    """Return the part of *words* that occurs in no name of *anchors*."""
    known = set().union(*anchors.values())
    return Counter({word: count for word, count in words.items() if word not in known})


def unknown_share(words: Counter[str], anchors: Anchors) -> float:
    """Return the share of occurrences that are of unknown words, in percent."""
    return 100 * unknown(words, anchors).total() / words.total()


def anchor_shares(anchors: Anchors) -> dict[str, float]:
    """Return the share of each project among the others, in percent, lowest first."""
    shares = {
        project: unknown_share(words, {k: v for k, v in anchors.items() if k != project})
        for project, words in anchors.items()
    }
    return dict(sorted(shares.items(), key=lambda entry: entry[1]))


def figures(path: Path = ANCHOR_WORDS) -> list[Figure]:
    """Compare Handbill with the anchor that has the most words of its own."""
    anchors = read_anchors(path)
    shares = anchor_shares(anchors)
    peer = max(shares, key=lambda project: shares[project])
    return [
        Figure(
            what="words in names that no anchor uses",
            value=unknown_share(count_words(ROOT / "pipeline"), anchors),
            unit="%",
            bar=BAR,
            peer=f"{peer}, highest of {len(shares)}; lowest {min(shares.values()):.0f} %",
            peer_value=shares[peer],
        )
    ]


def main() -> None:
    """Print the shares, the most frequent unknown words, or the names that contain a word."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.names")
    parser.add_argument("--top", type=int, default=0, help="List this many unknown words.")
    parser.add_argument("--where", metavar="WORD", help="List the names that contain this word.")
    parser.add_argument("--words", type=Path, default=ANCHOR_WORDS, help="Another list of words.")
    options = parser.parse_args()
    names = read_names(ROOT / "pipeline")
    if options.where:
        lines = [f"{at}  {name}" for name, at in names if options.where.lower() in split(name)]
    else:
        anchors = read_anchors(options.words)
        lines = [table(figures(options.words)), ""]
        lines += [f"{share:5.1f} %  {project}" for project, share in anchor_shares(anchors).items()]
        ranked = unknown(count_words(ROOT / "pipeline"), anchors).most_common(options.top)
        lines += ["", *(f"{count:5}  {word}" for word, count in ranked)] if ranked else []
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
