"""Entries of the parameters block to parameters of the right kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from coatopt.campaign.file_schema import ParameterEntry
from coatopt.campaign.parameter import (
    Categorical,
    Continuous,
    Discrete,
    Integer,
    Levelled,
    Numeric,
    Ordinal,
    Parameter,
)

Path = tuple[str | int, ...]
Report = Callable[[Path, str, str], None]
_NARROWEST = 1e-9
_MOST_STEPS = 100_000


class ParameterAssembly:
    """Builds parameters; mistakes are reported, not raised.

    Args:
        report: Called with path, what is wrong and what would be right.
    """

    def __init__(self, report: Report) -> None:
        self._report = report

    def ranged(self, path: Path, entry: ParameterEntry, shared: Mapping[str, object]) -> Numeric | None:
        """Build a parameter from ``range``.

        Args:
            path: Where the entry stands.
            entry: The entry.
            shared: What all kinds of parameters have.

        Returns:
            The parameter, or None when its range is wrong.
        """
        assert entry.range is not None
        low, high = (float(end) for end in entry.range)
        log = entry.scale == "log"
        if low >= high:
            self._report((*path, "range"), f"{low:g} is not below {high:g}", "write the lower end first")
            return None
        if high - low < _NARROWEST * max(abs(low), abs(high), 1e-3):
            self._report((*path, "range"), "the two ends are the same number for all practical purposes", "widen it")
            return None
        if log and low <= 0:
            self._report((*path, "range"), f"a logarithmic scale cannot start at {low:g}", "start above 0")
            return None
        if entry.integer:
            if entry.step is not None:
                self._report((*path, "step"), "integer already means steps of 1", "keep one of the two")
            if high - low > _MOST_STEPS:
                self._report((*path, "range"), f"{high - low:g} whole numbers are too many", "leave out integer")
                return None
            if low != round(low) or high != round(high):
                self._report((*path, "range"), f"{low:g} to {high:g} are not whole numbers", "write whole numbers")
            return Integer(low=low, high=high, log=log, **shared)  # type: ignore[arg-type]
        if entry.step is not None and not self._steps_fit(path, low, high, entry.step):
            return None
        return Continuous(low=low, high=high, log=log, step=entry.step, **shared)  # type: ignore[arg-type]

    def _steps_fit(self, path: Path, low: float, high: float, step: float) -> bool:
        steps = (high - low) / step
        if steps > _MOST_STEPS:
            fix = f"at most {_MOST_STEPS} are possible; or leave step out"
            self._report((*path, "step"), f"{steps:.3g} steps are too many", fix)
            return False
        if abs(steps - round(steps)) > 1e-6 or round(steps) < 1:
            whole = max(1, int(steps + 1e-9))
            self._report(
                (*path, "step"),
                f"{low:g} to {high:g} is not a whole number of steps of {step:g}",
                f"end the range at {low + whole * step:g} or {low + (whole + 1) * step:g}",
            )
            return False
        return True

    def listed(self, path: Path, entry: ParameterEntry, shared: Mapping[str, object]) -> Parameter | None:
        """Build a parameter from ``values``.

        Args:
            path: Where the entry stands.
            entry: The entry.
            shared: What all kinds of parameters have.

        Returns:
            The parameter, or None when its values are wrong.
        """
        values = entry.values
        assert values is not None
        here = (*path, "values")
        if len(values) < 2:
            self._report(
                here,
                f"{'no value is' if len(values) == 0 else 'only one value is'} listed",
                "list at least two, or write value: for a fixed setting",
            )
            return None
        if len(values) > 1000:
            self._report(here, f"{len(values)} values are listed", "list at most 1000, or use range and step")
            return None
        if isinstance(values, dict):
            return self._described(here, entry, values, shared)
        if len(set(values)) < len(values):
            self._report(here, "a value is listed twice", "list each value once")
            return None
        numbers = [float(value) for value in values if not isinstance(value, str)]
        if numbers:
            if entry.ordered:
                self._report((*path, "ordered"), "numbers are ordered anyway", "remove it")
            levels = tuple(sorted(numbers))
            if entry.scale == "log" and levels[0] <= 0:
                self._report(here, f"a logarithmic scale cannot start at {levels[0]:g}", "start above 0")
                return None
            log = entry.scale == "log"
            return Discrete(low=levels[0], high=levels[-1], log=log, levels=levels, **shared)  # type: ignore[arg-type]
        names = tuple(str(value) for value in values)
        if entry.scale == "log":
            self._report((*path, "scale"), "names have no logarithmic scale", "remove it")
        self._check_levels(here, names)
        kind = Ordinal if entry.ordered else Categorical
        return kind(levels=names, **shared)  # type: ignore[arg-type]

    def check_default(self, path: Path, parameter: Parameter | None) -> None:
        """Check that the usual setting is one that a plan may propose.

        Args:
            path: Where the entry stands.
            parameter: The parameter, if it could be built.
        """
        if parameter is None or parameter.default is None:
            return
        value = parameter.default
        if isinstance(parameter, Numeric):
            wrong = f"'{value}' is not a number" if isinstance(value, str) else parameter.refuse(float(value))
            if not wrong and float(value) != float(parameter.snap(np.array(float(value)))):
                wrong = f"{value:g} is not on a step of the range"
        else:
            wrong = parameter.refuse(str(value)) if isinstance(parameter, Levelled) else ""
        if wrong:
            self._report((*path, "default"), wrong, "write a value that can be set")

    def _described(
        self, here: Path, entry: ParameterEntry, values: dict[str, dict[str, float]], shared: Mapping[str, object]
    ) -> Parameter | None:
        names = list(next(iter(values.values())))
        for level, descriptors in values.items():
            if list(descriptors) != names:
                self._report(
                    (*here, level),
                    f"its descriptors are {', '.join(descriptors) or 'none'}",
                    f"every level needs the same ones in the same order: {', '.join(names) or 'at least one'}",
                )
                return None
        if not names:
            self._report(here, "no level has a descriptor", "list plain names, or give each level numbers")
            return None
        if entry.ordered:
            self._report((*here[:-1], "ordered"), "descriptors already say which levels are alike", "remove ordered")
        self._check_levels(here, tuple(values))
        table = {name: tuple(float(values[level][name]) for level in values) for name in names}
        return Categorical(levels=tuple(values), descriptors=table, **shared)  # type: ignore[arg-type]

    def _check_levels(self, here: Path, names: tuple[str, ...]) -> None:
        if not all(name.strip() == name and 1 <= len(name) <= 80 for name in names):
            self._report(
                here, "a name is empty, too long, or has blanks at its ends", "use names of 1 to 80 characters"
            )
