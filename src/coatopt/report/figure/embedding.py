"""Figures inside an HTML document: their data as JSON that ends no script, and plotly's own code once."""

from __future__ import annotations

import json
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs
from plotly.utils import PlotlyJSONEncoder

# Labels beside points stay legible above whatever lies behind them.
LABEL_STYLE = ".textpoint text { paint-order: stroke; stroke: #fff; stroke-width: 3px; stroke-opacity: 0.85; }"

_SIGNS = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def script_json(content: Any) -> str:
    """Write data as JSON that can stand inside a script element.

    Args:
        content: Figures, plain data and nested collections of them.

    Returns:
        JSON in one line without ``<``, ``>`` and ``&``; the same data give the same text.
    """
    text = json.dumps(content, cls=PlotlyJSONEncoder, sort_keys=True, separators=(",", ":"))
    for sign, escape in _SIGNS.items():
        text = text.replace(sign, escape)
    return text


def figure_json(figure: go.Figure) -> str:
    """Write a figure as JSON that can stand inside a script element.

    Args:
        figure: The figure.

    Returns:
        Its ``data`` and ``layout``.
    """
    document = figure.to_plotly_json()
    return script_json({"data": document["data"], "layout": document["layout"]})


def plotly_code() -> str:
    """Give plotly's JavaScript, which draws the figures; no network is needed.

    Returns:
        The code, some megabytes.
    """
    return str(get_plotlyjs())
