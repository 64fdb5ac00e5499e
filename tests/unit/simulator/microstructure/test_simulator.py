from __future__ import annotations

import json
import math
import subprocess
import sys

import pytest

from coatopt.errors import InputError
from coatopt.simulator.contract import Outcome, SimulationError, task_of
from coatopt.simulator.microstructure.simulator import MICROSTRUCTURE
from coatopt.simulator.microstructure.terms import INPUTS, OUTPUTS, RESOLUTIONS, Resolution


def simulate(given=None, level=0, seed=0, heard=None):
    told = heard if heard is not None else []
    return MICROSTRUCTURE.run(
        task_of(MICROSTRUCTURE, given or {}, level, seed), lambda text, share: told.append((text, share))
    )


@pytest.mark.parametrize("level", [0, 1])
def test_every_output_is_there_within_its_range_and_goes_to_json_and_back(level):
    heard = []
    outcome = simulate({"carbon_black": 1.0}, level, heard=heard)
    assert list(outcome.outputs) == [each.name for each in OUTPUTS]
    for each in OUTPUTS:
        value = outcome.outputs[each.name]
        assert math.isfinite(value)
        assert value >= (each.low if each.low is not None else -math.inf), each.name
        assert value <= (each.high if each.high is not None else math.inf), each.name
    assert outcome.failure is None
    assert "microstructure-1" in outcome.provenance["engine"]
    assert Outcome.of(json.loads(json.dumps(outcome.document()))) == outcome
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert all(text for text, _ in heard)


def test_same_seed_same_outputs_other_seed_other_outputs():
    first, again, other = (simulate(level=1, seed=seed) for seed in (3, 3, 4))
    assert first.outputs == again.outputs
    differing = [name for name, value in first.outputs.items() if value != other.outputs[name]]
    assert {"cam_utilization", "coordination", "ionic_conductivity_ratio"} <= set(differing)
    assert simulate(seed=3).outputs == simulate(seed=4).outputs, "level 0 has no structure"


@pytest.mark.parametrize("level", [0, 1])
def test_carbon_black_connects_and_obstructs(level):
    none, some, much = (simulate({"carbon_black": x}, level).outputs for x in (0.0, 1.0, 3.0))
    assert none["cam_utilization"] < some["cam_utilization"] < much["cam_utilization"]
    assert none["ionic_conductivity_ratio"] > some["ionic_conductivity_ratio"] > much["ionic_conductivity_ratio"]
    assert none["coating_thickness"] < much["coating_thickness"]
    assert much["cam_utilization"] > 85


def test_conductivity_is_the_ratio_times_that_of_the_matrix():
    outputs = simulate({"matrix_conductivity": 2.0}).outputs
    assert outputs["ionic_conductivity"] == pytest.approx(2 * outputs["ionic_conductivity_ratio"])


def test_lengths_grow_with_the_powder(small):
    # A powder three times as coarse with agglomerates three times as large is the same structure.
    small = simulate({"cam_d50_number": 1, "cam_d50_volume": 1.6, "agglomerate_size": 1}, 1)
    large = simulate({"cam_d50_number": 3, "cam_d50_volume": 4.8, "agglomerate_size": 3}, 1)
    for name in ("cam_utilization", "ionic_conductivity_ratio", "coordination"):
        assert large.outputs[name] == pytest.approx(small.outputs[name], rel=1e-3)
    assert large.outputs["coating_thickness"] == pytest.approx(3 * small.outputs["coating_thickness"], rel=1e-6)
    assert large.outputs["contact_area"] == pytest.approx(small.outputs["contact_area"] / 3, rel=1e-6)


@pytest.fixture
def small(monkeypatch):
    """Level 1 in a box that costs a tenth."""
    monkeypatch.setitem(RESOLUTIONS, 1, Resolution(14, 12, 32))


ENDS = [(each.name, value) for each in INPUTS for value in (each.low, each.high)]


@pytest.mark.parametrize(("name", "value"), ENDS)
def test_ends_of_the_ranges_give_numbers_or_a_sentence(small, name, value):
    for level in (0, 1):
        try:
            outcome = simulate({"carbon_black": 1.0, name: value}, level)
        except SimulationError as error:
            assert len(str(error).split()) > 8
        else:
            assert all(math.isfinite(each) for each in outcome.outputs.values())


def test_a_closed_electrolyte_gives_zero_and_says_so(small):
    outcome = simulate({"se_fraction": 4, "porosity": 0.36, "carbon_black": 0}, 1)
    assert outcome.outputs["ionic_conductivity_ratio"] == outcome.outputs["ionic_conductivity"] == 0
    assert outcome.outputs["tortuosity_factor"] == 1e6
    assert any("does not percolate" in text for text in outcome.warnings)


def test_a_box_near_the_threshold_says_that_it_is_noisy():
    shaky, firm = (simulate({"carbon_black": 0.0, "p_bare": p}, 1) for p in (0.27, 0.9))
    assert any("six faces" in text for text in shaky.warnings)
    assert firm.warnings == ()


def test_level_0_says_what_higher_levels_would_refuse(small):
    assert any("spheres cannot" in text for text in simulate({"se_fraction": 5}).warnings)
    with pytest.raises(SimulationError, match="still overlap"):
        simulate({"se_fraction": 5}, 1)


def test_versions_name_what_computes():
    assert "taufactor" not in MICROSTRUCTURE.version(0)
    for package in ("microstructure-1", "numpy", "scipy", "taufactor"):
        assert package in MICROSTRUCTURE.version(1)


def test_levels_above_0_need_taufactor(monkeypatch):
    monkeypatch.setitem(sys.modules, "taufactor", None)
    with pytest.raises(InputError, match=r"pip install 'coatopt\[simulators\]'"):
        simulate(level=1)
    assert simulate(level=0).outputs


def test_import_and_level_0_are_light():
    code = """
import sys
from coatopt.simulator.contract import task_of
from coatopt.simulator.microstructure.simulator import MICROSTRUCTURE as simulator
simulator.run(task_of(simulator, {}, 0), lambda text, share: None)
print([name for name in ("torch", "scipy", "taufactor", "matplotlib") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
