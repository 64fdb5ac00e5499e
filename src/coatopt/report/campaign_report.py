"""Everything that a campaign has taught as one HTML file: text, tables and pictures, and nothing from outside."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from coatopt.reanalysis.finding import Section, Table
from coatopt.reanalysis.picture import Picture
from coatopt.report.compact_table import compact
from coatopt.report.drawing import draw
from coatopt.report.figure.embedding import LABEL_STYLE, figure_json, plotly_code, script_json
from coatopt.report.figure.grid import WIDTH
from coatopt.report.figure.legend import thinned
from coatopt.report.number_text import unit_text
from coatopt.report.picture_table import picture_csv, picture_table

_TEMPLATE = "campaign_report.html.j2"
_MOST_ROWS = 200
# Plotly's own default offers to send a picture's data to its company's server: a lab's numbers stay in the lab.
_CONFIG = {
    "displaylogo": False,
    "responsive": True,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "modeBarButtonsToRemove": ["select2d", "lasso2d"],
}
# Room above the panels for plotly's buttons once the title stands in the page.
_TOP = 34.0


@dataclass(frozen=True, kw_only=True)
class ReportHead:
    """What stands above the analyses.

    ``lines`` are facts with their labels: licence of the data, seed, version, date, counts. ``trust`` says for each
    metric how far its predictions can be trusted: name, verdict in words, and whether it is good.
    """

    campaign: str
    about: str = ""
    lines: Sequence[tuple[str, str]] = ()
    notices: Sequence[str] = ()
    trust: Sequence[tuple[str, str, bool]] = ()


@dataclass(frozen=True)
class _ShownTable:
    title: str
    heads: list[tuple[str, str, bool]]
    rows: list[list[str]]
    more: int = 0


@dataclass(frozen=True)
class _ShownPicture:
    id: str
    key: str
    number: int
    title: str
    alt: str
    captions: list[str]
    height: float
    json: Markup
    table: _ShownTable
    csv: str


@dataclass(frozen=True)
class _ShownSection:
    id: str
    section: Section
    tables: list[_ShownTable]
    pictures: list[_ShownPicture] = field(default_factory=list)


def campaign_report(head: ReportHead, sections: Sequence[Section]) -> str:
    """Write the report on a campaign.

    Args:
        head: What stands above the analyses.
        sections: The analyses in the order in which they are read.

    Returns:
        A complete HTML document that works without a network; the same input gives the same text.
    """
    environment = Environment(
        loader=PackageLoader("coatopt.report", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown, number = [], 0
    for at, section in enumerate(sections, start=1):
        name = _name("section", at, section.key)
        pictures = [
            _picture(_name("picture", number + turn, picture.key), number + turn, picture)
            for turn, picture in enumerate(section.pictures, start=1)
        ]
        number += len(pictures)
        shown.append(_ShownSection(name, section, [_table(table) for table in section.tables], pictures))
    return environment.get_template(_TEMPLATE).render(
        head=head,
        sections=shown,
        width=WIDTH,
        label_style=Markup(LABEL_STYLE),  # noqa: S704
        # Both are ours or plotly's, and hold no end of a script element.
        config=Markup(script_json(_CONFIG)),  # noqa: S704
        plotly=Markup(plotly_code()) if number else None,  # noqa: S704
    )


def _name(kind: str, number: int, key: str) -> str:
    """An id that is free even if two keys are alike."""
    return f"{kind}-{number}-{re.sub(r'[^A-Za-z0-9]+', '-', key).strip('-')}"


def _picture(name: str, number: int, picture: Picture) -> _ShownPicture:
    figure = draw(picture)
    saved = max(0.0, figure.layout.margin.t - _TOP)
    height = float(figure.layout.height - saved)
    figure.layout.update(width=None, autosize=True, height=height, title=None)
    figure.layout.margin.t -= saved
    return _ShownPicture(
        id=name,
        key=picture.key,
        number=number,
        title=picture.title,
        alt=picture.alt,
        captions=[text for text in (picture.caption, *thinned(picture), *picture.notes) if text],
        height=height,
        json=Markup(figure_json(figure)),  # noqa: S704 - no sign that ends a script is left in it
        table=_table(picture_table(picture), _MOST_ROWS),
        csv=base64.b64encode(picture_csv(picture).encode("utf-8-sig")).decode(),
    )


def _table(table: Table, most: int | None = None) -> _ShownTable:
    shown = compact(table)
    rows = shown.rows if most is None else shown.rows[:most]
    heads = [(title, unit_text(unit), numbers) for title, unit, numbers in shown.heads]
    return _ShownTable(table.title, heads, [list(row) for row in rows], len(shown.rows) - len(rows))
