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
def _installed() -> Mapping[str, Simulator]:
    found: dict[str, Simulator] = {}
    for point in sorted(entry_points(group=_GROUP), key=lambda each: each.name):
        try:
            simulator: Simulator = point.load()
        except Exception as error:  # whatever a plugin does wrong at its import must not stop the others
            raise InputError(f"the simulator '{point.name}' of {point.value} cannot be loaded: {error}") from error
        found[simulator.name] = simulator
    return found


def simulators() -> dict[str, Simulator]:
    """List all simulators.

    Returns:
        Simulators by name.

    Raises:
        InputError: If an installed plugin cannot be loaded.
    """
    return {**_installed(), **_registered}


def find_simulator(name: str) -> Simulator:
    """Look a simulator up.

    Args:
        name: Its name.

    Returns:
        The simulator.

    Raises:
        InputError: If there is none of that name.
    """
    known = simulators()
    if name not in known:
        raise InputError(f"there is no simulator '{name}'; there are {', '.join(sorted(known))}")
    return known[name]


def register(simulator: Simulator) -> None:
    """Add a simulator to this process, as notebooks and benchmarks do.

    Args:
        simulator: The simulator; it takes the place of one of the same name.
    """
    _registered[simulator.name] = simulator
