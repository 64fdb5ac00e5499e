"""Rows of a results table to one ledger entry; every row is checked before any is written."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.parameter import Fixed, Numeric, Settings, Value
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError, Problem, ResultsError
from coatopt.ledger.contract import Ledger
from coatopt.ledger.identity import cell_id, check_sample_id, split_cell_id
from coatopt.ledger.number import Style, decimal_style, parse_number, parse_result
from coatopt.ledger.record import Cell, Entry, Mark, Measurement, Sample
from coatopt.ledger.result_file import ResultTable, is_blank
from coatopt.ledger.result_header import Column, read_header
from coatopt.ledger.settings_check import check_settings

Cells = Mapping[tuple[str, str], tuple[str | float | None, Column]]


@dataclass
class _State:
    """What the ledger holds, plus what the rows read so far add."""

    samples: dict[str, Sample]
    cells: dict[str, Cell]
    current: dict[tuple[str, str | None, str, int], Measurement]
    marks: set[tuple[str, str | None]]
    new_samples: list[Sample] = field(default_factory=list)
    new_cells: list[Cell] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    new_marks: list[Mark] = field(default_factory=list)
    repeated: int = 0
    cell_rows: Counter[str] = field(default_factory=Counter)
    repeats: Counter[tuple[str, str | None, str]] = field(default_factory=Counter)


class RowReader:
    """Reads one table against a campaign and its ledger.

    Args:
        table: The raw table.
        campaign: The campaign that it belongs to.
        ledger: What is recorded so far.
        by: Who records, unless a row says otherwise.
    """

    def __init__(self, table: ResultTable, campaign: Campaign, ledger: Ledger, by: str) -> None:
        self._table, self._campaign, self._by = table, campaign, by
        self._problems: list[Problem] = []
        self._parameters = {parameter.name: parameter for parameter in campaign.parameters}
        self._style: Style = "point"
        name = campaign.name
        self._state = _State(
            samples={sample.id: sample for sample in ledger.samples(name)},
            cells={cell.id: cell for cell in ledger.cells(name)},
            current={m.subject: m for m in ledger.measurements(name)},
            marks={(mark.sample, mark.cell) for mark in ledger.marks(name)},
        )
        self._by_settings = {
            tuple(sorted(s.settings.items())): s.id for s in self._state.samples.values() if s.origin == "historical"
        }

    def _report(self, place: str, field_name: str, what: str, fix: str = "") -> None:
        line = int(place.split()[1]) if place.startswith("line ") else None
        where = field_name if line is not None or not place else f"{place}: {field_name}" if field_name else place
        self._problems.append(Problem(self._table.name, line, where, what, fix))

    def entry(self) -> Entry:
        """Read all rows.

        Returns:
            What the table adds to the ledger; without samples, measurements and marks when all is known.

        Raises:
            ResultsError: If anything in the table is wrong; all mistakes at once.
        """
        columns = read_header(self._table.header, self._campaign, lambda f, w, x: self._report("", f, w, x))
        self._check_columns(columns)
        if self._problems:
            raise ResultsError(self._problems)
        self._find_style(columns)
        sample_column = next((i for i, c in enumerate(columns) if c.name == "sample" and c.role == "key"), None)
        counts = Counter("" if sample_column is None else str(row[sample_column]).strip() for row in self._table.rows)
        for place, row in zip(self._table.places, self._table.rows, strict=True):
            cells: Cells = {(c.role, c.name): (v, c) for c, v in zip(columns, row, strict=True) if not is_blank(v)}
            self._read_row(place, cells, counts)
        if self._problems:
            raise ResultsError(self._problems[:200])
        state = self._state
        return Entry(
            kind="record",
            by=self._by,
            detail={"file": self._table.name, "rows": len(self._table.rows), "already_known": state.repeated},
            fingerprint=self._table.fingerprint,
            samples=tuple(state.new_samples),
            cells=tuple(state.new_cells),
            measurements=tuple(state.measurements),
            marks=tuple(state.new_marks),
        )

    def _check_columns(self, columns: tuple[Column, ...]) -> None:
        roles = {(c.role, c.name) for c in columns}
        keyed = {("key", "sample"), ("key", "cell")} & roles
        if not keyed and not any(role == "parameter" for role, _ in roles):
            fix = (
                "add a column 'sample' or 'cell' with the ids of the plan, or parameter columns for historical samples"
            )
            self._report("", "", "no column says which sample a row belongs to", fix)
        if not any(role in ("metric",) or name == "failed" for role, name in roles):
            known = ", ".join(metric.name for metric in self._campaign.metrics)
            self._report("", "", "no column holds a result", f"add at least one of {known}, or failed")
        for role, name in roles:
            if role == "sd" and ("metric", name) not in roles:
                self._report("", f"{name}_sd", f"a standard deviation without a column '{name}'", f"add '{name}'")

    def _find_style(self, columns: tuple[Column, ...]) -> None:
        texts = [
            str(v)
            for row in self._table.rows
            for c, v in zip(columns, row, strict=True)
            if isinstance(v, str) and not is_blank(v) and self._is_numeric(c)
        ]
        try:
            self._style = decimal_style(texts)
        except InputError as error:
            what, _, fix = str(error).partition("; ")
            self._problems.append(Problem(self._table.name, None, "", what, fix))
            raise ResultsError(self._problems) from error

    def _is_numeric(self, column: Column) -> bool:
        if column.role == "parameter":
            parameter = self._parameters[column.name]
            return isinstance(parameter, Numeric) or isinstance(getattr(parameter, "value", None), float)
        return column.role in ("metric", "sd")

    # --- one row -------------------------------------------------------------------------------------------

    def _read_row(self, place: str, cells: Cells, counts: Counter[str]) -> None:
        texts = {name: str(cells[role, name][0]).strip() for role, name in cells if role in ("key", "text")}
        settings = self._settings(place, cells)
        if settings is None:
            return
        sample, cell = self._subject(place, texts, settings)
        if sample is None:
            return
        if "measured_on" in texts and not self._is_date(texts["measured_on"]):
            self._report(place, "measured_on", f"'{texts['measured_on']}' is not a date", "write it as 2026-11-23")
        results = [name for role, name in cells if role == "metric"]
        on_cells = [name for name in results if self._campaign.measured_on_cells(name)]
        several = counts[texts.get("sample", "")] > 1
        if cell is None and self._campaign.cell_stage and (on_cells or ("failed" in texts and several)):
            self._state.cell_rows[sample] += 1
            cell = cell_id(sample, self._state.cell_rows[sample])
        for name in results:
            self._read_result(place, name, cells, sample, cell, texts)
        if "failed" in texts:
            self._mark_failed(sample, cell if several or "cell" in texts else None, texts["failed"])

    @staticmethod
    def _is_date(text: str) -> bool:
        try:
            datetime.date.fromisoformat(text[:10])
        except ValueError:
            return False
        return True

    def _settings(self, place: str, cells: Cells) -> dict[str, Value] | None:
        settings: dict[str, Value] = {}
        before = len(self._problems)
        for (role, name), (value, column) in cells.items():
            if role != "parameter":
                continue
            parameter = self._parameters[name]
            if not self._is_numeric(column):
                settings[name] = str(value).strip()
                continue
            try:
                number = value if isinstance(value, float) else parse_number(str(value), self._style)
                settings[name] = column.conversion.value(float(number))
            except InputError as error:
                self._report(place, name, str(error), f"write a number in {parameter.unit}")
        return settings if len(self._problems) == before else None

    def _subject(self, place: str, texts: Mapping[str, str], settings: Settings) -> tuple[str | None, str | None]:
        """Find, or for historical rows make, the sample and the cell of a row."""
        cell = texts.get("cell")
        sample = texts.get("sample")
        if cell is not None:
            owner = self._state.cells[cell].sample if cell in self._state.cells else split_cell_id(cell)[0]
            if owner is None or (owner not in self._state.samples and not settings):
                self._report(place, "cell", f"the cell '{cell}' is unknown{nearest(cell, self._state.cells)}")
                return None, None
            if sample is not None and sample != owner:
                self._report(
                    place, "cell", f"the cell '{cell}' does not belong to the sample '{sample}'", "correct one of them"
                )
                return None, None
            sample = owner
        if sample is None and not settings:
            self._report(place, "sample", "the row names no sample", "fill in the sample or the cell")
            return None, None
        if sample is not None and sample in self._state.samples:
            self._compare_settings(place, self._state.samples[sample], settings)
            return sample, cell
        if not settings and "reference" not in texts:
            known = self._state.samples
            self._report(place, "sample", f"the sample '{sample}' is unknown{nearest(str(sample), known)}")
            return None, None
        return self._historical(place, sample, settings, texts.get("reference")), cell

    def _compare_settings(self, place: str, sample: Sample, settings: Settings) -> None:
        for name, value in settings.items():
            recorded = sample.settings.get(name)
            same = (
                bool(np.isclose(value, recorded, rtol=1e-6, atol=1e-12))
                if isinstance(value, float) and isinstance(recorded, float | int)
                else value == recorded
            )
            if not same:
                fix = "correct the row, or give the sample another id if it is another one"
                self._report(place, name, f"{sample.id} is recorded with {recorded}, the row says {value}", fix)

    def _historical(self, place: str, sample: str | None, settings: Settings, reference: str | None) -> str | None:
        complete = {
            p.name: settings.get(p.name, p.value if isinstance(p, Fixed) else None) for p in self._campaign.parameters
        }
        before = len(self._problems)
        if reference is None:
            for name, what, fix in check_settings(self._campaign, complete):
                self._report(place, name, what, fix)
        if sample is not None:
            try:
                check_sample_id(sample)
            except InputError as error:
                what, _, fix = str(error).partition("; ")
                self._report(place, "sample", what, fix)
        if len(self._problems) > before:
            return None
        key = tuple(sorted(complete.items()))
        if sample is None:
            if key in self._by_settings:
                return self._by_settings[key]
            number = sum(s.startswith("H") and s[1:].isdigit() for s in self._state.samples) + 1
            sample = f"H{number}"
        new = Sample(id=sample, origin="historical", settings=complete, reference=reference)
        self._state.samples[sample] = new
        self._state.new_samples.append(new)
        self._by_settings.setdefault(key, sample)
        return sample

    # --- results -------------------------------------------------------------------------------------------

    def _read_result(
        self, place: str, name: str, cells: Cells,
        sample: str, cell: str | None, texts: Mapping[str, str],
    ) -> None:  # fmt: skip
        metric = self._campaign.metric(name)
        value, column = cells["metric", name]
        try:
            if isinstance(value, bool):
                raise InputError(f"'{value}' is not a number")
            result = parse_result(value if isinstance(value, float) else str(value), self._style).converted(
                column.conversion
            )
            if ("sd", name) in cells:
                given, sd_column = cells["sd", name]
                sd = given if isinstance(given, float) else parse_number(str(given), self._style)
                if sd < 0 or result.value is None or result.sd is not None:
                    raise InputError(f"the standard deviation {given} does not go with '{value}'")
                result = replace(result, sd=sd_column.conversion.spread(sd))
        except InputError as error:
            what, _, fix = str(error).partition("; ")
            self._report(place, name, what, fix)
            return
        for number in result.numbers():
            refusal = metric.refuse(number)
            if refusal:
                self._report(
                    place,
                    name,
                    refusal,
                    f"check the number and its unit; a header such as '{name} [{metric.unit}]' says it",
                )
                return
        subject_cell = cell if self._campaign.measured_on_cells(name) else None
        self._state.repeats[sample, subject_cell, name] += 1
        measurement = Measurement(
            metric=name, unit=metric.unit, sample=sample, cell=subject_cell,
            repeat=self._state.repeats[sample, subject_cell, name],
            value=result.value, sd=result.sd, low=result.low, high=result.high,
            source=texts.get("source", self._table.name), note=texts.get("note", ""),
            measured_on=texts.get("measured_on"), by=texts.get("by", self._by),
        )  # fmt: skip
        self._add(place, measurement, texts.get("correction"))

    def _add(self, place: str, measurement: Measurement, correction: str | None) -> None:
        state = self._state
        old = state.current.get(measurement.subject)
        if old is not None and old.same_result(measurement):
            state.repeated += 1
            return
        if old is not None and correction is None:
            where = measurement.cell or measurement.sample
            fix = (
                "to correct it, write the reason into a column 'correction'; for another cell or repeat, give both rows"
            )
            what = f"{where} already has {measurement.metric} = {old.text()}, the row says {measurement.text()}"
            self._report(place, measurement.metric, what, fix)
            return
        if measurement.cell is not None and measurement.cell not in state.cells:
            cell = Cell(id=measurement.cell, sample=measurement.sample)
            state.cells[cell.id] = cell
            state.new_cells.append(cell)
        if old is not None:
            measurement = replace(measurement, supersedes=old.id, correction=correction)
        state.measurements.append(measurement)

    def _mark_failed(self, sample: str, cell: str | None, reason: str) -> None:
        state = self._state
        if (sample, cell) in state.marks:
            state.repeated += 1
            return
        if cell is not None and cell not in state.cells:
            state.cells[cell] = Cell(id=cell, sample=sample)
            state.new_cells.append(state.cells[cell])
        state.marks.add((sample, cell))
        state.new_marks.append(Mark(kind="failed", sample=sample, cell=cell, reason=reason))
