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

    def test_observations_know_runs_and_week_and_references_come_when_asked(self, ledger):
        run = Run(id="annealing:f7", stage="annealing", week=None, settings={"t": 400.0, "gas": None})
        samples = (
            a_sample(1, runs=("annealing:f7",)),
            Sample(id="H1", origin="historical", settings={}),
            a_sample(3, reference="uncoated", runs=("annealing:f7",)),
            a_sample(4, reference="uncoated"),
        )
        values = (
            a_measurement("W48-A1-S1", value=1.0),
            a_measurement("W48-A1-S1", "q", value=2.0, measured_on="2026-12-31"),
            a_measurement("W48-A1-S1", "r", value=3.0, measured_on="2027-01-03T23:59:00"),
            a_measurement("W48-A1-S1", "s", value=4.0, measured_on="on a Monday"),
            a_measurement("H1", value=5.0),
            a_measurement("H1", "q", value=6.0, measured_on="2024-02-01 08:30:00"),
            a_measurement("W48-A1-S3", value=7.0),
            a_measurement("W48-A1-S4", value=8.0),
        )
        failed = Mark(kind="failed", sample="W48-A1-S4", reason="burnt")
        entry = Entry(kind="record", by="me", runs=(run,), samples=samples, measurements=values, marks=(failed,))
        ledger.append("c", entry)
        assert ledger.runs("c") == (run,)
        every = ledger.observations("c", references=True)
        assert [(o.value, o.runs, o.block, o.reference) for o in every] == [
            (1.0, ("annealing:f7",), "2026-W48", None),
            (2.0, ("annealing:f7",), "2026-W53", None),
            (3.0, ("annealing:f7",), "2026-W53", None),
            (4.0, ("annealing:f7",), "2026-W48", None),
            (5.0, (), None, None),
            (6.0, (), "2024-W05", None),
            (7.0, ("annealing:f7",), "2026-W48", "uncoated"),
        ]
        assert ledger.observations("c") == every[:-1]

    def test_trials_are_what_was_made_and_worked_or_failed(self, ledger):
        names = ("powder", "failed", "two-cells", "planned", "withdrawn", "bare", "taken-back", "both")
        samples = tuple(
            Sample(
                id=name,
                origin="historical",
                settings={"t": float(i)},
                reference="uncoated" if name == "bare" else None,
            )
            for i, name in enumerate(names)
        )
        owners = ("two-cells", "two-cells", "two-cells", "planned", "both", "taken-back")
        cells = tuple(Cell(id=f"{owner}-c{i}", sample=owner) for i, owner in enumerate(owners, start=1))
        values = (
            a_measurement("two-cells", cell="two-cells-c2"),
            a_measurement("two-cells", cell="two-cells-c2", metric="q"),
            a_measurement("two-cells", cell="two-cells-c1"),
            a_measurement("two-cells", metric="coverage"),
            a_measurement("powder", metric="coverage"),
            a_measurement("bare"),
            a_measurement("both", metric="coverage"),
        )
        marks = (
            Mark(kind="failed", sample="failed", reason="spilt"),
            Mark(kind="restored", sample="failed", reason="wrong vial"),
            Mark(kind="failed", sample="failed", reason="burnt"),
            Mark(kind="failed", sample="two-cells", cell="two-cells-c1", reason="shorted"),
            Mark(kind="withdrawn", sample="withdrawn", reason="replanned"),
            Mark(kind="failed", sample="bare", reason="burnt"),
            Mark(kind="failed", sample="taken-back", reason="burnt"),
            Mark(kind="failed", sample="taken-back", cell="taken-back-c6", reason="shorted"),
            Mark(kind="restored", sample="taken-back", reason="was another one"),
            Mark(kind="restored", sample="taken-back", cell="taken-back-c6", reason="was another one"),
            Mark(kind="failed", sample="both", reason="all cells shorted"),
        )
        ledger.append(
            "c", Entry(kind="record", by="me", samples=samples, cells=cells, measurements=values, marks=marks)
        )
        assert [(t.sample, t.cell, t.failed, t.reason) for t in ledger.trials("c")] == [
            ("powder", None, False, ""),
            ("failed", None, True, "burnt"),
            ("two-cells", "two-cells-c1", True, "shorted"),
            ("two-cells", "two-cells-c2", False, ""),
            ("both", None, True, "all cells shorted"),
        ]
        assert [t.settings["t"] for t in ledger.trials("c")] == [0.0, 1.0, 2.0, 2.0, 7.0]
        assert ledger.trials("another") == ()

    def test_a_corrected_measurement_is_one_trial(self, ledger):
        ledger.append(
            "c", Entry(kind="plan", by="me", samples=(a_sample(1),), measurements=(a_measurement("W48-A1-S1"),))
        )
        (old,) = ledger.measurements("c")
        new = a_measurement("W48-A1-S1", value=91.0, supersedes=old.id, correction="wrong mass")
        ledger.append("c", Entry(kind="record", by="me", measurements=(new,)))
        assert [(t.sample, t.cell, t.failed) for t in ledger.trials("c")] == [("W48-A1-S1", None, False)]

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
