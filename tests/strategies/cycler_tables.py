"""A cell with known truth, written the way that cyclers and people write tables."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from coatopt.metric.reader.column_table import READER
from coatopt.metric.reader.contract import FileContent

MAH_PER_AS = 1000 / 3600
CHARGE, REST, DISCHARGE = 1800.0, 600.0, 1500.0
CURRENT = 2e-3
NET = CURRENT * (CHARGE - DISCHARGE) * MAH_PER_AS


def read(path):
    (series,) = READER.read(FileContent.of(path))
    return series


def written(folder, text, name="cell.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def truth():
    """Rest, charge at 2 mA for 30 min, rest, discharge at 2 mA for 25 min, one row in 10 s, rows at both ends."""
    rows = []
    start = 0.0
    for step, (kind, length, current) in enumerate(
        [("R", 60.0, 0.0), ("C", CHARGE, CURRENT), ("R", REST, 0.0), ("D", DISCHARGE, -CURRENT)], start=1
    ):
        for since in np.arange(0, length + 1, 10):
            share = since / length
            voltage = {"R": 3.0, "C": 3.0 + 1.2 * share, "D": 4.1 - 1.1 * share}[kind] + (1.1 if step == 3 else 0)
            rows.append((start + since, since, step, kind, current, voltage, abs(current) * since / 3600))
        start += length
    return rows


def maccor(current="Amps", minutes=True, sign="none", dates=True, state=True, decimal=".", name="Test (Min)"):
    begin = datetime(2024, 5, 17, 9, 0, 0)
    head = ["Rec#", "Cyc#", "Step", name, "Step (Min)", "Amp-hr", current, "Volts"]
    head += ["State"] if state else []
    lines = ["Today's Date 05/20/2024\tFilename:\tx.001", "\t".join([*head, "DPt Time"])]
    for number, (time, since, step, kind, amps, volts, capacity) in enumerate(truth(), start=1):
        shown = {"none": abs(amps), "charge": amps, "discharge": -amps}[sign]
        unit = 60 if minutes else 1
        cells = [str(number), "0", str(step), f"{time / unit:.6f}", f"{since / unit:.6f}", f"{capacity:.10f}"]
        cells += [f"{shown:.8f}", f"{volts:.6f}"] + ([kind] if state else [])
        stamp = (begin + timedelta(seconds=time)).strftime("%m/%d/%Y %H:%M:%S") if dates else "-"
        lines.append("\t".join([*(cell.replace(".", decimal) for cell in cells), stamp]))
    return "\r\n".join(lines) + "\r\n"


def plain(header="time/s,voltage/V,current/A", sign=1.0, factors=(1.0, 1.0, 1.0)):
    lines = [header]
    for time, _, _, _, amps, volts, _ in truth():
        values = (time * factors[0], volts * factors[1], sign * amps * factors[2])
        lines.append(",".join(f"{value:.9g}" for value in values))
    return "\n".join(lines) + "\n"
