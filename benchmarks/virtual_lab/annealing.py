"""Virtual annealing lab: a ground-in Li3PS4 precursor becomes an artificial CEI in the furnace."""

from __future__ import annotations

import numpy as np
import pandas as pd

from virtual_lab.process import Array, Blueprint, Cheap, Columns, Process, Scatter, Week, beyond, rise


def powder(s: pd.DataFrame) -> dict[str, Array]:
    """Compute coverage and degree of oxidation.

    Chem. Mater. 2025, 37, 2192: coverage is highest at 300 degC and falls above as the coating evaporates and clots
    (Fig. 2), the more the longer at 400 degC and less in oxygen (Fig. S8a); oxidation is full at 400 degC whatever
    the time, and at 300 degC grows with time and with oxygen (Fig. S8b). J. Electrochem. Soc. 2026, 173, 070501,
    Fig. 2c: coverage rises with the amount of Li3PS4. The shapes in between are ours.

    Args:
        s: Settings.

    Returns:
        ``coverage`` and ``oxidation``, each 0 to 1.
    """
    amount, degc, hours, oxygen = _columns(s)
    spread = 0.55 + 0.45 * rise((degc - 200.0) / 40.0)
    lost = rise((degc - 470.0 - 30.0 * oxygen + 25.0 * np.log(hours)) / 55.0)
    coverage = (1.0 - np.exp(-amount / 0.55)) * spread * (1.0 - 0.85 * lost)
    rate = np.exp(np.clip((degc - 310.0 + 40.0 * oxygen) / 35.0, -8.0, 4.0))
    return {"coverage": coverage, "oxidation": 1.0 - np.exp(-rate * hours**0.6)}


def cells(s: pd.DataFrame, state: Columns) -> dict[str, Array]:
    """Compute what cells of a powder show.

    Uncoated: ICE 87.1 % and 14.6 ohm cm2 h^-0.5; 1 wt% at 400 degC for 1 h: 92.7 % and 8.9; best coatings near 3
    (Chem. Mater. 2025, text on Fig. 7; J. Electrochem. Soc. 2026, Table S1). Unoxidised coatings lower the ICE
    (Fig. 5a, up to 200 degC). Utilization is above 95 % for the tested coatings (Fig. S3b); how thicker ones block is
    ours, as is the damage above 600 degC.

    Args:
        s: Settings.
        state: The powder's own coverage and oxidation.

    Returns:
        ``ice``, ``resistance_growth``, ``cam_utilization``.
    """
    amount, degc, _, _ = _columns(s)
    coverage, oxidation = state["coverage"], state["oxidation"]
    shield = coverage**3 * (0.25 + 0.75 * oxidation)
    damage = rise((degc - 620.0) / 30.0)
    ice = 87.1 + 8.4 * coverage * oxidation - 4.0 * coverage * (1.0 - oxidation)
    ice = ice - 1.1 * beyond(amount, 0.8) ** 1.3 - 4.0 * damage
    growth = 14.6 * np.exp(-1.6 * shield + 0.06 * beyond(amount, 2.5) ** 2 + 0.8 * damage)
    utilization = 98.0 - 1.5 * amount**1.3 * (0.5 + coverage)
    return {"ice": ice, "resistance_growth": growth, "cam_utilization": utilization}


def burnt(s: pd.DataFrame) -> Array:
    """Compute the probability that a powder sinters to its crucible: hot, in oxygen, for long (ours).

    Args:
        s: Settings.

    Returns:
        Probability per sample.
    """
    _, degc, hours, oxygen = _columns(s)
    return 0.02 + 0.9 * rise((degc - 660.0 + 100.0 * oxygen + 20.0 * np.log(hours)) / 20.0)


def _columns(s: pd.DataFrame) -> tuple[Array, Array, Array, Array]:
    amount, degc, hours = (
        s[name].to_numpy(float) for name in ("precursor_fraction", "annealing_temperature", "annealing_time")
    )
    return amount, degc, hours, (s["atmosphere"] == "oxygen").to_numpy(float)


BLUEPRINT = Blueprint(
    name="annealing",
    about="Artificial CEI on NCM85 from Li3PS4 by oxidative annealing, simulated",
    making="annealing",
    measuring="xps",
    testing="cycling",
    other_stages=("coating",),
    parameters={
        "precursor_fraction": {"stage": "coating", "unit": "wt%", "range": [0.5, 5]},
        "annealing_temperature": {"stage": "annealing", "unit": "degC", "range": [100, 700], "step": 25},
        "annealing_time": {"stage": "annealing", "unit": "h", "range": [0.25, 10], "scale": "log"},
        "atmosphere": {"stage": "annealing", "values": ["synthetic air", "oxygen"]},
    },
    metrics={
        "coverage": {"stage": "xps", "unit": "1", "range": [0, 1]},
        "oxidation": {"stage": "xps", "unit": "1", "range": [0, 1]},
        "ice": {"stage": "cycling", "unit": "%", "goal": "maximize", "worst": 86},
        "resistance_growth": {
            "stage": "cycling",
            "unit": "ohm cm^2 h^-0.5",
            "goal": "minimize",
            "worst": 15,
            "scale": "log",
        },
        "cam_utilization": {"stage": "cycling", "unit": "%", "at_least": 90},
    },
    network={"ice": ["coverage", "oxidation"], "resistance_growth": ["coverage", "oxidation"]},
    process=Process(
        powder=powder,
        cells=cells,
        cheap={
            "coverage": Cheap("logit", run=0.15, sample=0.30, stated=0.02),
            "oxidation": Cheap("logit", run=0.25, sample=0.15, stated=0.02),
        },
        scatter={
            "ice": Scatter(run=0.20, sample=0.35, cell=0.50, stated=0.30),
            "resistance_growth": Scatter(run=0.04, sample=0.06, cell=0.12, stated=0.05),
            "cam_utilization": Scatter(run=0.3, sample=0.8, cell=1.0, stated=1.0),
        },
        burnt=burnt,
        reasons=("powder sintered to the crucible", "cell shorted"),
    ),
    week=Week(runs=4, made=12, tested=6, cells=2),
    gated=True,
)
