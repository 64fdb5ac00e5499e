"""What every ledger must do; a backend's test file makes ``ledger`` and inherits the tests."""

from __future__ import annotations

import hashlib
import json

import pytest

from coatopt.errors import LedgerError
from coatopt.ledger.record import Cell, Entry, Mark, Measurement, Plan, Run, Sample


def hash_of(ledger) -> str:
    """Fingerprint of everything that a ledger holds."""
    return hashlib.sha256(json.dumps(ledger.export(), sort_keys=True).encode()).hexdigest()


def a_sample(number: int, **more) -> Sample:
    return Sample(
        id=f"W48-A1-S{number}", origin="planned", week="2026-W48", settings={"t": 400.0, "gas": "air"}, **more
    )


def a_measurement(sample: str, metric: str = "ice", **more) -> Measurement:
    return Measurement(metric=metric, unit="%", sample=sample, **({"value": 88.0} | more))


class LedgerContract:
    """Inherit, and give a fixture ``ledger`` that is empty."""

    def test_what_goes_in_comes_out(self, ledger):
        entry = Entry(
            kind="plan",
            by="me",
            detail={"week": "2026-W48"},
            runs=(Run(id="W48-A1", stage="annealing", week="2026-W48", settings={"t": 400.0, "gas": None}),),
            samples=(a_sample(1, runs=("W48-A1",)), a_sample(2)),
            cells=(Cell(id="W48-A1-S1-c1", sample="W48-A1-S1"),),
            measurements=(a_measurement("W48-A1-S1", cell="W48-A1-S1-c1", sd=0.5), a_measurement("W48-A1-S2")),
            marks=(Mark(kind="failed", sample="W48-A1-S2", reason="crucible broke"),),
            plan=Plan(week="2026-W48", seed=1, inputs="abc", content={"samples": [{"a": 1.5}]}),
        )
        number = ledger.append("c", entry)
        assert ledger.runs("c") == entry.runs
        assert ledger.samples("c") == entry.samples
        assert ledger.cells("c") == entry.cells
        assert ledger.marks("c") == entry.marks
        assert ledger.plans("c") == (entry.plan,)
        assert [m.value for m in ledger.measurements("c")] == [88.0, 88.0]
        event = ledger.events("c")[0]
        assert (event.id, event.by, event.kind, event.detail) == (number, "me", "plan", {"week": "2026-W48"})
        assert ledger.campaigns() == ("c",)
        assert ledger.samples("another") == ()

    def test_a_known_fingerprint_changes_nothing(self, ledger):
        entry = Entry(kind="record", by="me", fingerprint="f", samples=(a_sample(1),))
        assert ledger.append("c", entry) is not None
        before = hash_of(ledger)
        assert ledger.append("c", entry) is None
        assert hash_of(ledger) == before
        assert ledger.known("c", "f").fingerprint == "f"
        assert ledger.known("other", "f") is None

    def test_an_entry_that_contradicts_is_refused_whole(self, ledger):
        ledger.append("c", Entry(kind="plan", by="me", samples=(a_sample(1),)))
        before = hash_of(ledger)
        for bad in (
            Entry(kind="plan", by="me", samples=(a_sample(2), a_sample(1))),
            Entry(kind="record", by="me", samples=(a_sample(3),), measurements=(a_measurement("nobody"),)),
            Entry(kind="record", by="me", measurements=(a_measurement("W48-A1-S1"), a_measurement("W48-A1-S1"))),
            Entry(kind="record", by="me", measurements=(a_measurement("W48-A1-S1", low=1.0),)),
        ):
            with pytest.raises(LedgerError):
                ledger.append("c", bad)
            assert hash_of(ledger) == before

    def test_a_correction_supersedes_and_both_stay(self, ledger):
        ledger.append(
            "c", Entry(kind="plan", by="me", samples=(a_sample(1),), measurements=(a_measurement("W48-A1-S1"),))
        )
        (old,) = ledger.measurements("c")
        new = a_measurement("W48-A1-S1", value=91.0, supersedes=old.id, correction="wrong mass")
        ledger.append("c", Entry(kind="record", by="me", measurements=(new,)))
        assert [m.value for m in ledger.measurements("c")] == [91.0]
        assert [m.value for m in ledger.measurements("c", superseded=True)] == [88.0, 91.0]
        assert [o.value for o in ledger.observations("c")] == [91.0]
        with pytest.raises(LedgerError):
            ledger.append("c", Entry(kind="record", by="me", measurements=(new,)))

    def test_observations_leave_out_references_and_failed_cells(self, ledger):
        samples = (a_sample(1), a_sample(2, reference="uncoated"))
        cells = tuple(Cell(id=f"W48-A1-S1-c{i}", sample="W48-A1-S1") for i in (1, 2))
        values = (
            a_measurement("W48-A1-S1", cell="W48-A1-S1-c1", value=80.0),
            a_measurement("W48-A1-S1", cell="W48-A1-S1-c2", value=None, low=90.0),
            a_measurement("W48-A1-S2"),
        )
        mark = Mark(kind="failed", sample="W48-A1-S1", cell="W48-A1-S1-c1", reason="shorted")
        ledger.append(
            "c", Entry(kind="record", by="me", samples=samples, cells=cells, measurements=values, marks=(mark,))
        )
        (left,) = ledger.observations("c")
        assert (left.sample, left.cell, left.value, left.low) == ("W48-A1-S1", "W48-A1-S1-c2", None, 90.0)
        assert left.settings == {"t": 400.0, "gas": "air"}

    def test_pending_until_measured_failed_or_withdrawn(self, ledger):
        samples = tuple(a_sample(i) for i in range(1, 7))
        historical = Sample(id="H1", origin="historical", settings={"t": 1.0})
        cells = tuple(Cell(id=f"W48-A1-S{s}-c1", sample=f"W48-A1-S{s}") for s in (4, 5))
        ledger.append("c", Entry(kind="plan", by="me", samples=(*samples, historical), cells=cells))
        done = (a_measurement("W48-A1-S1"), a_measurement("W48-A1-S1", "q"), a_measurement("W48-A1-S6", "q"))
        marks = (
            Mark(kind="failed", sample="W48-A1-S2", reason="burnt"),
            Mark(kind="withdrawn", sample="W48-A1-S3", reason="replanned"),
            Mark(kind="failed", sample="W48-A1-S4", cell="W48-A1-S4-c1", reason="shorted"),
        )
        ledger.append("c", Entry(kind="record", by="me", measurements=done, marks=marks))
        assert [s.id for s in ledger.pending("c", ["ice", "q"])] == ["W48-A1-S5", "W48-A1-S6"]

    def test_campaigns_do_not_see_each_other(self, ledger):
        for campaign in ("a", "b"):
            ledger.append(campaign, Entry(kind="plan", by="me", samples=(a_sample(1),)))
        assert ledger.campaigns() == ("a", "b")
        assert len(ledger.samples("a")) == 1
