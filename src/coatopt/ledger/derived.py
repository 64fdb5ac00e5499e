"""What follows from the account: observations to learn from, and samples that still owe a result."""

from __future__ import annotations

from collections.abc import Sequence

from coatopt.ledger.record import Cell, Mark, Measurement, Observation, Sample, failed_subjects


def observations_of(
    samples: Sequence[Sample], cells: Sequence[Cell], measurements: Sequence[Measurement], marks: Sequence[Mark]
) -> tuple[Observation, ...]:
    """Join current measurements with the settings of their samples.

    Args:
        samples: All samples.
        cells: All cells.
        measurements: Current measurements.
        marks: All marks, oldest first.

    Returns:
        One observation per measurement of a sample or cell that did not fail; references are left out. The failure
        of a sample that has cells is theirs: what was measured on its powder still counts.
    """
    usable = {sample.id: sample for sample in samples if sample.reference is None}
    with_cells = {cell.sample for cell in cells}
    failed = failed_subjects(marks)

    def counts(m: Measurement) -> bool:
        if m.cell is None:
            return m.sample in with_cells or (m.sample, None) not in failed
        return not {(m.sample, m.cell), (m.sample, None)} & failed

    return tuple(
        Observation(
            sample=m.sample,
            settings=usable[m.sample].settings,
            metric=m.metric,
            cell=m.cell,
            value=m.value,
            sd=m.sd,
            low=m.low,
            high=m.high,
        )
        for m in measurements
        if m.sample in usable and counts(m)
    )


def pending_of(
    samples: Sequence[Sample],
    cells: Sequence[Cell],
    measurements: Sequence[Measurement],
    marks: Sequence[Mark],
    wanted: Sequence[str],
) -> tuple[Sample, ...]:
    """Find planned samples that still owe a result.

    Args:
        samples: All samples.
        cells: All cells.
        measurements: Current measurements.
        marks: All marks, oldest first.
        wanted: Metrics that a finished sample has.

    Returns:
        Samples that are neither failed nor withdrawn and lack at least one of the metrics.
    """
    failed = failed_subjects(marks)
    gone = {mark.sample for mark in marks if mark.kind == "withdrawn"}
    gone |= {sample for sample, cell in failed if cell is None}
    lost_cells = {cell for _, cell in failed if cell is not None}
    own_cells: dict[str, set[str]] = {}
    for cell in cells:
        own_cells.setdefault(cell.sample, set()).add(cell.id)
    gone |= {sample for sample, own in own_cells.items() if own <= lost_cells}
    done = {(m.sample, m.metric) for m in measurements if m.cell not in lost_cells}
    return tuple(
        sample
        for sample in samples
        if sample.origin == "planned"
        and sample.id not in gone
        and any((sample.id, metric) not in done for metric in wanted)
    )
