"""Raw cells of a results table to rows of texts, settings and results; knows the campaign, not the ledger."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from coatopt.campaign.definition import Campaign
from coatopt.campaign.parameter import Fixed, Levelled, Numeric, Value
from coatopt.errors import InputError
from coatopt.ledger.number import Result, Style, decimal_style, parse_number, parse_result
from coatopt.ledger.result_file import Cell, ResultTable, as_text, is_blank
from coatopt.ledger.result_header import Column

Report = Callable[[str, str, str, str], None]
Cells = Mapping[tuple[str, str], tuple[Cell, Column]]
_NOTHING_FAILED = {"no", "false", "0", "ok", "nein"}
_NO_REASON = {"yes", "true", "1", "x", "ja"}


@dataclass(frozen=True)
class Row:
    """One row: where it stands, its texts by column, settings it states, results by metric, and runs by stage."""

    place: str
    texts: Mapping[str, str]
    settings: Mapping[str, Value]
    results: Mapping[str, Result]
    runs: Mapping[str, str]


class RowParser:
    """Parses the rows of one table.

    Args:
        table: The raw table.
        columns: What its columns mean.
        campaign: The campaign that it belongs to.
        report: Called with place, field, what is wrong and what would be right, once per mistake.

    Raises:
        InputError: If decimal commas and points are mixed.
    """

    def __init__(self, table: ResultTable, columns: tuple[Column, ...], campaign: Campaign, report: Report) -> None:
        self._table, self._columns, self._campaign, self._report = table, columns, campaign, report
        self._parameters = {parameter.name: parameter for parameter in campaign.parameters}
        texts = [
            str(value)
            for row in table.rows
            for column, value in zip(columns, row, strict=True)
            if isinstance(value, str) and self._is_numeric(column) and not is_blank(value)
        ]
        self._style: Style = decimal_style(texts)

    def _is_numeric(self, column: Column) -> bool:
        if column.role == "parameter":
            parameter = self._parameters[column.name]
            return isinstance(parameter, Numeric) or (
                isinstance(parameter, Fixed) and not isinstance(parameter.value, str)
            )
        return column.role in ("metric", "sd")

    def _says_nothing(self, column: Column, value: Cell) -> bool:
        parameter = self._parameters.get(column.name) if column.role == "parameter" else None
        if isinstance(parameter, Levelled) and isinstance(value, str | int) and as_text(value) in parameter.levels:
            return False
        return is_blank(value)

    def rows(self) -> list[Row]:
        """Parse all rows; rows with a mistake are reported and left out.

        Returns:
            The rows.
        """
        parsed = []
        for place, raw in zip(self._table.places, self._table.rows, strict=True):
            cells: Cells = {
                (column.role, column.name): (value, column)
                for column, value in zip(self._columns, raw, strict=True)
                if not self._says_nothing(column, value)
            }
            mistakes = 0

            def report(field: str, error: InputError, fix: str = "", place: str = place) -> None:
                nonlocal mistakes
                mistakes += 1
                what, _, own = str(error).partition("; ")
                self._report(place, field, what, own or fix)

            texts = {name: as_text(value) for (role, name), (value, _) in cells.items() if role in ("key", "text")}
            self._check_texts(texts, report)
            runs = {name: as_text(value) for (role, name), (value, _) in cells.items() if role == "run"}
            row = Row(place, texts, self._settings(cells, report), self._results(cells, report), runs)
            if mistakes == 0:
                parsed.append(row)
        return parsed

    @staticmethod
    def _check_texts(texts: dict[str, str], report: Callable[..., None]) -> None:
        if texts.get("failed", "").lower() in _NOTHING_FAILED:
            del texts["failed"]
        if texts.get("failed", "").lower() in _NO_REASON:
            report("failed", InputError(f"'{texts['failed']}' is no reason; write why it failed, as in 'shorted'"))
        try:
            datetime.datetime.fromisoformat(texts.get("measured_on", "2026-01-01"))
        except ValueError:
            report("measured_on", InputError(f"'{texts['measured_on']}' is not a date; write it as 2026-11-23"))

    def _settings(self, cells: Cells, report: Callable[..., None]) -> dict[str, Value]:
        settings: dict[str, Value] = {}
        for (role, name), (value, column) in cells.items():
            if role != "parameter":
                continue
            if not self._is_numeric(column):
                settings[name] = as_text(value)
                continue
            try:
                settings[name] = column.conversion.value(self._number(value))
            except InputError as error:
                report(name, error, f"write a number in {self._parameters[name].unit}")
        return settings

    def _number(self, value: Cell) -> float:
        if isinstance(value, bool):
            raise InputError(f"'{value}' is not a number")
        try:
            return float(value) if isinstance(value, int | float) else parse_number(str(value), self._style)
        except OverflowError:
            raise InputError("a number beyond all measurements stands here; check its digits") from None

    def _results(self, cells: Cells, report: Callable[..., None]) -> dict[str, Result]:
        results: dict[str, Result] = {}
        for (role, name), (value, column) in cells.items():
            try:
                if role == "sd" and ("metric", name) not in cells:
                    raise InputError(f"a standard deviation {value} stands here without a value; fill in {name}")
                if role == "metric":
                    results[name] = self._result(name, value, column, cells.get(("sd", name)))
            except InputError as error:
                metric = self._campaign.metric(name)
                fix = f"check the number and its unit; a header such as '{name} [{metric.unit}]' says it"
                report(name if role == "metric" else f"{name}_sd", error, fix)
        return results

    def _result(self, name: str, value: Cell, column: Column, sd: tuple[Cell, Column] | None) -> Result:
        number = self._number(value) if isinstance(value, int | float) else str(value)
        result = parse_result(number, self._style).converted(column.conversion)
        if sd is not None:
            spread = self._number(sd[0])
            if spread < 0 or result.value is None or result.sd is not None:
                raise InputError(f"the standard deviation {sd[0]} does not go with '{value}'")
            result = replace(result, sd=sd[1].conversion.spread(spread))
        metric = self._campaign.metric(name)
        refusals = [metric.refuse(n) for n in result.numbers()]
        one_sided = (result.low is None) != (result.high is None)
        if one_sided and (result.low if result.low is not None else result.high) in (metric.low, metric.high):
            beyond = result.low == metric.high if result.low is not None else result.high == metric.low
            refusals += [f"'{value}' leaves no possible value in the range of {name}"] if beyond else []
        if refusal := next(filter(None, refusals), ""):
            raise InputError(refusal)
        return result
