"""How series look: colours that colour-blind people tell apart, and a symbol, dash and hatch with each of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from coatopt.reanalysis.picture import Bars, Field, Line, Picture, Points, Rule

# Okabe and Ito, "Color Universal Design" (2008); their yellow is too faint on white and stays out.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
INK, GRID, QUIET = "#222222", "#E4E4E4", "#666666"

_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "triangle-down", "star", "cross")
_DASHES = ("solid", "2px,3px", "12px,3px,2px,3px", "16px,4px", "12px,3px,2px,3px,2px,3px")
_SET_APART = ("8px,5px", "4px,4px", "14px,6px", "8px,3px,3px,3px", "20px,5px")
_HATCHES = ("", "/", ".", "x", "\\", "+", "-", "|")


@dataclass(frozen=True)
class Look:
    """What sets a series apart, in colour and without it."""

    colour: str = PALETTE[0]
    symbol: str = _SYMBOLS[0]
    dash: str = _DASHES[0]
    dash_apart: str = _SET_APART[0]
    hatch: str = _HATCHES[0]


def looks(picture: Picture) -> dict[str, Look]:
    """Give every named series of a picture its look; what has one name in two panels looks the same in both.

    Args:
        picture: The picture.

    Returns:
        Looks by name of the series: colours differ between all of them, symbols between points, dashes between lines
        of different colour, hatches between bars.
    """
    series = [each for panel in picture.panels for each in panel.series if not isinstance(each, Rule)]
    colours = _colours([each for each in series if not (isinstance(each, Field) and each.filled)])
    points = _turns(each.name for each in series if isinstance(each, Points))
    bars = _turns(each.name for each in series if isinstance(each, Bars))
    lines = _turns(colours[each.name] for each in series if isinstance(each, Line))
    return {
        name: Look(
            colour=_of(PALETTE, number),
            symbol=_of(_SYMBOLS, points.get(name, 0)),
            dash=_of(_DASHES, lines.get(number, 0)),
            dash_apart=_of(_SET_APART, lines.get(number, 0)),
            hatch=_of(_HATCHES, bars.get(name, 0)),
        )
        for name, number in colours.items()
    }


def _colours(series: Sequence[Points | Line | Bars | Field]) -> dict[str, int]:
    """Number of the colour by name; what asks for none gets one that nobody asked for."""
    asked = {each.name: each.colour for each in series if isinstance(each, Line) and each.colour is not None}
    free = (number for number in count() if number not in set(asked.values()))
    return {name: asked[name] if name in asked else next(free) for name in dict.fromkeys(each.name for each in series)}


def _turns(names: Iterable[Hashable]) -> dict[Hashable, int]:
    return {name: turn for turn, name in enumerate(dict.fromkeys(names))}


def _of(choices: Sequence[str], number: int) -> str:
    return choices[number % len(choices)]


def see_through(colour: str, opacity: float) -> str:
    """Make a colour transparent.

    Args:
        colour: As ``#rrggbb``.
        opacity: 0 to 1.

    Returns:
        The colour for plotly.
    """
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
