"""The reference sample of a week: measured again and again, it tells a drift between weeks from the settings.

Asked for where ``surrogate: drift`` is on. A reference material (such as the uncoated powder) needs no run; without
one, the sample that was measured in most weeks is made again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace
from coatopt.campaign.parameter import Settings
from coatopt.ledger.identity import cell_ids
from coatopt.ledger.record import Sample
from coatopt.planning.contract import WeekPlan
from coatopt.planning.naming import Naming
from coatopt.planning.wish import Wish
from coatopt.surrogate.fitting import Posterior


class DriftReference:
    """Adds the reference sample to a week.

    Args:
        campaign: The campaign.
        posterior: What is known.
        past_samples: All samples that exist.
    """

    def __init__(self, campaign: Campaign, posterior: Posterior, past_samples: Sequence[Sample]) -> None:
        self._campaign, self._posterior = campaign, posterior
        materials = Counter(sample.reference for sample in past_samples if sample.reference is not None)
        self._wanted = campaign.surrogate.drift and bool(materials or posterior.samples)
        self._material = min(materials, key=lambda name: (-materials[name], name)) if materials else None

    def _due(self, wish: Wish) -> bool:
        there = any(sample.reference is not None for sample in wish.kept)
        changed = bool(wish.kept) and self._material is None
        return self._wanted and not wish.into and not there and not changed

    def places(self, wish: Wish) -> int:
        """Count the samples for which the week keeps room beside those that are chosen.

        Args:
            wish: What a person wants of the week.

        Returns:
            1 where a reference material is measured, else 0.
        """
        return int(self._due(wish) and self._material is not None)

    def repeat(self, wish: Wish) -> Settings | None:
        """Give the settings of the sample that is made again where there is no reference material.

        Args:
            wish: What a person wants of the week.

        Returns:
            Those of the sample that was measured most often, the oldest among equals; None where none is due, or where
            the week must not hold it.
        """
        if not self._due(wish) or self._material is not None:
            return None
        rows = [tuple(row) for row in self._posterior.rows.tolist()]
        times = Counter(map(str, rows))
        first = max(range(len(rows)), key=lambda i: (times[str(rows[i])], -i))
        row = self._posterior.rows[first]
        # The campaign of the week holds what the wish requires, too.
        space = DesignSpace(self._campaign)
        forbidden = space.rows(list(wish.forbidden))
        hit = np.isclose(forbidden, row, rtol=0, atol=1e-9, equal_nan=True).all(axis=1).any()
        allowed = bool(space.feasible(row[None, :])[0]) and not hit
        return space.settings(row) if allowed else None

    def join(self, plan: WeekPlan, naming: Naming, wish: Wish) -> None:
        """Write the reference material into a plan, if one is due.

        Args:
            plan: The plan; gains a sample and its cells.
            naming: Names the sample.
            wish: What a person wants of the week; a week that is only added to has its reference already.
        """
        if self._material is None or not plan.samples or not self._due(wish):
            return
        name = naming.sample(f"{naming.prefix}-R")
        empty: dict[str, object] = dict.fromkeys(plan.samples[0])
        cells = self._campaign.cells_per_sample
        reason = f"Reference {self._material}: measured every week, so that a drift between weeks shows."
        plan.samples.append(
            {**empty, "sample": name, "week": plan.week, "cells": cells, "reference": self._material, "reason": reason}
        )
        plan.cells.extend({"cell": cell, "sample": name} for cell in cell_ids(name, cells))
