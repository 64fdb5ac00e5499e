"""The microstructure simulator beside what was published, its cost, and how its numbers hang on the grid.

    python benchmarks/simulator_microstructure.py

Published: Nat. Commun. 2026, 17, 3215. Every function returns the rows of a table, a dict each, and ``main`` prints
them. Nine and a half minutes of one core, seven of them for the two solves at 256^3.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

import numpy as np

from coatopt.simulator.contract import task_of
from coatopt.simulator.microstructure.coating import thickness
from coatopt.simulator.microstructure.composition import Composition, composition
from coatopt.simulator.microstructure.conductivity import Transport, transport
from coatopt.simulator.microstructure.contact_graph import agglomerates
from coatopt.simulator.microstructure.packing import Packing, PackingSpec, packing
from coatopt.simulator.microstructure.powder import Powder
from coatopt.simulator.microstructure.simulator import MICROSTRUCTURE
from coatopt.simulator.microstructure.terms import CAM_DENSITY, CB_DENSITY, SE_DENSITY
from coatopt.simulator.microstructure.voxels import ELECTROLYTE, PORE_SIZE, Grid, voxel_image

Row = dict[str, object]

POWDER = Powder(2.05, 3.3)
DENSITIES = (CAM_DENSITY, SE_DENSITY, CB_DENSITY)
CARBON_BLACK = (0.0, 0.5, 1.0, 2.0, 3.0)
PUBLISHED_UTILIZATION = {0.0: "about 65", 0.5: "about 65", 3.0: "about 90"}
PUBLISHED_RATIO = 0.04 / 0.7
# 16 um at 0.5, 0.25 and 0.125 um; 32 um at 0.5 and 0.25 um, and once at 0.125 um.
GRIDS = ((16.0, 32), (16.0, 64), (16.0, 128), (32.0, 64), (32.0, 128))
FINEST = Grid(32.0, 256)
# Cubes of 8 um, cut from boxes of 16 um, are cheap at every voxel size: the same structures all along.
CUBE_GRIDS = (16, 32, 64, 128)
NOT_MEASURED = "torch knows no GPU on this machine, so the GPU was not measured"


def quiet(_text: str, _share: float) -> None:
    """Hear of progress and say nothing."""


def mean_and_sd(values: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation of one value, not of the mean."""
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def utilization(levels: Sequence[int] = (0, 1, 2), seeds: int = 3) -> list[Row]:
    """CAM utilisation and ionic ratio against carbon black: mean and standard deviation over seeds."""
    rows: list[Row] = []
    for level in levels:
        for carbon_black in CARBON_BLACK:
            runs = [
                MICROSTRUCTURE.run(task_of(MICROSTRUCTURE, {"carbon_black": carbon_black}, level, seed), quiet).outputs
                for seed in range(seeds if level else 1)
            ]
            used, ions = (
                mean_and_sd([run[name] for run in runs]) for name in ("cam_utilization", "ionic_conductivity_ratio")
            )
            rows.append(
                {
                    "level": level,
                    "carbon black, wt%": carbon_black,
                    "utilisation, %": round(used[0], 1),
                    "sd": round(used[1], 1),
                    "published, %": PUBLISHED_UTILIZATION.get(carbon_black, ""),
                    "by number, %": round(float(np.mean([run["cam_utilization_number"] for run in runs])), 1),
                    "CB connected": round(float(np.mean([run["carbon_black_connected"] for run in runs])), 2),
                    "ionic ratio": round(ions[0], 4),
                    "ionic sd": round(ions[1], 4),
                }
            )
    return rows


def structure(shares: Composition, box: float, seed: int) -> Packing:
    """The packing of a composition."""
    return packing(PackingSpec(POWDER, shares.cam, box), seed)


def solved(packed: Packing, shares: Composition, grid: Grid, seed: int) -> Transport:
    """Transport through the electrolyte of a composite without carbon black."""
    none = agglomerates(packed, 0.0, 2.0, seed)
    image = voxel_image(packed, none, shares, PORE_SIZE * POWDER.d50_volume, grid, seed)
    return transport(image == ELECTROLYTE)


