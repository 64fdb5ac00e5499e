"""Fractions of one weighing that sum to a total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.expression import TOLERANCE
from coatopt.campaign.parameter import Continuous, Numeric, decimals


@dataclass(frozen=True)
class Mixture:
    """``parts`` sum to ``total``; at most ``at_most`` of them are not zero."""

    name: str
    parts: tuple[str, ...]
    total: float
    at_most: int | None = None

    def holds(self, fractions: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Test rows of fractions.

        Args:
            fractions: Shape (n, parts), in the unit of the total.

        Returns:
            Truth per row, shape (n,).
        """
        sums = np.abs(fractions.sum(axis=1) - self.total) <= TOLERANCE * max(1.0, abs(self.total))
        if self.at_most is None:
            return np.asarray(sums)
        return np.asarray(sums & ((np.abs(fractions) > 0).sum(axis=1) <= self.at_most))


class MixtureSampler:
    """Draws and repairs the fractions of one mixture so that ranges, steps and the total hold exactly.

    Args:
        mixture: The mixture.
        parts: Its parameters by name, all numeric.
    """

    def __init__(self, mixture: Mixture, parts: Mapping[str, Numeric]) -> None:
        self._mixture = mixture
        self._parts = [parts[name] for name in mixture.parts]
        self._low = np.array([part.low for part in self._parts])
        self._high = np.array([part.high for part in self._parts])
        grids = [part.grid() for part in self._parts]
        self._free = [i for i, grid in enumerate(grids) if grid is None]
        self._step = self._common_step()
        self._places = min(12, decimals(mixture.total) + max(part.places for part in self._parts))

    def _common_step(self) -> float | None:
        steps = {part.step for part in self._parts if isinstance(part, Continuous)}
        if self._free or len(steps) != 1 or len(self._parts) != sum(isinstance(p, Continuous) for p in self._parts):
            return None
        return steps.pop()

    def draw(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw one set of fractions, uniform over the simplex of its non-zero parts.

        Args:
            rng: Source of randomness.

        Returns:
            Shape (parts,); may miss a range when ranges are tight, so the caller tests it.
        """
        active = self._choose_active(rng)
        fractions = np.where(active, self._low, 0.0)
        share = np.zeros(len(active))
        share[active] = rng.dirichlet(np.ones(int(active.sum())))
        return self.close(fractions + share * (self._mixture.total - fractions.sum()), active)

    def _choose_active(self, rng: np.random.Generator) -> NDArray[np.bool_]:
        always = self._low > 0
        active = always.copy()
        optional = rng.permutation(np.flatnonzero(~always))
        limit = self._mixture.at_most or len(active)
        most = min(len(optional), limit - int(always.sum()))
        least = 0 if always.any() else 1
        active[optional[: rng.integers(least, most + 1) if most >= least else 0]] = True
        return active

    def shift(self, fractions: NDArray[np.float64], radius: float, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw a neighbour of some fractions; now and then a part comes in or drops out.

        Args:
            fractions: Shape (parts,).
            radius: Typical relative size of the step.
            rng: Source of randomness.

        Returns:
            Shape (parts,).
        """
        active = fractions > 0
        if rng.random() < 0.3:
            flip = int(rng.integers(len(active)))
            active[flip] = not active[flip] or self._low[flip] > 0
            limit = self._mixture.at_most
            if limit is not None and active.sum() > limit:
                others = [i for i in np.flatnonzero(active) if i != flip and self._low[i] == 0]
                if others:
                    active[rng.choice(others)] = False
            if not active.any():
                active[flip] = True
        noise = rng.normal(0.0, radius * self._mixture.total, len(active))
        moved = np.where(active, np.maximum(fractions + noise, 1e-6 * self._mixture.total), 0.0)
        return self.close(moved, active)

    def close(self, fractions: NDArray[np.float64], active: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Scale fractions to the total, keep them in range, and put them on their steps.

        Args:
            fractions: Shape (parts,), not yet summing to the total.
            active: Which parts may be non-zero, shape (parts,).

        Returns:
            Shape (parts,).
        """
        total = self._mixture.total
        low, high = np.where(active, self._low, 0.0), np.where(active, self._high, 0.0)
        scaled = np.clip(fractions * (total / fractions.sum()), low, high) if fractions.sum() > 0 else low
        for _ in range(len(scaled)):
            missing = total - scaled.sum()
            room = high - scaled if missing > 0 else scaled - low
            if abs(missing) < 1e-12 or room.sum() <= 0:
                break
            scaled = np.clip(scaled + missing * room / room.sum(), low, high)
        return self._on_steps(scaled, active)

    def _on_steps(self, fractions: NDArray[np.float64], active: NDArray[np.bool_]) -> NDArray[np.float64]:
        if self._step is not None:
            # Largest remainder: whole steps above the lower ends, topped up where most was cut off.
            base = np.where(active, self._low, 0.0)
            steps = (fractions - base) / self._step
            whole = np.floor(steps + TOLERANCE)
            left = round((self._mixture.total - base.sum()) / self._step - whole.sum())
            for i in np.argsort(-(steps - whole), kind="stable")[: max(left, 0)]:
                whole[i] += 1
            return np.round(base + whole * self._step, decimals(self._step, *self._low))
        snapped = np.array(
            [
                float(part.snap(np.array([f]))[0]) if on else 0.0
                for part, f, on in zip(self._parts, fractions, active, strict=True)
            ]
        )
        closers = [i for i in self._free if active[i]]
        if closers:
            largest = max(closers, key=lambda i: float(snapped[i]))
            snapped[largest] = 0.0
            snapped[largest] = round(self._mixture.total - float(snapped.sum()), self._places)
        return snapped
