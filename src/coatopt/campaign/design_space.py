"""Every setting that a campaign allows: drawing, repairing and testing rows of parameter values.

A row is a float vector over the free parameters, in the order of the file: numbers in lab units, levels as
their position, NaN where a conditional parameter is inactive. Rows that come out of here keep every range,
step, mixture and constraint; nothing else in coatopt makes settings.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.definition import Campaign
from coatopt.campaign.expression import Columns, LinearComparison, inactive
from coatopt.campaign.mixture import MixtureSampler
from coatopt.campaign.parameter import Categorical, Continuous, Levelled, Numeric, Settings, Value
from coatopt.campaign.polytope import interior_points
from coatopt.errors import InfeasibleError

Rows = NDArray[np.float64]
_ROUNDS = 60


class DesignSpace:
    """The free parameters of a campaign and everything that binds them together.

    Args:
        campaign: The campaign.
    """

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self.parameters, self.mixtures = campaign.free_parameters, campaign.mixtures
        self.names = tuple(parameter.name for parameter in self.parameters)
        self._column = {name: i for i, name in enumerate(self.names)}
        numeric = {p.name: p for p in self.parameters if isinstance(p, Numeric)}
        self._mixtures = [
            (mixture, MixtureSampler(mixture, numeric), [self._column[name] for name in mixture.parts])
            for mixture in campaign.mixtures
        ]
        self._in_mixture = {i for _, _, columns in self._mixtures for i in columns}
        self._closings = self._find_closings()

    # --- rows and settings -------------------------------------------------------------------------------

    def row(self, settings: Settings) -> NDArray[np.float64]:
        """Turn settings into a row.

        Args:
            settings: Value by parameter name; missing or None where inactive.

        Returns:
            Shape (parameters,).
        """
        row = np.full(len(self.names), np.nan)
        for i, parameter in enumerate(self.parameters):
            value = settings.get(parameter.name)
            if value is None:
                continue
            row[i] = parameter.levels.index(str(value)) if isinstance(parameter, Levelled) else float(value)
        return row

    def rows(self, table: list[Settings]) -> Rows:
        """Turn several settings into rows.

        Args:
            table: Settings of n samples.

        Returns:
            Shape (n, parameters).
        """
        return np.array([self.row(settings) for settings in table]).reshape(len(table), len(self.names))

    def settings(self, row: NDArray[np.float64]) -> dict[str, Value]:
        """Turn a row into settings of all parameters, the fixed ones included.

        Args:
            row: Shape (parameters,).

        Returns:
            Value by parameter name, in the order of the file; None where inactive.
        """
        free = {p.name: self._value(p, float(v)) for p, v in zip(self.parameters, row, strict=True)}
        fixed = {p.name: p.value for p in self._campaign.fixed_parameters}
        return {p.name: free[p.name] if p.name in free else fixed[p.name] for p in self._campaign.parameters}

    @staticmethod
    def _value(parameter: Numeric | Levelled, number: float) -> Value:
        if np.isnan(number):
            return None
        return parameter.levels[round(number)] if isinstance(parameter, Levelled) else number + 0.0

    def columns(self, rows: Rows) -> Columns:
        """Lay rows out by parameter for the expressions.

        Args:
            rows: Shape (n, parameters).

        Returns:
            Numbers, or level names with None where inactive, each of shape (n,); fixed parameters included.
        """
        result: dict[str, NDArray[np.float64] | NDArray[np.object_]] = {}
        for i, parameter in enumerate(self.parameters):
            values = rows[:, i]
            if isinstance(parameter, Levelled):
                levels = np.array([*parameter.levels, None], dtype=object)
                result[parameter.name] = levels[np.where(np.isnan(values), -1, values).astype(int)]
            else:
                result[parameter.name] = values
        for fixed in self._campaign.fixed_parameters:
            kind = object if isinstance(fixed.value, str) else np.float64
            result[fixed.name] = np.full(len(rows), fixed.value, dtype=kind)
        return result

    # --- what is allowed -----------------------------------------------------------------------------------

    def feasible(self, rows: Rows) -> NDArray[np.bool_]:
        """Test rows against mixtures and constraints.

        Args:
            rows: Shape (n, parameters).

        Returns:
            Truth per row, shape (n,).
        """
        allowed = np.ones(len(rows), dtype=bool)
        for i, parameter in enumerate(self.parameters):
            if parameter.when is not None and len(rows):
                allowed &= parameter.when.holds(self.columns(rows)) != np.isnan(rows[:, i])
        for mixture, _, columns in self._mixtures:
            allowed &= mixture.holds(rows[:, columns])
        for i, parameter in enumerate(self.parameters):
            if isinstance(parameter, Numeric):
                values = rows[:, i]
                off = np.isnan(values) & (parameter.when is not None)
                allowed &= off | ((values >= parameter.low) & (values <= parameter.high))
        if self._campaign.constraints and len(rows):
            columns_by_name = self.columns(rows)
            for constraint in self._campaign.constraints:
                allowed &= constraint.holds(columns_by_name)
        return allowed

    def _kept(self, rows: Rows, fixed: Mapping[int, float]) -> NDArray[np.bool_]:
        """Test rows against everything, and whether the fixed columns survived a condition."""
        allowed = self.feasible(rows)
        for i, value in fixed.items():
            allowed &= np.isnan(rows[:, i]) if np.isnan(value) else rows[:, i] == value
        return allowed

    def switch_off_inactive(self, rows: Rows) -> Rows:
        """Blank conditional parameters whose condition does not hold.

        Args:
            rows: Shape (n, parameters).

        Returns:
            The same rows with NaN where inactive.
        """
        result = rows.copy()
        for i, parameter in enumerate(self.parameters):
            if parameter.when is not None and len(result):
                result[~parameter.when.holds(self.columns(result)), i] = np.nan
        return result

    def _find_closings(self) -> dict[int, list[int]]:
        """Find for every equality the stepless parameters, in no other equality, that the others determine."""
        equalities = {
            k: constraint.body
            for k, constraint in enumerate(self._campaign.constraints)
            if isinstance(constraint.body, LinearComparison) and constraint.body.operator == "=="
        }
        closings: dict[int, list[int]] = {}
        for k, body in equalities.items():
            elsewhere = {name for other, b in equalities.items() if other != k for name in b.names}
            columns = [self._column[name] for name in body.names if name in self._column and name not in elsewhere]
            free = [i for i in columns if i not in self._in_mixture and self._stepless(i)]
            if free:
                closings[k] = free
        self._stiff = len(closings) < len(equalities)
        return closings

    def _stepless(self, column: int) -> bool:
        parameter = self.parameters[column]
        return isinstance(parameter, Continuous) and parameter.step is None

    def _close_equalities(self, rows: Rows, fixed: Mapping[int, float]) -> Rows:
        for k, candidates in self._closings.items():
            constraint = self._campaign.constraints[k]
            body = constraint.body
            assert isinstance(body, LinearComparison)
            i = next((column for column in candidates if column not in fixed), None)
            if i is None:
                continue
            columns = self.columns(rows)
            applies = ~inactive(columns, body.names)
            if constraint.condition is not None:
                applies &= constraint.condition.holds(columns)
            own = dict(body.coefficients)[self.names[i]]
            others = sum(
                (c * np.asarray(columns[n], dtype=float) for n, c in body.coefficients if n != self.names[i]),
                start=np.zeros(len(rows)),
            )
            rows[:, i] = np.where(applies, np.round(-(others + body.constant) / own, 12), rows[:, i])
        return rows

    # --- drawing -------------------------------------------------------------------------------------------

    def sample(self, count: int, rng: np.random.Generator, fixed: Mapping[int, float] | None = None) -> Rows:
        """Draw allowed rows at random.

        Args:
            count: How many are wanted.
            rng: Source of randomness.
            fixed: Columns that keep a value (the shared settings of a run), by position.

        Returns:
            Shape (at most count, parameters); fewer when the constraints leave little room.

        Raises:
            InfeasibleError: If not one allowed row was found.
        """
        held = dict(fixed or {})
        found = np.empty((0, len(self.names)))
        # Chance does not meet an equality that nothing closes, so only the mixed corners are tried.
        for attempt in range(1 if self._stiff else _ROUNDS):
            chunk = max(256, 2 * (count - len(found)))
            drawn = self._draw(chunk, rng, held)
            found = np.vstack([found, drawn[self._kept(drawn, held)]])
            if len(found) >= count or (len(found) and attempt >= 5):
                return found[:count]
        if len(found) == 0 or self._stiff:
            found = np.vstack([found, self._draw_polytope(count, rng, held)])
        if len(found) == 0:
            named = [f"'{c.text}'" for c in self._campaign.constraints] + [
                f"'{m.name}'" for m in self._campaign.mixtures
            ]
            raise InfeasibleError(
                f"no setting of '{self._campaign.name}' keeps all ranges, steps, mixtures and constraints together; "
                f"relax {' or '.join(named) or 'a range or a step'}"
            )
        return found[:count]

    def _draw(self, count: int, rng: np.random.Generator, fixed: Mapping[int, float]) -> Rows:
        rows = np.empty((count, len(self.names)))
        for i, parameter in enumerate(self.parameters):
            if isinstance(parameter, Levelled):
                rows[:, i] = rng.integers(0, len(parameter.levels), count)
            else:
                rows[:, i] = self._uniform(parameter, count, rng)
        for _, sampler, columns in self._mixtures:
            if columns[0] not in fixed:
                rows[:, columns] = [sampler.draw(rng) for _ in range(count)]
        return self._finish(rows, fixed)

    @staticmethod
    def _uniform(parameter: Numeric, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
        grid = parameter.grid()
        if grid is not None and not parameter.log:
            return rng.choice(grid, count)
        return parameter.snap(parameter.from_unit(rng.random(count)))

    def _finish(self, rows: Rows, fixed: Mapping[int, float]) -> Rows:
        for i, value in fixed.items():
            rows[:, i] = value
        return self.switch_off_inactive(self._close_equalities(self.switch_off_inactive(rows), fixed))

    def neighbours(
        self, row: NDArray[np.float64], count: int, radius: float, rng: np.random.Generator, fixed: Mapping[int, float]
    ) -> Rows:
        """Draw allowed rows near a row.

        Args:
            row: Shape (parameters,).
            count: How many to try.
            radius: Typical step as a fraction of each range.
            rng: Source of randomness.
            fixed: Columns that keep a value, by position.

        Returns:
            Shape (at most count, parameters).
        """
        rows = np.tile(row, (count, 1))
        moved = rng.random(rows.shape) < 0.6
        for i, parameter in enumerate(self.parameters):
            if i in self._in_mixture:
                continue
            moved[np.isnan(rows[:, i]), i] = True
            rows[moved[:, i], i] = self._step(parameter, rows[moved[:, i], i], radius, rng)
            if isinstance(parameter, Numeric):
                # A measured row may lie off the steps; what is proposed near it may not.
                rows[:, i] = parameter.snap(rows[:, i])
        for _, sampler, columns in self._mixtures:
            if columns[0] not in fixed:
                rows[:, columns] = [sampler.shift(r[columns], radius, rng) for r in rows]
        finished = self._finish(rows, fixed)
        return finished[self._kept(finished, fixed)]

    def _step(
        self, parameter: Numeric | Levelled, values: NDArray[np.float64], radius: float, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        if isinstance(parameter, Categorical):
            return np.where(
                (rng.random(len(values)) < max(radius, 0.1)) | np.isnan(values),
                rng.integers(0, len(parameter.levels), len(values)),
                values,
            )
        if isinstance(parameter, Levelled):
            jump = np.rint(rng.normal(0.0, 1.0, len(values)))
            return np.clip(np.nan_to_num(values) + jump, 0, len(parameter.levels) - 1)
        grid = parameter.grid()
        start = np.where(np.isnan(values), parameter.from_unit(rng.random(len(values))), values)
        scaled = parameter.to_unit(np.clip(start, parameter.low, parameter.high))
        # A step that is coarser than the radius would never be left: at least one grid place.
        reach = radius if grid is None else max(radius, 1.0 / len(grid))
        return parameter.snap(parameter.from_unit(np.clip(scaled + rng.normal(0.0, reach, len(values)), 0.0, 1.0)))

    def _draw_polytope(self, count: int, rng: np.random.Generator, fixed: Mapping[int, float]) -> Rows:
        """Draw where rejection finds nothing."""
        free = [i for i, p in enumerate(self.parameters) if isinstance(p, Numeric) and i not in fixed]
        found = np.empty((0, len(self.names)))
        for start in self._draw(40, rng, fixed) if free else ():
            inner = interior_points(self._campaign, self.names, free, self.columns(start[None, :]), rng)
            rows = np.tile(start, (len(inner), 1))
            for place, i in enumerate(free):
                parameter = self.parameters[i]
                assert isinstance(parameter, Numeric)
                # Rounding would break an equality that was just met; steps must be kept all the same.
                exact = self._stiff and parameter.grid() is None
                rows[:, i] = np.round(inner[:, place], 12) if exact else parameter.snap(inner[:, place])
            for _, sampler, columns in self._mixtures:
                if columns[0] not in fixed and len(rows) and not self._stiff:
                    rows[:, columns] = [sampler.close(r[columns], r[columns] > 0) for r in rows]
            finished = self._finish(rows, fixed)
            found = np.vstack([found, finished[self._kept(finished, fixed)]])
            if len(found) >= count:
                break
        return found
