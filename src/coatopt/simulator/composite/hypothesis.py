"""The hypothesis: what stressing does to coverage, to agglomerates of carbon black, and to contacts of the CAM.

1. Coverage rises with the specific energy input E_m towards a ceiling that lacks the less, the higher the stress
   intensity SI: coverage = (1 - shortfall exp(-SI / SI_c)) (1 - exp(-(E_m / E_c)^b)), times 1 - exp(-t / t_c) for a
   coating of mean thickness t. After the reading of Fig. 5a, 6c and 6d of Nat. Commun. 2026, 17, 3215: coverage is a
   function of neither intensity nor number alone, and reaches 97 to 100 % only at high intensity.
2. Agglomerates shrink from their size before mixing towards the size that the stress intensity leaves, in which
   stress and strength balance: d_end = d_a + (d_0 - d_a) / (1 + SI / SI_a), reached as exp(-E_m / E_c).
   d_a is the size of aggregates, which mixing does not break.
3. Two CAM particles conduct to each other where both are bare, and through a coating with the probability
   p_coated: p_bare = p_coated + (1 - p_coated) (1 - coverage)^2.

None of the three was fitted to a law that anybody has measured.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from coatopt.simulator.contract import Input

# Collisions of a grain per second in DEM levels 1 to 3 lie between 6e3 and 1.3e4 from 1000 to 5000 rpm; the law of
# level 0 knows none, and takes this.
FREQUENCY = 9e3


@dataclass(frozen=True)
class Unknown:
    """A parameter of the hypothesis: log-normally distributed around its guess, known to a factor of exp(spread)."""

    input: Input
    spread: float


UNKNOWNS = (
    Unknown(Input("coverage_shortfall", "1", 0.12, 0.001, 0.9, "share left uncovered at no intensity"), 0.7),
    Unknown(Input("coverage_intensity", "J/kg", 0.05, 0.0005, 5, "intensity at which that falls to a third"), 0.8),
    Unknown(
        Input("coverage_energy", "kJ/kg", 10, 0.01, 10000, "energy input at which covering is well under way"), 1.2
    ),
    Unknown(Input("coverage_exponent", "1", 0.5, 0.1, 2, "how fast covering goes on with energy"), 0.4),
    Unknown(Input("coverage_thickness", "nm", 10, 0.1, 500, "mean thickness that closes a coating"), 0.8),
    Unknown(Input("agglomerate_start", "um", 4, 0.3, 50, "size of carbon-black agglomerates before mixing"), 0.4),
    Unknown(Input("agglomerate_intensity", "J/kg", 0.5, 0.005, 50, "intensity that halves what can be broken"), 0.8),
    Unknown(Input("coated_contact", "1", 0.3, 0.02, 0.98, "probability that coated particles conduct"), 0.3),
)
# Aggregates of the carbon black, d50 of 250 nm: Nat. Commun. 2026, 17, 3215, text on Fig. 1a.
AGGREGATE_SIZE = 0.25


@dataclass(frozen=True)
class Powder:
    """What the hypothesis says of a mixed powder: coverage and probability (unit 1), size of agglomerates in um."""

    coverage: float
    agglomerate_size: float
    p_bare: float


def mixed_powder(stress_intensity: float, energy: float, thickness: float, unknowns: Mapping[str, float]) -> Powder:
    """Apply the hypothesis.

    Args:
        stress_intensity: In J/kg.
        energy: Specific energy input of collisions in kJ/kg.
        thickness: Mean thickness of the coating in nm, if it covered everything.
        unknowns: Parameters of the hypothesis, in the units of ``UNKNOWNS``.

    Returns:
        The powder.
    """
    u = unknowns
    ceiling = 1.0 - u["coverage_shortfall"] * math.exp(-stress_intensity / u["coverage_intensity"])
    reached = 1.0 - math.exp(-((energy / u["coverage_energy"]) ** u["coverage_exponent"]))
    enough = 1.0 - math.exp(-thickness / u["coverage_thickness"])
    coverage = ceiling * reached * enough
    start = max(u["agglomerate_start"], AGGREGATE_SIZE)
    end = AGGREGATE_SIZE + (start - AGGREGATE_SIZE) / (1.0 + stress_intensity / u["agglomerate_intensity"])
    size = end + (start - end) * math.exp(-energy / u["coverage_energy"])
    coated = u["coated_contact"]
    return Powder(coverage, size, coated + (1.0 - coated) * (1.0 - coverage) ** 2)
