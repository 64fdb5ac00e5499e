"""From tables and stated quantities to what a mixer does to a powder, and what the powder is then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coatopt.errors import InputError
from coatopt.metric.estimate import Uncertain
from coatopt.metric.mixing.density import blend_from_columns
from coatopt.metric.mixing.energy_input import energy_input_from_columns, idle_power
from coatopt.metric.mixing.indentation import indentation_from_columns
from coatopt.metric.mixing.partial_conductivity import conductivity_from_columns
from coatopt.metric.mixing.porosity import porosity_from_columns
from coatopt.metric.mixing.stress import speed_law_from_columns, tip_speed
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.named_columns import Wanted
from coatopt.workflow.given import electrode_area
from coatopt.workflow.stated import Stated
from coatopt.workflow.table_columns import error_names, in_file, read_beside_names, read_numbers, read_rotor_speeds

_LOG = {"time": Wanted(("time", "test time", "t"), "s"), "power": Wanted(("power", "active power", "P"), "W")}
_INTENSITY = ("intensity", "stress intensity", "SI")


def blend_density(file: Path) -> dict[str, Any]:
    """Find the density of a blend without pores.

    Args:
        file: Table with a row for each component.

    Returns:
        The document.

    Raises:
        InputError: If the table cannot be read or used.
    """
    content = FileContent.of(file)
    numbers = {
        "mass": Wanted(("mass", "m"), "g"),
        "density": Wanted(("density", "rho"), "g/cm^3"),
        "mass_error": Wanted(error_names(("mass", "m"), alone=False), "g", required=False),
        "density_error": Wanted(error_names(("density", "rho"), alone=False), "g/cm^3", required=False),
    }
    values, texts = read_beside_names(content, numbers, {"component": Wanted(("component", "material", "name"), None)})
    with in_file(content.name):
        return {"file": content.name, **blend_from_columns(texts["component"], **values).document()}


def pellet_porosity(file: Path, stated: Stated) -> dict[str, Any]:
    """Find the porosity of compacted powder.

    Args:
        file: Table of masses and heights.
        stated: Diameter of the die, density of the solids, errors of a mass and a height.

    Returns:
        The document.

    Raises:
        InputError: If the table cannot be read or used, or something is missing.
    """
    diameter = stated.need("diameter", "mm", above=0.0)
    mixed = stated.need("mixed_density", "g/cm^3", above=0.0)
    errors = {
        "mass_sd": stated.exact("mass_error", "g", least=0.0) or 0.0,
        "height_sd": stated.exact("height_error", "mm", least=0.0) or 0.0,
    }
    content = FileContent.of(file)
    values = read_numbers(content, {"mass": Wanted(("mass", "m"), "g"), "height": Wanted(("height", "h"), "mm")})
    with in_file(content.name):
        found = porosity_from_columns(values["mass"], values["height"], diameter=diameter, mixed=mixed, **errors)
    return {"file": content.name, **found.document()}


def mixing_energy(file: Path, idle_log: Path | None, stated: Stated, span: int) -> dict[str, Any]:
    """Find the specific energy input of a mixing run.

    Args:
        file: Power log of the filled mixer.
        idle_log: Power log of the empty mixer, or None where the idle power is stated.
        stated: Mass of the powder, idle power, first and last moment that count.
        span: Points of the smoothing window.

    Returns:
        The document.

    Raises:
        InputError: If a log cannot be read or used, or something is missing or contradicts the log.
    """
    mass = stated.need("mass", "g", above=0.0)
    idle = _idle(idle_log, stated)
    begin, end = stated.exact("from", "s"), stated.exact("to", "s")
    if begin is not None and end is not None and begin >= end:
        raise InputError(f"--from {stated.texts['from']} is not before --to {stated.texts['to']}; give the start first")
    content = FileContent.of(file)
    values = read_numbers(content, _LOG)
    seconds = values["time"]
    window = None
    if begin is not None or end is not None:
        window = (seconds[0] if begin is None else begin, seconds[-1] if end is None else end)
    with in_file(content.name):
        found = energy_input_from_columns(seconds, values["power"], mass=mass, idle=idle, window=window, span=span)
    return {"file": content.name, **found.document()}


def stress_law(file: Path, stated: Stated) -> dict[str, Any]:
    """Find how stress intensity grows with rotor speed, and what it is at a wanted speed.

    Args:
        file: Table of rotor speeds and stress intensities.
        stated: A wanted rotor speed, and the rotor's diameter for the speed of its tip.

    Returns:
        The document.

    Raises:
        InputError: If the table cannot be read or used, or a diameter comes without a speed.
    """
    diameter = stated.find("rotor_diameter", "mm", above=0.0)
    speed = stated.rotor_speed("speed")
    if diameter is not None and speed is None:
        raise InputError("--rotor-diameter gives the speed of the tip at --speed; state that too, as in '10000 rpm'")
    content = FileContent.of(file)
    wanted = {
        "speed": Wanted(("speed", "rotor speed", "n"), None),
        "intensity": Wanted(_INTENSITY, "J/kg"),
        "error": Wanted(error_names(_INTENSITY), "J/kg", required=False),
    }
    values = read_rotor_speeds(content, wanted, "speed")
    with in_file(content.name):
        law = speed_law_from_columns(values["speed"], values["intensity"], values.get("error"))
        document = {"file": content.name, **law.document()}
        if speed is None:
            return document
        at_speed = {"speed": {"value": speed, "unit": "1/min"}, "intensity": law.intensity(speed).document()}
    if diameter is not None:
        at_speed["tip_speed"] = tip_speed(diameter, speed).document()
    return {**document, "at_speed": at_speed, "notes": [*document["notes"], *_beyond(speed, values["speed"])]}


def indentation_work(file: Path) -> dict[str, Any]:
    """Find the elastic and plastic work of indents.

    Args:
        file: Table of displacement and force in the order of time, with the name of the indent where there are more.

    Returns:
        The document.

    Raises:
        InputError: If the table cannot be read or used.
    """
    content = FileContent.of(file)
    numbers = {
        "displacement": Wanted(("displacement", "depth", "indentation depth"), "um"),
        "force": Wanted(("force", "load", "F"), "mN"),
    }
    values, texts = read_beside_names(content, numbers, {"indent": Wanted(("indent", "curve"), None, required=False)})
    with in_file(content.name):
        found = indentation_from_columns(values["displacement"], values["force"], texts.get("indent"))
    return {"file": content.name, **found.document()}


def partial_conductivity(file: Path, stated: Stated) -> dict[str, Any]:
    """Find the partial conductivity of a pellet.

    Args:
        file: Table of voltages and steady-state currents.
        stated: Thickness, diameter or area, and the resistance of the cell without the sample.

    Returns:
        The document.

    Raises:
        InputError: If the table cannot be read or used, or something is missing.
    """
    thickness = stated.need("thickness", "cm", above=0.0)
    reference = stated.find("reference_resistance", "ohm", least=0.0)
    units = {"diameter": "mm", "area": "cm^2"}
    way = stated.one_of(*units)
    area = electrode_area({way: stated.need(way, units[way], above=0.0)})
    content = FileContent.of(file)
    numbers = {"voltage": Wanted(("voltage", "potential", "U", "E"), "V"), "current": Wanted(("current", "I"), "A")}
    values = read_numbers(content, numbers)
    with in_file(content.name):
        found = conductivity_from_columns(
            values["voltage"],
            values["current"],
            thickness=thickness,
            area=area or 0.0,
            reference_resistance=reference,
        )
    return {"file": content.name, **found.document()}


def _idle(log: Path | None, stated: Stated) -> Uncertain:
    if (log is None) != stated.has("idle"):
        raise InputError("state the power of the empty mixer: either --idle, as in '55 W', or --idle-log FILE")
    if log is None:
        return stated.need("idle", "W", least=0.0)
    content = FileContent.of(log)
    power = read_numbers(content, _LOG)["power"]
    with in_file(content.name):
        return idle_power(power)


def _beyond(speed: float, measured: Sequence[float]) -> list[str]:
    low, high = min(measured), max(measured)
    if low <= speed <= high:
        return []
    return [f"{speed:g} 1/min lies outside the {low:g} to {high:g} 1/min of the table: the law is extrapolated"]
