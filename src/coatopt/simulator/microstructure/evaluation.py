"""What the microstructure simulator computes: the closed form of level 0, and structures of the levels above."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from coatopt.simulator.contract import Progress, Task
from coatopt.simulator.microstructure.coating import contact_area, spot_share, spot_share_formula, thickness
from coatopt.simulator.microstructure.composition import Composition, composition
from coatopt.simulator.microstructure.engine import load_engine
from coatopt.simulator.microstructure.formula import DENSEST, bruggeman, coordination, mean_field
from coatopt.simulator.microstructure.powder import Powder
from coatopt.simulator.microstructure.terms import NO_PASSAGE

if TYPE_CHECKING:
    from coatopt.simulator.microstructure.structure import Structure

# Standard deviation of the utilisation among the faces of a box, above which a reader should not trust one box.
_WIDE = 0.08
_FEW = 20

# Outputs, warnings, and what identifies the structure.
Found = tuple[dict[str, float], tuple[str, ...], dict[str, str]]


def _powder(given: Mapping[str, float]) -> Powder:
    return Powder(given["cam_d50_number"], given["cam_d50_volume"])


def _shares(given: Mapping[str, float]) -> Composition:
    return composition(
        given["se_fraction"],
        given["carbon_black"],
        given["porosity"],
        (given["cam_density"], given["se_density"], given["carbon_black_density"]),
        given["agglomerate_solid_fraction"],
    )


def closed_form(task: Task) -> Found:
    """Evaluate level 0.

    Args:
        task: The task.

    Returns:
        Outputs, warnings, and that there is no structure.
    """
    given = task.inputs
    powder, shares = _powder(given), _shares(given)
    found = mean_field(shares, powder, given["p_bare"], given["agglomerate_size"])
    touching = coordination(shares.cam)
    open_share = shares.open_electrolyte
    moments = [powder.radius_moment(power) for power in (1, 2, 3)]
    outputs = {
        "cam_utilization": 100 * found.utilization,
        "cam_utilization_number": 100 * found.utilization_number,
        "coordination": touching,
        "carbon_black_connected": found.carbon_black,
        **_ions(given, bruggeman(open_share), open_share),
        **_coating(given, moments, shares, spot_share_formula(touching, given["p_bare"])),
    }
    dense = f"the CAM would fill {100 * shares.cam:.0f} % of the volume, which spheres cannot; levels above 0 refuse it"
    return outputs, (dense,) if shares.cam > DENSEST else (), {"structure": "none"}


def structure(task: Task, progress: Progress) -> Found:
    """Build and evaluate the structure of a task.

    Args:
        task: The task.
        progress: Hears what is being done.

    Returns:
        Outputs, warnings, and what identifies the structure.

    Raises:
        InputError: If TauFactor is not installed.
        SimulationError: If there is no such structure, or a solver gives no number.
    """
    # Loading it first lets a missing engine show before minutes of packing.
    load_engine()
    from coatopt.simulator.microstructure.structure import build

    given = task.inputs
    powder, shares = _powder(given), _shares(given)
    made = build(task, powder, shares, progress)
    radii = made.packing.radii
    moments = [float((radii**power).mean()) for power in (1, 2, 3)]
    spots = spot_share(radii, made.packing.contacts, made.packing.contact_gaps, given["p_bare"])
    outputs = {
        "cam_utilization": 100 * made.connection.utilization,
        "cam_utilization_number": 100 * made.connection.utilization_number,
        "coordination": made.packing.coordination,
        "carbon_black_connected": made.connection.carbon_black,
        **_ions(given, made.transport.ratio, made.transport.share),
        **_coating(given, moments, shares, spots),
    }
    return outputs, _warnings(made, given), made.provenance()


def _warnings(made: Structure, given: Mapping[str, float]) -> tuple[str, ...]:
    found = []
    if made.connection.spread > _WIDE:
        found.append(
            f"the six faces of this box scatter by {100 * made.connection.spread:.0f} % CAM utilisation: the contacts "
            "barely percolate, and a small box is noisy and biased there; average seeds or take a larger box"
        )
    count = len(made.agglomerates.centres)
    if given["carbon_black"] > 0 and count < _FEW:
        found.append(f"the box holds {count} carbon-black agglomerates, too few for a mean")
    if made.transport.ratio == 0:
        found.append("the electrolyte does not percolate: the ionic conductivity is 0, the tortuosity a stand-in")
    return tuple(found)


def _ions(given: Mapping[str, float], ratio: float, share: float) -> dict[str, float]:
    return {
        "ionic_conductivity_ratio": ratio,
        "tortuosity_factor": min(share / ratio, NO_PASSAGE) if ratio > 0 else NO_PASSAGE,
        "ionic_conductivity": ratio * given["matrix_conductivity"],
    }


def _coating(given: Mapping[str, float], moments: list[float], shares: Composition, spots: float) -> dict[str, float]:
    return {
        "coating_thickness": thickness(moments, shares.coating_per_cam, given["coverage"]),
        "contact_area": contact_area(moments, given["cam_density"], given["coverage"], spots),
    }
