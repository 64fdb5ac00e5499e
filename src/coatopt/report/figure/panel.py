"""Axes, rules and titles of the panels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from coatopt.reanalysis.picture import Axis, Rule
from coatopt.report.figure.grid import TICK_SIZE, Frame, Layout, Names
from coatopt.report.figure.label import Spot, Texts
from coatopt.report.figure.look import GRID, INK, QUIET
from coatopt.report.figure.scale import Scale, log_ticks
from coatopt.report.figure.text import LABEL_SIZE, SIZE, harmless, stacked
from coatopt.report.figure.window import Window


def axes(windows: Sequence[Window], plan: Layout, area: Frame) -> dict[str, Any]:
    """Lay out the axes of all panels.

    Args:
        windows: The panels.
        plan: Where everything stands.
        area: The part of the figure on which plotly's paper coordinates run from 0 to 1, px.

    Returns:
        Plotly's axes by their names.
    """
    wide, tall = area.right - area.left, area.bottom - area.top
    found: dict[str, Any] = {}
    for at, window in enumerate(windows):
        frame, which = window.frame, "" if at == 0 else str(at + 1)
        across = [(frame.left - area.left) / wide, (frame.right - area.left) / wide]
        up = [(area.bottom - frame.bottom) / tall, (area.bottom - frame.top) / tall]
        x = _axis(window.panel.x, window.x, plan.x_names[at], plan.x_titles[at], frame.right - frame.left, True)
        y = _axis(window.panel.y, window.y, plan.y_names[at], plan.y_titles[at], frame.bottom - frame.top, False)
        found[f"xaxis{which}"] = x | {"domain": across, "anchor": f"y{which}"}
        found[f"yaxis{which}"] = y | {"domain": up, "anchor": f"x{which}"}
    return found


def _axis(
    axis: Axis, scale: Scale, names: Names, title: tuple[str, ...], length: float, across: bool
) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "type": "log" if scale.log else "linear",
        "range": scale.range(),
        "title": {"text": stacked(title), "font": {"size": SIZE}, "standoff": 9},
        "tickfont": {"size": TICK_SIZE},
        "tickangle": 0,
        "ticks": "outside",
        "ticklen": 5,
        "tickcolor": QUIET,
        "showline": True,
        "linecolor": QUIET,
        "linewidth": 1,
        "mirror": True,
        "zeroline": False,
        "gridcolor": GRID,
        "gridwidth": 1,
        "showgrid": not axis.levels,
        "exponentformat": "power",
        "nticks": max(4, int(length // (60 if across else 45))),
    }
    if axis.levels:
        texts = [stacked(lines) for lines in names.lines]
        drawn |= {"tickvals": list(range(len(texts))), "ticktext": texts, "tickangle": -40 if names.slanted else 0}
    elif scale.whole and scale.high - scale.low <= drawn["nticks"]:
        drawn["dtick"] = 1
    elif scale.log:
        values, texts = log_ticks(scale.low, scale.high)
        drawn |= {"tickvals": values, "ticktext": texts, "minor": {"dtick": "D1", "ticks": "outside", "ticklen": 3}}
    return drawn


def shapes(windows: Sequence[Window], texts: Sequence[Texts]) -> list[dict[str, Any]]:
    """Draw the rules of all panels.

    Args:
        windows: The panels.
        texts: Places of the texts, by panel.

    Returns:
        Plotly's shapes.
    """
    found: list[dict[str, Any]] = []
    for window, own in zip(windows, texts, strict=True):
        names = window.axes
        for rule, _ in own.rules:
            ends: dict[str, float] = {"x0": rule.at, "x1": rule.at, "y0": 0, "y1": 1}
            refs = {"xref": names["xaxis"], "yref": f"{names['yaxis']} domain"}
            if rule.along == "y":
                ends = {"x0": 0, "x1": 1, "y0": rule.at, "y1": rule.at}
                refs = {"xref": f"{names['xaxis']} domain", "yref": names["yaxis"]}
            line = {"color": INK, "width": 1.4, "dash": "6px,4px"}
            found.append({"type": "line", "layer": "above", "line": line, **ends, **refs})
    return found


def panel_texts(windows: Sequence[Window], plan: Layout, texts: Sequence[Texts]) -> list[dict[str, Any]]:
    """Write the titles of all panels and the texts of their rules.

    Args:
        windows: The panels.
        plan: Where everything stands.
        texts: Places of the texts, by panel.

    Returns:
        Plotly's annotations.
    """
    found = []
    for window, own in zip(windows, texts, strict=True):
        domains = {name[0] + "ref": f"{axis} domain" for name, axis in window.axes.items()}
        lines = plan.panel_titles[window.number]
        if lines:
            place = {"x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom", "yshift": 3, "align": "left"}
            found.append(
                {"text": f"<b>{stacked(lines)}</b>", "font": {"size": SIZE}, "showarrow": False} | place | domains
            )
        for rule, spot in own.rules:
            found.append(domains | _rule_text(rule, spot, window))
    return found


def _rule_text(rule: Rule, spot: Spot, window: Window) -> dict[str, Any]:
    frame, scale = window.frame, window.x if rule.along == "x" else window.y
    at = float(np.log10(rule.at)) if scale.log else rule.at
    place: dict[str, Any] = {
        "xref": window.axes["xaxis"],
        "x": at,
        "xshift": 3 if spot.xanchor == "left" else -3,
        "y": (frame.bottom - spot.down) / (frame.bottom - frame.top),
    }
    if rule.along == "y":
        place = {
            "yref": window.axes["yaxis"],
            "y": at,
            "yshift": 2 if spot.yanchor == "bottom" else -2,
            "x": (spot.right - frame.left) / (frame.right - frame.left),
        }
    return place | {
        "text": harmless(rule.text),
        "font": {"size": LABEL_SIZE, "color": INK},
        "bgcolor": "rgba(255,255,255,0.75)",
        "borderpad": 1,
        "showarrow": False,
        "xanchor": spot.xanchor,
        "yanchor": spot.yanchor,
    }
