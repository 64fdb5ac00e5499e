"""Virtual ALD lab: zirconia on NCM85, thick enough to protect and thin enough to let lithium through, annealed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from virtual_lab.process import Array, Blueprint, Cheap, Columns, Process, Scatter, Week, beyond, rise


def powder(s: pd.DataFrame) -> dict[str, Array]:
    """Compute the coverage.

    Small Sci. 2022 (10.1002/smsc.202200073): 0.21 nm per cycle of TEMAZ and ozone at 250 degC (Fig. 1), linear in the
    cycles; the surface roughens for 550 and 700 degC (Fig. 3). The window of the reactor and water as oxidant are ours.

    Args:
        s: Settings.

    Returns:
        ``coverage``, 0 to 1.
    """
    return {"coverage": (1.0 - np.exp(-_thickness(s) / 0.95)) * (1.0 - 0.6 * _attacked(s))}


def cells(s: pd.DataFrame, state: Columns) -> dict[str, Array]:
    """Compute what cells of a powder show.

    Small Sci. 2022: ICE 81.2 % uncoated, 86.6 % for 15 cycles as deposited, above 90 % after 300 to 400 degC (Fig.
    7a); 1C discharge 78, 124 and 18 mAh/g uncoated, at 400 and at 700 degC (Fig. 7b), where a rock-salt layer blocks
    (Fig. 6); 10 cycles beat 15 at high rates as deposited (text on Fig. S1); retention over 200 cycles 68 % uncoated,
    77.6 % for 10 cycles at 350 degC (Fig. 8a). That thick coatings block, and how, is ours.

    Args:
        s: Settings.
        state: The powder's own coverage.

    Returns:
        ``ice`` (%), ``discharge_capacity_1c`` (mAh/g), ``capacity_retention`` (%).
    """
    coverage, thick, attacked = state["coverage"], _thickness(s), _attacked(s)
    dense = 0.50 + 0.50 * rise((_heat(s) - 290.0) / 22.0)
    shield = coverage**1.5 * dense
    blocked = np.exp(-0.045 * beyond(thick, 1.6) ** 1.8)
    ice = 81.2 + 10.6 * shield - 0.35 * beyond(thick, 3.0) ** 1.5 - 5.0 * attacked
    rate = (78.0 + 64.0 * shield) * blocked * (1.0 - 0.88 * attacked)
    retention = 68.0 + 11.5 * coverage**2 * dense + 0.6 * np.minimum(thick, 5.0) - 14.0 * attacked
    return {"ice": ice, "discharge_capacity_1c": rate, "capacity_retention": retention}


def _thickness(s: pd.DataFrame) -> Array:
    cycles, degc = (s[name].to_numpy(float) for name in ("ald_cycles", "reactor_temperature"))
    water = (s["oxidant"] == "water").to_numpy(float)
    window = 0.6 + 0.4 * np.exp(-(((degc - 250.0 + 50.0 * water) / 45.0) ** 2))
    return 0.21 * cycles * window * (1.0 - 0.12 * water)


def _heat(s: pd.DataFrame) -> Array:
    degc, hours = (s[name].to_numpy(float) for name in ("annealing_temperature", "annealing_time"))
    return degc + 18.0 * np.log(hours / 0.5)


def _attacked(s: pd.DataFrame) -> Array:
    return rise((_heat(s) - 540.0) / 32.0)


BLUEPRINT = Blueprint(
    name="ald",
    about="NCM85 coated with zirconia by atomic layer deposition and annealed in oxygen, simulated",
    making="ald",
    measuring="xps",
    testing="cycling",
    other_stages=("annealing",),
    parameters={
        "ald_cycles": {"stage": "ald", "unit": "1", "range": [1, 30], "integer": True},
        "reactor_temperature": {"stage": "ald", "unit": "degC", "range": [150, 300], "step": 25},
        "oxidant": {"stage": "ald", "values": ["ozone", "water"]},
        "annealing_temperature": {"stage": "annealing", "unit": "degC", "range": [250, 700], "step": 25},
        "annealing_time": {"stage": "annealing", "unit": "h", "range": [0.25, 5], "scale": "log"},
    },
    metrics={
        "coverage": {"stage": "xps", "unit": "1", "range": [0, 1]},
        "ice": {"stage": "cycling", "unit": "%", "goal": "maximize", "worst": 88},
        "discharge_capacity_1c": {"stage": "cycling", "unit": "mAh/g", "goal": "maximize", "worst": 108},
        "capacity_retention": {"stage": "cycling", "unit": "%", "at_least": 78},
    },
    network={"ice": ["coverage"], "discharge_capacity_1c": ["coverage"], "capacity_retention": ["coverage"]},
    process=Process(
        powder=powder,
        cells=cells,
        cheap={"coverage": Cheap("logit", run=0.25, sample=0.25, stated=0.02)},
        scatter={
            "ice": Scatter(run=0.3, sample=0.4, cell=0.6, stated=0.3),
            "discharge_capacity_1c": Scatter(run=2.0, sample=2.5, cell=4.0, stated=1.5),
            "capacity_retention": Scatter(run=0.4, sample=0.8, cell=1.5, stated=0.5),
        },
    ),
    week=Week(runs=3, made=6, tested=6, cells=2),
)