def ionic_ratio(porosities: Sequence[float] = (0.10, 0.15), seeds: int = 3, finest: bool = True) -> list[Row]:
    """Ionic conductivity ratio of 80:20:0 at voxel sizes, boxes and porosities against the published 0.057."""
    rows: list[Row] = []
    for porosity in porosities:
        shares = composition(20, 0, porosity, DENSITIES, 0.5)
        grids = [Grid(*each) for each in GRIDS] + ([FINEST] if finest and porosity == porosities[0] else [])
        for grid in grids:
            count = 1 if grid == FINEST else seeds
            ratios = [solved(structure(shares, grid.edge, seed), shares, grid, seed).ratio for seed in range(count)]
            mean, sd = mean_and_sd(ratios)
            rows.append(
                {
                    "porosity": porosity,
                    "box, um": grid.edge,
                    "voxels": f"{grid.count}^3",
                    "voxel, um": grid.size,
                    "seeds": count,
                    "ratio": round(mean, 4),
                    "sd": round(sd, 4),
                    "per published": round(mean / PUBLISHED_RATIO, 2),
                }
            )
    return rows


def grid_convergence(porosities: Sequence[float] = (0.10, 0.15), seeds: int = 3) -> list[Row]:
    """The same structures on ever finer grids, and what an endlessly fine one would give.

    Richardson: with errors that fall as h^p, p = log2((f2 - f1) / (f3 - f2)) of the last three grids and the limit
    f3 + (f3 - f2) / (2^p - 1).
    """
    rows: list[Row] = []
    for porosity in porosities:
        shares = composition(20, 0, porosity, DENSITIES, 0.5)
        means = []
        for count in CUBE_GRIDS:
            grid = Grid(8.0, count)
            found = [solved(structure(shares, 16.0, seed), shares, grid, seed).ratio for seed in range(seeds)]
            means.append(mean_and_sd(found))
        (f1, _), (f2, _), (f3, _) = means[-3:]
        order = math.log2((f2 - f1) / (f3 - f2))
        limit = f3 + (f3 - f2) / (2**order - 1)
        for count, (mean, sd) in zip(CUBE_GRIDS, means, strict=True):
            rows.append({"porosity": porosity, "voxel, um": 8 / count, "ratio": round(mean, 4), "sd": round(sd, 4)})
            rows[-1]["per limit"] = round(mean / limit, 2)
        rows.append({"porosity": porosity, "voxel, um": 0.0, "ratio": round(limit, 4), "sd": f"order {order:.2f}"})
        rows[-1]["per limit"] = 1.0
    return rows


def ionic_verdict(ratios: Sequence[Row], convergence: Sequence[Row]) -> list[str]:
    """What of the ionic ratio matches the published one, in sentences made from the tables."""
    said = [f"published: 0.04 / 0.7 = {PUBLISHED_RATIO:.3f}, whose 0.04 is the best composite and 0.7 the matrix alone"]
    for row in ratios:
        off = float(str(row["per published"]))
        close = "matches within 15 %" if abs(off - 1) < 0.15 else f"is {off:.2f} times the published ratio"
        said.append(f"porosity {row['porosity']}, box {row['box, um']} um, voxel {row['voxel, um']} um: {close}")
    for row in convergence:
        if row["voxel, um"] == 0:
            off = float(str(row["ratio"])) / PUBLISHED_RATIO
            said.append(
                f"porosity {row['porosity']}, extrapolated to no voxels: {off:.2f} times; what matches on a coarse "
                "grid does so because the grid closes narrow passages"
            )
    return said


def coating() -> list[Row]:
    """Coating thickness against what STEM saw, and against the theory of the paper for one median particle."""
    seen = {(1, 0.0): "about 5 (STEM)", (20, 1.0): "about 100 (STEM)", (20, 3.0): "at most about 150 (theory)"}
    rows: list[Row] = []
    for electrolyte, carbon_black in ((1, 0.0), (2, 0.0), (5, 0.0), (10, 0.0), (20, 0.0), (20, 1.0), (20, 3.0)):
        per_cam = composition(electrolyte, carbon_black, 0.0, DENSITIES, 1.0).coating_per_cam
        powder = thickness([POWDER.radius_moment(power) for power in (1, 2, 3)], per_cam, 1.0)
        median = thickness([1.025**power for power in (1, 2, 3)], per_cam, 1.0)
        rows.append(
            {
                "recipe": f"{100 - electrolyte}:{electrolyte}:{carbon_black:g}",
                "all particles, nm": round(powder, 1),
                "one median particle, nm": round(median, 1),
                "published, nm": seen.get((electrolyte, carbon_black), ""),
            }
        )
    return rows


