"""Columns of an EC-Lab file, made by hand."""

from __future__ import annotations

import numpy as np

from coatopt.metric.reader.biologic_columns import EcLabTable


def table(content, technique="PEIS", rows=None, **columns) -> EcLabTable:
    named = {name: (np.asarray(values, float), unit) for name, (values, unit) in columns.items()}
    return EcLabTable(
        content=content,
        reader="r",
        version="1",
        technique=technique,
        columns=named,
        rows=rows or len(next(iter(named.values()))[0]),
    )
