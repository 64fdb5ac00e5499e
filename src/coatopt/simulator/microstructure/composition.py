"""What a recipe (100 - s):s:x by weight fills: shares of the composite's volume."""

from __future__ import annotations

from dataclasses import dataclass

from coatopt.simulator.contract import SimulationError


@dataclass(frozen=True)
class Composition:
    """Shares of the volume of the composite, unit 1, pores included.

    Attributes:
        cam: Of the cathode active material.
        electrolyte: Of the solid electrolyte (SE), with what is inside of carbon-black agglomerates.
        carbon_black: Of the carbon itself.
        pores: Of the pores.
        agglomerates: Of carbon-black agglomerates with what fills them.
    """

    cam: float
    electrolyte: float
    carbon_black: float
    pores: float
    agglomerates: float

    @property
    def open_electrolyte(self) -> float:
        """Share of the SE outside of agglomerates; what is inside counts as cut off."""
        return self.electrolyte + self.carbon_black - self.agglomerates

    @property
    def coating_per_cam(self) -> float:
        """Volume of SE and carbon black per volume of CAM, without pores, unit 1."""
        return (self.electrolyte + self.carbon_black) / self.cam


def composition(
    electrolyte: float,
    carbon_black: float,
    porosity: float,
    densities: tuple[float, float, float],
    solid_fraction: float,
) -> Composition:
    """Turn a recipe into shares of the volume.

    Args:
        electrolyte: s of the recipe (100 - s):s:x in wt%.
        carbon_black: x of the recipe in wt%.
        porosity: Share of pores, unit 1.
        densities: Of CAM, SE and carbon black in g/cm^3.
        solid_fraction: Share of carbon in an agglomerate, unit 1; SE fills the rest, as both were premixed.

    Returns:
        The shares.

    Raises:
        SimulationError: If the agglomerates would hold more SE than there is.
    """
    weights = (100 - electrolyte, electrolyte, carbon_black)
    volumes = [weight / density for weight, density in zip(weights, densities, strict=True)]
    cam, se, carbon = ((1 - porosity) * volume / sum(volumes) for volume in volumes)
    made = Composition(cam, se, carbon, porosity, carbon / solid_fraction)
    if made.open_electrolyte <= 0:
        raise SimulationError(
            f"agglomerates with {100 * solid_fraction:.0f} % carbon would take up all SE of this recipe "
            f"({electrolyte:g} wt% SE, {carbon_black:g} wt% carbon black); give denser agglomerates or less of them"
        )
    return made
