"""Runs the page on 127.0.0.1."""

from __future__ import annotations

from coatopt.web.application import create_application
from coatopt.workflow.open_campaign import OpenCampaign

HOST = "127.0.0.1"


def serve(campaign: OpenCampaign, port: int) -> None:
    """Show a campaign in the browser until Ctrl-C.

    Args:
        campaign: The open campaign.
        port: TCP port on this machine.
    """
    import uvicorn

    uvicorn.run(create_application(campaign), host=HOST, port=port, log_level="warning")
