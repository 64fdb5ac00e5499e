"""Advice on made samples and on replicates as data frames."""

from __future__ import annotations

from typing import Any

import pandas as pd


class GateTables:
    """Which made samples earn an expensive stage: ``table`` has one row per sample, best first.

    Args:
        document: As ``gate_samples`` made it.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.stage: str = document["stage"]
        self.notices: list[str] = document["notices"]
        self.table = pd.DataFrame(document["samples"])
        for column in self.table.columns[self.table.isna().all()]:
            self.table[column] = self.table[column].astype(float)

    def __repr__(self) -> str:
        counts = self.table["advice"].value_counts()
        said = ", ".join(f"{counts.get(word, 0)} {word}" for word in ("test", "skip", "remake"))
        return f"<gate before {self.stage}: {said}>"


class ReplicateTables:
    """What repeats of a setting are worth: ``table`` has one row per metric, samples per setting and cells per sample.

    Args:
        document: As ``replicates`` made it.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.notices: list[str] = document["notices"]
        self.table = pd.DataFrame(
            [
                {"metric": metric["metric"], "unit": metric["unit"], "assumption": case["assumption"], **row}
                for metric in document["metrics"]
                for case in metric["cases"]
                for row in case["table"]
            ]
        )

    def __repr__(self) -> str:
        return f"<replicates of {', '.join(metric['metric'] for metric in self.document['metrics'])}>"
