"""Plans as data frames."""

from __future__ import annotations

from typing import Any

import pandas as pd

from coatopt.planning.contract import WeekPlan


class PlanTables:
    """A week plan: ``table`` has one row per sample, ``cells`` one row per cell, ``calendar`` one row per booking.

    Args:
        plan: The plan as a document.
    """

    def __init__(self, plan: WeekPlan) -> None:
        self.document: dict[str, Any] = plan.document()
        self.week = plan.week
        self.method = plan.method
        self.trust = plan.trust
        self.notices = plan.notices
        self.table = pd.DataFrame(plan.samples)
        if "reference" in self.table:
            # Only the reference sample of a week has it, and the table ends with the reason.
            self.table.insert(list(self.table.columns).index("cells"), "reference", self.table.pop("reference"))
        for column in self.table.columns[self.table.isna().all()]:
            self.table[column] = self.table[column].astype(float)
        self.calendar = pd.DataFrame(plan.calendar)
        self.outlook = plan.outlook
        self.cells = pd.DataFrame(plan.cells, columns=["cell", "sample"])

    def __repr__(self) -> str:
        return f"<plan of {self.week}: {len(self.table)} samples, {len(self.cells)} cells; {self.method}>"