def cost(levels: Sequence[int] = (0, 1, 2, 3)) -> list[Row]:
    """CPU seconds of one run from nothing, TauFactor loaded."""
    # What is loaded and compiled once is not what a run costs.
    MICROSTRUCTURE.run(task_of(MICROSTRUCTURE, {}, 1, 99), quiet)
    stated = {each.number: each.cpu_seconds for each in MICROSTRUCTURE.levels}
    rows: list[Row] = []
    for level in levels:
        packing.cache_clear()
        outcome = MICROSTRUCTURE.run(task_of(MICROSTRUCTURE, {}, level, 0), quiet)
        rows.append(
            {
                "level": level,
                "CPU, s": round(outcome.cpu_seconds, 3),
                "stated, s": stated[level],
                "utilisation, %": round(outcome.outputs["cam_utilization"], 1),
                "ionic ratio": round(outcome.outputs["ionic_conductivity_ratio"], 4),
                "device": outcome.provenance.get("device", "none"),
            }
        )
    return rows


def gpu() -> list[Row]:
    """Seconds of a solve at 256^3 on the GPU and on one core; one row that says so where there is no GPU."""
    import torch
    from threadpoolctl import threadpool_limits

    if not torch.cuda.is_available():
        return [{"step": "voxel solve 256^3", "note": NOT_MEASURED}]
    from taufactor import Solver

    shares = composition(20, 0, 0.1, DENSITIES, 0.5)
    seconds = time.perf_counter()
    packing.cache_clear()
    packed = structure(shares, FINEST.edge, 0)
    rows: list[Row] = [{"step": "packing", "core, s": round(time.perf_counter() - seconds, 2)}]
    rows[0]["note"] = "numpy on the CPU on every machine"
    none = agglomerates(packed, 0.0, 2.0, 0)
    image = voxel_image(packed, none, shares, PORE_SIZE * POWDER.d50_volume, FINEST, 0) == ELECTROLYTE
    took = {}
    for device in ("cuda", "cuda", "cpu"):  # the first one also starts the GPU up
        seconds = time.perf_counter()
        with threadpool_limits(1):
            solver = Solver(image.astype(np.float32), device=device)
            solver.solve(verbose=False)
        took[device] = time.perf_counter() - seconds
    rows.append(
        {
            "step": "voxel solve 256^3",
            "core, s": round(took["cpu"], 1),
            "GPU, s": round(took["cuda"], 2),
            "ratio": round(took["cpu"] / took["cuda"], 1),
            "note": torch.cuda.get_device_name(0),
        }
    )
    return rows


def show(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print a table as Markdown."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    print(f"\n{title}\n\n| {' | '.join(names)} |\n|{' --- |' * len(names)}")
    for row in rows:
        print(f"| {' | '.join(str(row.get(name, '')) for name in names)} |", flush=True)


def main() -> None:
    """Print all tables."""
    begin = time.process_time()
    show("CAM utilisation, 80:20:x, porosity 10 %, p_bare 0.30, agglomerates of 2 um", utilization())
    convergence = grid_convergence()
    show("Ionic ratio of the same cubes of 8 um on finer grids", convergence)
    ratios = ionic_ratio()
    show("Ionic ratio of 80:20:0", ratios)
    print("\n" + "\n".join(ionic_verdict(ratios, convergence)))
    show("Coating thickness without pores, full coverage", coating())
    show("CPU seconds of one run", cost())
    show("GPU", gpu())
    print(f"\n{time.process_time() - begin:.0f} CPU s in all")


if __name__ == "__main__":
    main()
