"""One structure of one seed, from packing to flux, at the resolution of a level."""

from __future__ import annotations

from dataclasses import dataclass

from coatopt.simulator.contract import Progress, Task
from coatopt.simulator.microstructure.composition import Composition
from coatopt.simulator.microstructure.conductivity import Transport, transport
from coatopt.simulator.microstructure.contact_graph import Agglomerates, Connection, agglomerates, connection
from coatopt.simulator.microstructure.packing import Packing, PackingSpec, packing
from coatopt.simulator.microstructure.powder import Powder
from coatopt.simulator.microstructure.terms import REFERENCE_D50, RESOLUTIONS
from coatopt.simulator.microstructure.voxels import ELECTROLYTE, PORE_SIZE, Grid, voxel_image


@dataclass(frozen=True, eq=False)
class Structure:
    """A structure and what was found on it."""

    packing: Packing
    agglomerates: Agglomerates
    connection: Connection
    transport: Transport
    grid: Grid

    def provenance(self) -> dict[str, str]:
        """Say what identifies it besides the task.

        Returns:
            Texts by name.
        """
        return {
            "device": self.transport.device,
            "box": f"{self.packing.box:.4g} um",
            "voxel": f"{self.grid.size:.4g} um",
            "voxels": f"{self.grid.count}^3",
            "cam_particles": str(len(self.packing.radii)),
            "agglomerates": str(len(self.agglomerates.centres)),
            "mean_overlap": f"{self.packing.overlap:.2g}",
            "percolating_electrolyte": f"{self.transport.percolating:.4f}",
            "utilization_spread_of_faces": f"{self.connection.spread:.4f}",
        }


def build(task: Task, powder: Powder, shares: Composition, progress: Progress) -> Structure:
    """Pack, connect, draw and solve.

    Args:
        task: Level, seed and inputs.
        powder: The CAM particles.
        shares: What fills the volume.
        progress: Hears what is being done.

    Returns:
        The structure.

    Raises:
        SimulationError: If there is no such structure, or a solver gives no number.
    """
    level, scale = RESOLUTIONS[task.level], powder.d50_volume / REFERENCE_D50
    size, seed = task.inputs["agglomerate_size"], task.seed
    progress("packing CAM particles", 0.0)
    packed = packing(PackingSpec(powder, shares.cam, level.box * scale), seed)
    progress("following contacts", 0.1)
    black = agglomerates(packed, shares.agglomerates, size, seed)
    connected = connection(packed, black, task.inputs["p_bare"], seed)
    progress("drawing voxels", 0.15)
    grid = Grid(level.edge * scale, level.voxels)
    image = voxel_image(packed, black, shares, PORE_SIZE * powder.d50_volume, grid, seed)
    progress("solving for the ionic flux", 0.3)
    return Structure(packed, black, connected, transport(image == ELECTROLYTE), grid)
