"""Power and bursts of a run to the outputs of the contract, with checks that can refuse them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coatopt.simulator.contract import SimulationError
from coatopt.simulator.mixer.slice_case import SliceCase
from coatopt.simulator.mixer.steadiness import RotorPower
from coatopt.simulator.mixer.stressing import Burst

# Outside the first range the books are wrong, outside the second they are to be minded.
_POSSIBLE, _GOOD = (0.6, 1.4), (0.85, 1.15)
_GRAINS_IN_GAP = 3.0
_MOST_ERROR = 0.05
_ASSUMED = (
    "Shaft, gap and blades are assumed, not drawn from the real rotor: trust ratios between settings rather than "
    "values in J/kg."
)


def summarise(
    case: SliceCase, power: RotorPower, bursts: Sequence[Burst], seconds: float
) -> tuple[dict[str, float], list[str]]:
    """Put a run together.

    Args:
        case: The case.
        power: Power of the rotor.
        bursts: Samples of contacts.
        seconds: Mixing time in s.

    Returns:
        Outputs by name, and what to mind.

    Raises:
        SimulationError: If grains were lost, none collided, or the energy does not add up.
    """
    left = bursts[-1].grains
    if left < case.grains:
        raise SimulationError(
            f"{case.grains - left} of {case.grains} grains were lost through a wall, so nothing is to be concluded; "
            "a wider gap or a lower speed keeps them in"
        )
    sampled = sum(burst.seconds for burst in bursts)
    begun = sum(burst.begun for burst in bursts)
    if begun == 0:
        raise SimulationError("no two grains collided while it was sampled; is the filling degree too low?")
    taken = sum(burst.pair_work + burst.wall_work + burst.kinetic_gain for burst in bursts)
    closure = taken / (power.in_bursts * sampled)
    if not _POSSIBLE[0] <= closure <= _POSSIBLE[1]:
        raise SimulationError(
            f"the energy does not add up: contacts and grains took {closure:.0%} of the rotor's work; "
            "no number is given"
        )
    two = 2.0 * case.grain_mass
    works = np.concatenate([burst.works for burst in bursts])
    temperature = float(np.mean([burst.fluctuation for burst in bursts]))
    frequency = 2.0 * begun / sampled / case.grains
    outputs = {
        # Dissipation of a collision in a gas of inelastic spheres: (1 - e^2) m T over the mass of two grains.
        "stress_intensity_collisional": 0.5 * (1.0 - case.restitution**2) * temperature,
        "stress_intensity_work": sum(burst.pair_work for burst in bursts) / begun / two,
        "stress_intensity_work_median": float(np.median(works)) / two if len(works) else float("nan"),
        "stress_frequency": frequency,
        "stress_number": frequency * seconds,
        "specific_power": power.mean / case.mass,
        "specific_energy": power.mean / case.mass * seconds / 1000.0,
        "velocity_fluctuation": temperature**0.5,
        "energy_closure": closure,
        "grains": float(case.grains),
    }
    return {k: v for k, v in outputs.items() if np.isfinite(v)}, _warnings(case, power, closure)


def _warnings(case: SliceCase, power: RotorPower, closure: float) -> list[str]:
    found = [_ASSUMED]
    if not _GOOD[0] <= closure <= _GOOD[1]:
        found.append(f"Contacts and grains account for {closure:.0%} of the rotor's work while it was sampled.")
    if case.gap < _GRAINS_IN_GAP * case.resolution.grain:
        found.append(
            f"The gap of {case.gap * 1e3:g} mm holds fewer than {_GRAINS_IN_GAP:g} grains of "
            f"{case.resolution.grain * 1e3:g} mm, which raises the stress in it."
        )
    if power.error > _MOST_ERROR * power.mean:
        found.append(f"The rotor's power is known to {power.error / power.mean:.0%} only.")
    return found
