"""What the microstructure simulator takes and gives, in which units, at which levels."""

from __future__ import annotations

from dataclasses import dataclass

from coatopt.simulator.contract import Input, Level, Output

# Masses per volumes of Table S1 of Nat. Commun. 2026, 17, 3215: 16 g / 3.37 cm^3, 4 / 1.54 and 0.58 / 0.30, read
# as in ``coatopt.metric.mixing.density``, where these three give the printed mixed densities.
CAM_DENSITY, SE_DENSITY, CB_DENSITY = 4.75, 2.59, 1.96

INPUTS = (
    Input("carbon_black", "wt%", 0.5, 0, 10, "x of the recipe (100 - s):s:x"),
    Input("se_fraction", "wt%", 20, 1, 60, "s of the recipe: solid electrolyte per CAM and solid electrolyte"),
    Input("porosity", "1", 0.10, 0, 0.5, "pores in the pressed composite; the ionic conductivity hangs on it"),
    Input("p_bare", "1", 0.30, 0, 1, "share of CAM-CAM contacts that conduct; 0.30 was set to meet 65 % at 0 wt%"),
    Input("coverage", "1", 1.0, 0.05, 1, "share of the CAM's surface that is coated"),
    Input("agglomerate_size", "um", 2.0, 0.5, 5, "diameter of carbon-black agglomerates; a fitted value, as p_bare"),
    Input("agglomerate_solid_fraction", "1", 0.5, 0.1, 1, "share of carbon in an agglomerate; SE fills the rest"),
    Input("cam_d50_number", "um", 2.05, 0.5, 10, "median diameter of the CAM by number"),
    Input("cam_d50_volume", "um", 3.3, 0.5, 20, "median diameter of the CAM by volume, at most 2.2 times that"),
    Input("cam_density", "g/cm^3", CAM_DENSITY, 1, 10, "density of the CAM"),
    Input("se_density", "g/cm^3", SE_DENSITY, 1, 10, "density of the solid electrolyte"),
    Input("carbon_black_density", "g/cm^3", CB_DENSITY, 1, 10, "density of carbon black"),
    Input("matrix_conductivity", "mS/cm", 0.7, 1e-4, 100, "ionic conductivity of the solid electrolyte by itself"),
)

OUTPUTS = (
    Output("cam_utilization", "%", "volume of the CAM that the collector reaches", 0, 100),
    Output("cam_utilization_number", "%", "number of CAM particles that the collector reaches", 0, 100),
    Output("coordination", "1", "CAM-CAM contacts of a CAM particle, conducting or not", 0),
    Output("carbon_black_connected", "1", "agglomerates that the collector reaches; 0 without carbon black", 0, 1),
    Output("ionic_conductivity_ratio", "1", "effective ionic conductivity per that of the electrolyte", 0, 1),
    Output("tortuosity_factor", "1", "volume share of the open electrolyte per ratio; 1e6 where nothing passes", 1),
    Output("ionic_conductivity", "mS/cm", "ratio times matrix_conductivity", 0),
    Output("coating_thickness", "nm", "of the same coating of SE and carbon black on all CAM particles, no pores", 0),
    Output("contact_area", "m^2/g", "between coating and CAM, per mass of CAM", 0),
)

# Measured with one thread, TauFactor loaded (2 to 3 s more, once in a process), nothing in the cache.
LEVELS = (
    Level(0, "closed form: mean field of contacts, Bruggeman; the seed makes no difference", 0.005),
    Level(1, "contacts in a box of 20 um, ions in 64^3 voxels of 0.25 um", 0.5),
    Level(2, "contacts in a box of 32 um, ions in 128^3 voxels of 0.125 um", 5.5),
    Level(3, "contacts in a box of 32 um, ions in 256^3 voxels of 0.0625 um; 1.5 GB of memory", 170),
)

NO_PASSAGE = 1e6
# Lengths of the levels hold for this d50 by volume and grow with it, so that all powders fill a box alike.
REFERENCE_D50 = 3.3


@dataclass(frozen=True)
class Resolution:
    """How finely a level looks, for the published powder.

    Attributes:
        box: Edge of the packing in um.
        edge: Edge of the part that is turned into voxels in um.
        voxels: Along that edge.
    """

    box: float
    edge: float
    voxels: int


RESOLUTIONS = {1: Resolution(20, 16, 64), 2: Resolution(32, 16, 128), 3: Resolution(32, 16, 256)}
