"""A read-only page and REST API over one campaign; it listens on this machine alone and writes nothing."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from coatopt.quantity import with_unit
from coatopt.version import VERSION
from coatopt.workflow.history import campaign_history
from coatopt.workflow.open_campaign import OpenCampaign

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2733; }
h1 { font-size: 1.5rem; margin-bottom: .2rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; font-size: .9rem } td, th { padding: .3rem .6rem; text-align: left;
border-bottom: 1px solid #d8dee5; vertical-align: top } th { color: #51606f; font-weight: 600 }
td:first-child { white-space: nowrap }
p.about { color: #51606f; margin-top: 0 } p.none { color: #51606f }
"""


def create_application(campaign: OpenCampaign) -> FastAPI:
    """Build the application.

    Args:
        campaign: The open campaign that it shows.

    Returns:
        A FastAPI application with ``/``, ``/api/status``, ``/api/plans`` and ``/api/history``.
    """
    app = FastAPI(title=f"coatopt: {campaign.definition.name}", version=VERSION)
    name = campaign.definition.name

    @app.get("/api/status")
    def status() -> dict[str, Any]:
        return campaign.status()

    @app.get("/api/plans")
    def plans() -> list[dict[str, Any]]:
        return [dict(plan.content) for plan in campaign.storage.for_reading().plans(name)]

    @app.get("/api/history")
    def history() -> dict[str, Any]:
        return campaign_history(campaign.definition, campaign.storage.for_reading())

    @app.get("/", response_class=HTMLResponse)
    def page() -> str:
        return render_page(status(), plans())

    return app


def render_page(status: dict[str, Any], plans: list[dict[str, Any]]) -> str:
    """Write the page.

    Args:
        status: The campaign's status.
        plans: Its week plans, oldest first.

    Returns:
        One self-contained HTML document; every text of the campaign is escaped.
    """
    counts = status["samples"]
    best = [
        [b["metric"], f"{b['at']} {with_unit(format(b['mean'], '.4g'), b['unit'])}".strip(), b["sample"]]
        for b in status["best"]
    ]
    pending = [[item["sample"], item["week"], ", ".join(item["missing"])] for item in status["pending"]]
    failed = [[item["cell"] or item["sample"], item["reason"]] for item in status["failed"]]
    last = plans[-1] if plans else None
    summary = (
        f"{counts['planned']} planned and {counts['historical']} historical samples; "
        f"{counts['measured']} measured, {counts['pending']} pending."
    )
    week = f"Plan of {last['week']}" if last else "Plan"
    reasons = [[row["sample"], row["reason"]] for row in last["samples"]] if last else []
    return "\n".join(
        [
            "<!doctype html><html lang=en><head><meta charset=utf-8>",
            f"<title>{escape(status['campaign'])}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(status['campaign'])}</h1><p class=about>{escape(status['about'])}</p>",
            f"<p>{summary}</p>",
            _table("Best so far", ["metric", "mean", "sample"], best, "Nothing is measured yet."),
            _table(week, ["sample", "why"], reasons, "No week is planned yet: coatopt plan DIR makes a plan."),
            _table("Pending", ["sample", "planned for", "lacks"], pending, "Nothing is pending."),
            _table("Failed", ["sample or cell", "reason"], failed, "Nothing failed."),
            "</body></html>",
        ]
    )


def _table(title: str, header: list[str], rows: list[list[str]], empty: str) -> str:
    if not rows:
        return f"<h2>{escape(title)}</h2><p class=none>{escape(empty)}</p>"
    head = "".join(f"<th>{escape(text)}</th>" for text in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
