"""TauFactor, which is loaded on the first solve and not before: torch comes with it."""

from __future__ import annotations

import warnings
from typing import Any

from coatopt.errors import InputError
from coatopt.simulator.versions import package_version


def engine_version() -> str:
    """Look up the version of TauFactor without loading it.

    Returns:
        The version.

    Raises:
        InputError: If it is not installed.
    """
    found = package_version("taufactor")
    if found is None:
        raise _missing()
    return found


def load_engine() -> Any:
    """Load TauFactor.

    Returns:
        Its class ``Solver`` for one conducting phase.

    Raises:
        InputError: If it is not installed.
    """
    try:
        with warnings.catch_warnings():
            # What torch, IPython and matplotlib deprecate at their import is no matter of the user's.
            warnings.simplefilter("ignore")
            from taufactor import Solver
    except ImportError as error:
        raise _missing() from error
    return Solver


def _missing() -> InputError:
    return InputError("level 1 and above of microstructure needs TauFactor: pip install 'coatopt[simulators]'")
