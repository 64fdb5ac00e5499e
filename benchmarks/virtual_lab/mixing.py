"""Virtual mixing lab: NCM82, Li6PS5Cl and carbon nanofibres in a vibrating mill that holds two vials."""

from __future__ import annotations

import numpy as np
import pandas as pd

from virtual_lab.process import Array, Blueprint, Cheap, Columns, Process, Scatter, Week, rise


def powder(s: pd.DataFrame) -> dict[str, Array]:
    """Compute the electronic conductivity of a pressed composite, in mS/cm.

    Adv. Energy Mater. 2025, 2405405: what is mixed too little holds isolated particles (section 2.2.1), and fibres of
    type 2 disperse otherwise and connect less (mean utilization 75.6 against 89.8 %). Percolation with the carbon that
    is dispersed is textbook; the numbers are ours.

    Args:
        s: Settings.

    Returns:
        ``electronic_conductivity``.
    """
    cam, carbon, second = _recipe(s)
    dispersed, broken = _milled(s)
    network = carbon * (0.35 + 0.65 * dispersed) * (1.0 - 0.45 * second) * (1.0 - broken)
    return {"electronic_conductivity": np.exp(-2.0 + 5.0 * np.tanh(network / 1.5) + 0.03 * (cam - 70.0))}


def cells(s: pd.DataFrame, state: Columns) -> dict[str, Array]:
    """Compute what cells of a composite show.

    Adv. Energy Mater. 2025, 2405405: utilization 74 to 95 % (section 2.2.1); active capacities 201 mAh/g at 0.1C and
    152 at 1C (section 2.2); 20 Hz is best of the frequencies tested for 30 min (section S1). J. Electrochem. Soc. 2026,
    173, 070501, Fig. 3: the decomposition charge depends on the mixing. How ions, carbon and milling trade off is ours.

    Args:
        s: Settings.
        state: The composite's own electronic conductivity.

    Returns:
        ``composite_capacity`` (mAh per gram of composite at 0.1C), ``discharge_capacity_1c`` (per gram of CAM),
        ``decomposition_charge`` (mAh per gram of CAM).
    """
    cam, carbon, second = _recipe(s)
    dispersed, broken = _milled(s)
    electrons = np.log(state["electronic_conductivity"])
    utilization = (0.70 + 0.27 * rise((electrons - 0.3) / 0.7)) * (0.80 + 0.20 * dispersed)
    ions = rise((81.0 - cam) / 3.5) * np.exp(-((carbon / 5.0) ** 2)) * (1.0 - 0.5 * broken)
    low = 201.4 * utilization * (0.55 + 0.45 * rise((87.0 - cam) / 2.5)) * cam / 100.0
    high = 165.0 * utilization * (0.25 + 0.75 * ions)
    lost = 5.0 * (1.0 + 0.45 * carbon * (1.0 - 0.3 * second)) * (1.0 + 0.7 * (1.0 - dispersed)) * (1.0 + 1.5 * broken)
    return {"composite_capacity": low, "discharge_capacity_1c": high, "decomposition_charge": lost}


def _milled(s: pd.DataFrame) -> tuple[Array, Array]:
    frequency, minutes = (s[name].to_numpy(float) for name in ("milling_frequency", "milling_time"))
    energy = (frequency / 20.0) ** 3 * (minutes / 30.0)
    return 1.0 - np.exp(-3.0 * energy**0.6), 0.5 * rise((np.log(energy) - 0.9) / 0.4)


def _recipe(s: pd.DataFrame) -> tuple[Array, Array, Array]:
    cam, carbon = (s[name].to_numpy(float) for name in ("cam_fraction", "carbon_fraction"))
    return cam, carbon, (s["fibres"] == "type 2").to_numpy(float)


BLUEPRINT = Blueprint(
    name="mixing",
    about="Composite cathodes of NCM82, Li6PS5Cl and carbon nanofibres from a vibrating mill, simulated",
    making="milling",
    measuring="conductivity",
    testing="cycling",
    other_stages=("weighing",),
    parameters={
        "milling_frequency": {"stage": "milling", "unit": "Hz", "range": [10, 30], "step": 2.5},
        "milling_time": {"stage": "milling", "unit": "min", "range": [5, 60], "scale": "log"},
        "cam_fraction": {"stage": "weighing", "unit": "wt%", "range": [60, 88], "step": 1},
        "carbon_fraction": {"stage": "weighing", "unit": "wt%", "range": [0, 4], "step": 0.25},
        "fibres": {"stage": "weighing", "values": ["type 1", "type 2"]},
    },
    metrics={
        "electronic_conductivity": {"stage": "conductivity", "unit": "mS/cm", "scale": "log"},
        "composite_capacity": {"stage": "cycling", "unit": "mAh/g", "goal": "maximize", "worst": 100},
        "discharge_capacity_1c": {"stage": "cycling", "unit": "mAh/g", "goal": "maximize", "worst": 80},
        "decomposition_charge": {
            "stage": "cycling",
            "unit": "mAh/g",
            "goal": "minimize",
            "worst": 14,
            "scale": "log",
        },
    },
    network={
        "composite_capacity": ["electronic_conductivity"],
        "discharge_capacity_1c": ["electronic_conductivity"],
    },
    process=Process(
        powder=powder,
        cells=cells,
        cheap={"electronic_conductivity": Cheap("log", run=0.15, sample=0.40, stated=0.05)},
        scatter={
            "composite_capacity": Scatter(run=1.2, sample=2.0, cell=1.5, stated=1.0),
            "discharge_capacity_1c": Scatter(run=2.0, sample=3.0, cell=3.0, stated=1.5),
            "decomposition_charge": Scatter(run=0.03, sample=0.06, cell=0.08, stated=0.03),
        },
    ),
    week=Week(runs=3, made=6, tested=6, cells=3),
)
