"""How well ions pass through the voxels of the solid electrolyte, by TauFactor.

TauFactor (Kench et al., J. Open Source Softw. 8(88), 5358, 2023) finds the steady flux between two faces by successive
over-relaxation. It takes a GPU where torch knows one, and one core of the CPU otherwise.
"""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label
from threadpoolctl import threadpool_limits

from coatopt.simulator.contract import SimulationError
from coatopt.simulator.microstructure.engine import load_engine

# Allowed between the layers with most and least flux. Their mean is then within 0.1 % (seen at 64^3 and 128^3), while
# voxels err by tens of per cent; TauFactor's 1 % costs a third more steps.
FLUX_SPREAD = 2e-2
MOST_STEPS = 20_000


@dataclass(frozen=True)
class Transport:
    """Transport through one phase along the first axis.

    Attributes:
        ratio: Effective conductivity per conductivity of the phase, unit 1; 0 where it does not percolate.
        share: Of the volume that the phase fills, unit 1.
        percolating: Share of the phase that connects the two faces, unit 1.
        device: On which it was solved; "none" where nothing had to be.
    """

    ratio: float
    share: float
    percolating: float
    device: str

    @property
    def tortuosity_factor(self) -> float:
        """Share divided by ratio, unit 1; infinite where the phase does not percolate."""
        return self.share / self.ratio if self.ratio else float("inf")


def transport(phase: NDArray[np.bool_]) -> Transport:
    """Solve for the flux through a phase from the first to the last layer of the first axis.

    Args:
        phase: Whether each voxel conducts, shape (nx, ny, nz).

    Returns:
        The effective transport.

    Raises:
        SimulationError: If the solver does not converge.
    """
    solver_of = load_engine()
    share = float(phase.mean())
    through = _through(phase)
    if not through.any():
        return Transport(0.0, share, 0.0, "none")
    with redirect_stdout(io.StringIO()), warnings.catch_warnings(), threadpool_limits(1):
        # Without a GPU TauFactor warns and goes on with the CPU, which is what is wanted.
        warnings.simplefilter("ignore")
        solver = solver_of(through.astype(np.float32))
        solver.solve(iter_limit=MOST_STEPS, verbose=False, conv_crit=FLUX_SPREAD)
    # Stopped before its first check it has no D_rel at all.
    ratio = float(solver.D_rel[0]) if solver.converged else float("nan")
    if not np.isfinite(ratio):
        raise SimulationError(f"TauFactor did not converge within {MOST_STEPS} steps on {phase.shape[0]} layers")
    return Transport(ratio, share, float(through.sum() / phase.sum()), str(solver.device))


def _through(phase: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep the parts that connect the two faces: islands carry nothing and delay the solver.

    Args:
        phase: Whether each voxel conducts, shape (nx, ny, nz).

    Returns:
        Whether each voxel conducts and is connected to both faces, same shape.
    """
    parts, _ = label(phase)
    both = np.intersect1d(parts[0], parts[-1])
    kept: NDArray[np.bool_] = np.isin(parts, both[both > 0])
    return kept
