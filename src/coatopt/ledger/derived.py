"""What follows from the account: observations and trials to learn from, and samples that still owe a result."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from coatopt.ledger.record import Cell, Mark, Measurement, Observation, Sample, Trial, failed_subjects


def observations_of(
    samples: Sequence[Sample],
    cells: Sequence[Cell],
    measurements: Sequence[Measurement],
    marks: Sequence[Mark],
    references: bool = False,
) -> tuple[Observation, ...]:
    """Join current measurements with the settings of their samples.

    Args:
        samples: All samples.
        cells: All cells.
        measurements: Current measurements.
        marks: All marks, oldest first.
        references: Whether to include what was measured on reference samples.

    Returns:
        One observation per measurement of a sample or cell that did not fail; references are left out by default.
        The failure of a sample that has cells is theirs: what was measured on its powder still counts.
    """
    usable = {sample.id: sample for sample in samples if references or sample.reference is None}
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
            runs=usable[m.sample].runs,
            block=_block(m, usable[m.sample]),
            reference=usable[m.sample].reference,
        )
        for m in measurements
        if m.sample in usable and counts(m)
    )


def _block(measurement: Measurement, sample: Sample) -> str | None:
    """Name the ISO week of a measurement; what people wrote as a date need not be one."""
    try:
        year, week, _ = datetime.datetime.fromisoformat(measurement.measured_on or "").isocalendar()
    except ValueError:
        return sample.week
    return f"{year}-W{week:02d}"


def trials_of(
    samples: Sequence[Sample], cells: Sequence[Cell], measurements: Sequence[Measurement], marks: Sequence[Mark]
) -> tuple[Trial, ...]:
    """Find what was made, and whether it worked.

    Args:
        samples: All samples.
        cells: All cells.
        measurements: Current measurements.
        marks: All marks, oldest first.

    Returns:
        The trials, samples in their order and each before its cells; references are left out.
    """
    failed = failed_subjects(marks)
    reasons = {(mark.sample, mark.cell): mark.reason for mark in marks if mark.kind == "failed"}
    measured = {(m.sample, m.cell) for m in measurements}
    with_cells = {sample for sample, cell in measured if cell is not None}
    own_cells: dict[str, list[str]] = {}
    for cell in cells:
        own_cells.setdefault(cell.sample, []).append(cell.id)

    def trials(sample: Sample) -> Iterator[Trial]:
        name = sample.id
        for cell in (None, *own_cells.get(name, ())):
            subject = (name, cell)
            worked = subject in measured and (name, None) not in failed and (cell is not None or name not in with_cells)
            if subject in failed or worked:
                reason = reasons[subject] if subject in failed else ""
                yield Trial(sample=name, cell=cell, settings=sample.settings, failed=subject in failed, reason=reason)

    return tuple(trial for sample in samples if sample.reference is None for trial in trials(sample))


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
