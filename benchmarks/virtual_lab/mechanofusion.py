"""Virtual mechanofusion lab: Li3InCl6 and carbon on NCM82 in a high-intensity mixer, used as composite cathode."""

from __future__ import annotations

import numpy as np
import pandas as pd

from virtual_lab.process import Array, Blueprint, Cheap, Columns, Process, Scatter, Week, rise

_NAMES = ("carbon_content", "se_fraction", "rotor_speed", "mixing_time", "pressure")


def powder(s: pd.DataFrame) -> dict[str, Array]:
    """Compute coverage from stress intensity and time.

    Nat. Commun. 2026, 17, 3215: stress intensity 0.006, 0.033, 0.123 J/kg at 1000, 2500, 5000 rpm (text, Fig. 6),
    nearly the square of the speed; from 5000 rpm on 97 to 100 % within 5 to 10 min and little change after, at 1000
    and 2500 rpm below 97 % and rising with time (Fig. 5a, 6c, 6d); coverage rises with the coating's share (Fig. 4b).
    That fibres coat less well is ours.

    Args:
        s: Settings.

    Returns:
        ``coverage``, 0 to 1.
    """
    _, share, speed, minutes, _ = _numbers(s)
    intensity = 0.006 * (speed / 1000.0) ** 1.9
    dose = (intensity / 0.006 * minutes / 5.0) ** 0.5
    ceiling = (0.88 + 0.115 * (1.0 - np.exp(-intensity / 0.05))) * (1.0 - 0.05 * _fibre(s))
    return {"coverage": ceiling * (1.0 - np.exp(-dose)) * (1.0 - np.exp(-share / 3.5))}


def cells(s: pd.DataFrame, state: Columns) -> dict[str, Array]:
    """Compute what cells of a composite show.

    Nat. Commun. 2026, 17, 3215, 80:20:x: utilization 65 % up to x = 0.5 and 90 % at x = 3 (Fig. 9b); 0.1C discharge 78
    to 129 mAh/g, retention 97 % at 0.5, 82 % at 1, 22 to 30 % at 2 and 3 (Table S4); 1C about 85, 100 and below
    10 mAh/g at x = 0, 0.5 and 3 (Fig. 9a). The parts of electrolyte share, pressure and fibres are ours.

    Args:
        s: Settings.
        state: The powder's own coverage.

    Returns:
        ``discharge_capacity_0p1c``, ``discharge_capacity_1c`` (mAh per gram of composite), ``capacity_retention`` (%).
    """
    carbon, share, _, _, pressure = _numbers(s)
    fibre, coverage = _fibre(s), state["coverage"]
    wired = carbon * (1.0 + 0.5 * fibre) * (20.0 / (share + 5.0)) ** 0.3
    packed = 1.0 - np.exp(-pressure / 130.0)
    utilization = packed * (0.62 + 0.36 * rise((wired - 1.4) / 0.45)) * (0.60 + 0.40 * coverage**2)
    low = 188.0 * (1.0 - (share + carbon) / 100.0) * utilization
    ions = np.exp(-((carbon * (1.0 - 0.15 * fibre) / 1.6) ** 2)) * 1.35 * share / (share + 7.0)
    high = low * ions * (0.88 + 0.12 * np.minimum(wired / 0.5, 1.0))
    fading = 72.0 * rise((carbon - 1.4 + 0.2 * fibre) / 0.22) + 45.0 * (1.0 - coverage) ** 1.3
    retention = 101.0 - fading - 16.0 * rise((pressure - 440.0) / 20.0)
    return {"discharge_capacity_0p1c": low, "discharge_capacity_1c": high, "capacity_retention": retention}


def shorted(s: pd.DataFrame) -> Array:
    """Compute the probability that a cell shorts: the separator gives way at high pressure (ours).

    Args:
        s: Settings.

    Returns:
        Probability per cell.
    """
    return 0.02 + 0.6 * rise((_numbers(s)[4] - 455.0) / 18.0)


def _numbers(s: pd.DataFrame) -> list[Array]:
    return [s[name].to_numpy(float) for name in _NAMES]


def _fibre(s: pd.DataFrame) -> Array:
    return (s["carbon"] == "carbon fibre").to_numpy(float)


BLUEPRINT = Blueprint(
    name="mechanofusion",
    about="NCM82 coated with Li3InCl6 and carbon in a high-intensity mixer, simulated",
    making="mixing",
    measuring="xps",
    testing="cycling",
    other_stages=("sampling", "pressing"),
    parameters={
        "carbon": {"stage": "mixing", "values": ["carbon black", "carbon fibre"]},
        "carbon_content": {"stage": "mixing", "unit": "wt%", "range": [0, 3], "step": 0.1},
        "se_fraction": {"stage": "mixing", "unit": "wt%", "range": [1, 20], "step": 1},
        "rotor_speed": {"stage": "mixing", "unit": "rpm", "range": [1000, 10000], "step": 500},
        "mixing_time": {"stage": "sampling", "unit": "min", "range": [5, 60], "scale": "log"},
        "pressure": {"stage": "pressing", "unit": "MPa", "range": [100, 500], "step": 25},
    },
    metrics={
        "coverage": {"stage": "xps", "unit": "1", "range": [0, 1]},
        "discharge_capacity_0p1c": {"stage": "cycling", "unit": "mAh/g", "goal": "maximize", "worst": 60},
        "discharge_capacity_1c": {"stage": "cycling", "unit": "mAh/g", "goal": "maximize", "worst": 50},
        "capacity_retention": {"stage": "cycling", "unit": "%", "at_least": 80},
    },
    network={"discharge_capacity_0p1c": ["coverage"], "capacity_retention": ["coverage"]},
    process=Process(
        powder=powder,
        cells=cells,
        cheap={"coverage": Cheap("logit", run=0.20, sample=0.30, stated=0.015)},
        scatter={
            "discharge_capacity_0p1c": Scatter(run=1.5, sample=2.0, cell=3.0, stated=1.5),
            "discharge_capacity_1c": Scatter(run=2.0, sample=2.5, cell=4.0, stated=1.5),
            "capacity_retention": Scatter(run=1.0, sample=2.0, cell=3.0, stated=1.0),
        },
        shorted=shorted,
    ),
    week=Week(runs=4, made=12, tested=6, cells=2),
    gated=True,
)
