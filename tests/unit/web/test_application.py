import pytest
from fastapi.testclient import TestClient

import coatopt
from coatopt.web.application import create_application


@pytest.fixture
def lab(annealing):
    campaign = coatopt.open(annealing | {"about": "<script>alert(1)</script> & more"})
    plan = campaign.plan(week="2026-W48", seed=1)
    frame = plan.table[["sample"]].head(2).assign(ice=[88.0, 89.5])
    campaign.record(frame)
    campaign.record(plan.table[["sample"]].tail(1).assign(failed="<b>crucible broke</b>"))
    return campaign


def test_the_page_shows_status_plan_and_failures_and_escapes_every_text(lab):
    page = TestClient(create_application(lab)).get("/")
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    for text in ("89.5 %", "Plan of 2026-W48", "W48-A1-S1", "&lt;b&gt;crucible broke"):
        assert text in page.text


def test_the_api_gives_the_same_documents_as_the_command_line(lab):
    client = TestClient(create_application(lab))
    assert client.get("/api/status").json() == lab.status()
    assert client.get("/api/plans").json()[0]["week"] == "2026-W48"
    assert [event["kind"] for event in client.get("/api/history").json()["events"]] == ["plan", "record", "record"]


def test_nothing_can_be_written(lab):
    client = TestClient(create_application(lab))
    for path in ("/", "/api/status", "/api/plans", "/api/history"):
        assert client.post(path, json={}).status_code == 405


def test_an_empty_campaign_has_a_page_too(annealing):
    text = TestClient(create_application(coatopt.open(annealing))).get("/").text
    assert "No week is planned yet" in text
    assert "Nothing is measured yet" in text
