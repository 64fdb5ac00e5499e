"""Which simulators there are: those of coatopt, and what plugins add through entry points."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from coatopt.errors import InputError
from coatopt.simulator.contract import Simulator

_GROUP = "coatopt.simulators"
_registered: dict[str, Simulator] = {}


@cache
def _installed() -> tuple[Mapping[str, Simulator], Mapping[str, str]]:
    """Simulators by name, and why others cannot be loaded, by the name of their entry point."""
    found: dict[str, Simulator] = {}
    broken: dict[str, str] = {}
    for point in sorted(entry_points(group=_GROUP), key=lambda each: each.name):
        try:
            simulator: Simulator = point.load()
            found[simulator.name] = simulator
        except Exception as error:  # whatever a plugin does wrong must not stop the others
            broken[point.name] = f"the simulator '{point.name}' of {point.value} cannot be loaded: {error}"
    return found, broken


def simulators() -> dict[str, Simulator]:
    """List all simulators that can be loaded.

    Returns:
        Simulators by name.
    """
    return {**_installed()[0], **_registered}


def find_simulator(name: str) -> Simulator:
    """Look a simulator up.

    Args:
        name: Its name.

    Returns:
        The simulator.

    Raises:
        InputError: If there is none of that name, or it cannot be loaded.
    """
    known, broken = simulators(), _installed()[1]
    if name in broken and name not in known:
        raise InputError(broken[name])
    if name not in known:
        raise InputError(f"there is no simulator '{name}'; there are {', '.join(sorted(known))}")
    return known[name]


def register(simulator: Simulator) -> None:
    """Add a simulator to this process, as notebooks and benchmarks do.

    Args:
        simulator: The simulator; it takes the place of one of the same name.
    """
    _registered[simulator.name] = simulator
