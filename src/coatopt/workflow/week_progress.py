"""How far samples have come, as far as results, failures and gates say."""

from __future__ import annotations

from dataclasses import dataclass

from coatopt.campaign.definition import Campaign
from coatopt.ledger.contract import Ledger
from coatopt.ledger.record import failed_subjects
from coatopt.planning.booking import Booking


@dataclass(frozen=True)
class Progress:
    """Where samples stand.

    ``passed`` are the stages that a sample has a result of, and all before; ``released`` the samples that the gate
    before a stage let through; ``failed`` and ``withdrawn`` are ids of samples.
    """

    passed: dict[str, frozenset[str]]
    released: dict[str, frozenset[str]]
    failed: frozenset[str]
    withdrawn: frozenset[str]

    def done(self, sample: str) -> frozenset[str]:
        """List what the calendar need not book any more.

        Args:
            sample: Id of the sample.

        Returns:
            Stages, and ``gate <stage>`` where the gate let the sample through.
        """
        passed = self.passed.get(sample, frozenset())
        gates = {f"gate {stage}" for stage, names in self.released.items() if sample in names or stage in passed}
        return passed | gates

    def happened(self, booking: Booking) -> bool:
        """Tell whether results show that a booking is past: a run with one of its samples, all else with all.

        Args:
            booking: The booking.

        Returns:
            True when it is.
        """
        known = [booking.stage in self.passed.get(sample, ()) for sample in booking.samples]
        return any(known) if booking.kind == "run" else bool(known) and all(known)


def progress_of(campaign: Campaign, ledger: Ledger) -> Progress:
    """Read from the ledger how far samples have come.

    Args:
        campaign: The campaign.
        ledger: Its ledger.

    Returns:
        Where they stand.
    """
    order = [stage.name for stage in campaign.stages]
    until = {metric.name: order.index(metric.stage) + 1 for metric in campaign.metrics}
    furthest: dict[str, int] = {}
    for m in ledger.measurements(campaign.name):
        furthest[m.sample] = max(furthest.get(m.sample, 0), until.get(m.metric, 0))
    released: dict[str, frozenset[str]] = {stage.name: frozenset() for stage in campaign.stages if stage.gated}
    for event in ledger.events(campaign.name):
        stage = event.detail.get("gate")
        if stage in released:
            released[stage] |= set(event.detail["released"])
    marks = ledger.marks(campaign.name)
    return Progress(
        passed={sample: frozenset(order[:count]) for sample, count in furthest.items()},
        released=released,
        failed=frozenset(sample for sample, cell in failed_subjects(marks) if cell is None),
        withdrawn=frozenset(mark.sample for mark in marks if mark.kind == "withdrawn"),
    )
