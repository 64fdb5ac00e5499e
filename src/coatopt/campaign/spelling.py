"""Suggestions for misspelt names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str:
    """Suggest what was meant.

    Args:
        word: The word that nobody knows.
        known: The words that would be right.

    Returns:
        A tail for a sentence: the nearest word, or the list of all when none is near.
    """
    words = sorted(set(known))
    close = get_close_matches(word.lower(), [w.lower() for w in words], n=1, cutoff=0.6)
    if close:
        match = next(w for w in words if w.lower() == close[0])
        return f"; did you mean '{match}'?"
    return f"; known are {', '.join(words[:12])}" if words else ""
