"""Texts inside a figure: made harmless for plotly, broken into lines, and measured without a browser."""

from __future__ import annotations

import re
from collections.abc import Sequence

FONT = 'Arial, "Liberation Sans", Helvetica, sans-serif'
SIZE = 13
LABEL_SIZE = 11
LINE_HEIGHT = 1.3

_TOKEN = re.compile(r"\s*[^\s_]+_*|\s*_+")
_NARROW, _WIDE = frozenset("ijltfrI.,:;'|!()[]{}-· /"), frozenset("mwMW@%")


def harmless(text: str) -> str:
    """Keep plotly from reading tags, entities or places for values in a text.

    Args:
        text: Any text.

    Returns:
        The same text for plotly's labels and hover boxes.
    """
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("%{", "%&#123;")


def text_width(text: str, size: float = SIZE) -> float:
    """Estimate how wide a line is in Arial and its kin; rather too wide than too narrow.

    Args:
        text: One line.
        size: Font size, px.

    Returns:
        Width, px.
    """
    share = sum(0.33 if sign in _NARROW else 0.9 if sign in _WIDE else 0.7 if sign.isupper() else 0.58 for sign in text)
    return size * share


def lines_of(text: str, width: float, size: float = SIZE) -> list[str]:
    """Break a text at blanks and underscores so that every line fits; longer words are cut.

    Args:
        text: Any text.
        width: Room, px.
        size: Font size, px.

    Returns:
        At least one line.
    """
    lines = [""]
    for token in _TOKEN.findall(text):
        if text_width((lines[-1] + token).strip(), size) <= width:
            lines[-1] += token
        else:
            lines += _cut(token.strip(), width, size)
    return [line.strip() for line in lines if line.strip()] or [""]


def _cut(word: str, width: float, size: float) -> list[str]:
    whole = text_width(word, size)
    keep = len(word) if whole <= width else max(4, int(len(word) * width / whole))
    return [word[start : start + keep] for start in range(0, len(word), keep)]


def stacked(lines: Sequence[str]) -> str:
    """Put lines below each other for plotly.

    Args:
        lines: Lines as they are to be read.

    Returns:
        Harmless text with line breaks.
    """
    return "<br>".join(harmless(line) for line in lines)


def block_height(lines: Sequence[str], size: float = SIZE) -> float:
    """Tell how high lines stand below each other.

    Args:
        lines: The lines.
        size: Font size, px.

    Returns:
        Height, px.
    """
    return len(lines) * size * LINE_HEIGHT
