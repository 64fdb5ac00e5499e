"""Mixer, hypothesis and microstructure as one simulator: settings of a mixing campaign to what its cathode can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coatopt.simulator.composite.hypothesis import FREQUENCY, UNKNOWNS, Powder, mixed_powder
from coatopt.simulator.contract import (
    Input,
    Level,
    Outcome,
    Output,
    Progress,
    Task,
    level_of,
    task_of,
)
from coatopt.simulator.microstructure.simulator import MICROSTRUCTURE
from coatopt.simulator.mixer.simulator import MIXER

MODEL = "composite-1"
_OF_MIXER = ("rotor_speed", "mixing_time", "filling_degree", "tip_radius")
_FROM_POWDER = ("p_bare", "coverage", "agglomerate_size")
_INPUTS = (
    *(each for each in MIXER.inputs if each.name in _OF_MIXER),
    *(each for each in MICROSTRUCTURE.inputs if each.name not in _FROM_POWDER),
    *(each.input for each in UNKNOWNS),
)
_OUTPUTS = (
    Output("stress_intensity", "J/kg", "law of the mixer, or collisional where DEM was run", low=0),
    Output("collision_energy", "kJ/kg", "stress intensity times stress number", low=0),
    Output("coverage", "%", "of the CAM by its coating, by the hypothesis", low=0, high=100),
    Output("agglomerate_size", "um", "of carbon black, by the hypothesis", low=0),
    Output("p_bare", "1", "probability that two touching CAM particles conduct, by the hypothesis", low=0, high=1),
    *MICROSTRUCTURE.outputs,
)
# Levels of mixer and microstructure for each level of the chain.
_CHAIN = {0: (0, 0), 1: (0, 1), 2: (0, 2), 3: (1, 2)}


# Recipes that are mixed alike share one run of the mixer, as long as one process simulates them.
_RECENT: dict[tuple[object, ...], Outcome] = {}
_MOST_RECENT = 64


def _levels() -> tuple[Level, ...]:
    seconds = [{each.number: each.cpu_seconds for each in part.levels} for part in (MIXER, MICROSTRUCTURE)]
    return tuple(
        Level(n, f"mixer {mixer}, microstructure {structure}", seconds[0][mixer] + seconds[1][structure])
        for n, (mixer, structure) in _CHAIN.items()
    )


@dataclass(frozen=True)
class Composite:
    """The chain from mixing to function."""

    name: str = "composite"
    about: str = "a mixed composite cathode, from rotor speed and recipe to utilisation and conductivity"
    inputs: tuple[Input, ...] = _INPUTS
    outputs: tuple[Output, ...] = _OUTPUTS
    levels: tuple[Level, ...] = _levels()

    def version(self, level: int) -> str:
        """Name the models and engines.

        Args:
            level: Which fidelity.

        Returns:
            Those of the chain.

        Raises:
            InputError: If an engine is not installed.
        """
        mixer, structure = _CHAIN[level]
        return f"{MODEL}; {MIXER.version(mixer)}; {MICROSTRUCTURE.version(structure)}"

    def cost(self, task: Task) -> float:
        """Count the cost of a task: those of the chain.

        Args:
            task: The task.

        Returns:
            CPU seconds.
        """
        mixer, structure = _CHAIN[task.level]
        mixed = task_of(MIXER, {name: task.inputs[name] for name in _OF_MIXER}, mixer)
        return MIXER.cost(mixed) + level_of(MICROSTRUCTURE, structure).cpu_seconds

    def run(self, task: Task, progress: Progress) -> Outcome:
        """Do a task.

        Args:
            task: A checked task.
            progress: Called with what is being done and the share that is done, 0 to 1.

        Returns:
            What it gave.

        Raises:
            SimulationError: If mixer or microstructure give no number.
            InputError: If an engine is not installed.
        """
        mixer, structure = _CHAIN[task.level]
        mixed = _mixed(task, mixer, progress)
        intensity, energy = stressing(mixed.outputs, task.inputs["mixing_time"])
        powder = mixed_powder(intensity, energy, coating_thickness(task.inputs), task.inputs)
        given, warnings = structure_inputs(task.inputs, powder)
        made = MICROSTRUCTURE.run(task_of(MICROSTRUCTURE, given, structure, task.seed), progress)
        outputs = {
            "stress_intensity": intensity,
            "collision_energy": energy,
            "coverage": 100.0 * powder.coverage,
            "agglomerate_size": powder.agglomerate_size,
            "p_bare": powder.p_bare,
            **made.outputs,
        }
        hypothesis = "What mixing does to coverage, agglomerates and contacts is a hypothesis, not a measured law."
        return Outcome(
            task,
            outputs,
            warnings=(hypothesis, *mixed.warnings, *made.warnings, *warnings),
            provenance={"model": self.version(task.level)},
            cpu_seconds=mixed.cpu_seconds + made.cpu_seconds,
        )


def stressing(mixed: Mapping[str, float], minutes: float) -> tuple[float, float]:
    """Take stress intensity and collision energy from what a mixer gave.

    Args:
        mixed: Outputs of the mixer.
        minutes: Mixing time.

    Returns:
        In J/kg and kJ/kg.
    """
    intensity = mixed.get("stress_intensity_collisional", mixed["stress_intensity_law"])
    number = mixed.get("stress_number", FREQUENCY * minutes * 60.0)
    return intensity, intensity * number / 1000.0


def coating_thickness(inputs: Mapping[str, float]) -> float:
    """Compute how thick the coating would be if it covered everything.

    Args:
        inputs: Of the chain.

    Returns:
        In nm.
    """
    from coatopt.simulator.microstructure.coating import thickness
    from coatopt.simulator.microstructure.composition import composition
    from coatopt.simulator.microstructure.powder import Powder as Particles

    densities = (inputs["cam_density"], inputs["se_density"], inputs["carbon_black_density"])
    recipe = (inputs["se_fraction"], inputs["carbon_black"], inputs["porosity"])
    shares = composition(*recipe, densities, inputs["agglomerate_solid_fraction"])
    particles = Particles(inputs["cam_d50_number"], inputs["cam_d50_volume"])
    return thickness([particles.radius_moment(power) for power in (1, 2, 3)], shares.coating_per_cam, 1.0)


def _mixed(task: Task, level: int, progress: Progress) -> Outcome:
    given = {name: task.inputs[name] for name in _OF_MIXER}
    wanted = task_of(MIXER, given, level, task.seed)
    key = (level, task.seed, tuple(wanted.inputs.values()))
    if key not in _RECENT:
        while len(_RECENT) >= _MOST_RECENT:
            _RECENT.pop(next(iter(_RECENT)))
        _RECENT[key] = MIXER.run(wanted, progress)
    return _RECENT[key]


def structure_inputs(inputs: Mapping[str, float], powder: Powder) -> tuple[dict[str, float], list[str]]:
    """Make the inputs of the microstructure; what lies outside of its ranges is brought to their ends.

    Args:
        inputs: Of the chain.
        powder: What mixing made of it.

    Returns:
        The inputs, and a warning for each that was moved.
    """
    wanted = {"p_bare": powder.p_bare, "coverage": powder.coverage, "agglomerate_size": powder.agglomerate_size}
    given, warnings = {}, []
    for each in MICROSTRUCTURE.inputs:
        value = wanted.get(each.name, inputs.get(each.name, each.default))
        given[each.name] = min(max(value, each.low), each.high)
        if given[each.name] != value:
            warnings.append(
                f"{each.name} would be {value:.3g} {each.unit}, beyond what a structure can have; "
                f"{given[each.name]:g} is taken"
            )
    return given, warnings


COMPOSITE = Composite()
