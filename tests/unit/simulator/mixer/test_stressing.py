"""Collisions and fluctuation from dumps that were made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from coatopt.simulator.contract import LostError, SimulationError, task_of
from coatopt.simulator.mixer.dump_file import frames
from coatopt.simulator.mixer.input_script import ATOMS, PAIRS, POWER, WALL, Script
from coatopt.simulator.mixer.scaling_law import law_intensity
from coatopt.simulator.mixer.simulator import MIXER, resolution
from coatopt.simulator.mixer.slice_case import SAMPLE_EVERY, STEP_WINDOW, SliceCase
from coatopt.simulator.mixer.steadiness import steady_power
from coatopt.simulator.mixer.stressing import Burst, granular_temperature, read_burst
from coatopt.simulator.mixer.summary import summarise

CASE = SliceCase.of(task_of(MIXER, {}, 1).inputs, resolution(1))
D = CASE.resolution.grain


def dump(file, samples, columns):
    text = ""
    for step, rows in samples:
        text += f"ITEM: TIMESTEP\n{step}\nITEM: NUMBER OF ENTRIES\n{len(rows)}\nITEM: BOX BOUNDS ff ff pp\n"
        text += "0 1\n0 1\n0 1\nITEM: ENTRIES " + " ".join(f"c{i}" for i in range(columns)) + "\n"
        text += "".join(" ".join(f"{value:.9g}" for value in row) + "\n" for row in rows)
    file.write_text(text)


def burst_of(tmp_path, pairs, atoms, drum=(), blade=()):
    steps = [100 + SAMPLE_EVERY * i for i in range(len(pairs))]
    dump(tmp_path / PAIRS.format(0), zip(steps, pairs, strict=True), 9)
    dump(tmp_path / ATOMS.format(0), zip(steps, atoms, strict=True), 10)
    for name, rows in (("drum", drum), ("blade1", blade)):
        dump(tmp_path / WALL.format(name, 0), [(step, list(rows)) for step in steps], 7)
    return read_burst(CASE, tmp_path, 0, ("drum", "blade1"))


def moving(v1, v2, w1=0.0, w2=0.0):
    """Two grains that touch along x; velocities along x, spins about z."""
    return [
        [1, 0.5 * D, 0, 0, v1, 0, 0, 0, 0, w1],
        [2, -0.5 * D, 0, 0, v2, 0, 0, 0, 0, w2],
        [3, 0, 0.03, 0, 0, 0, 0, 0, 0, 0],
    ]


def test_a_head_on_collision_takes_up_what_the_force_does_against_the_motion(tmp_path):
    # Grain 1 lies on the side of +x and moves towards grain 2 at 1 m/s; 2 N push them apart.
    touching = [[1, 2, 2.0, 0, 0, 0, D, 0, 0]]
    pairs = [[], touching, touching, touching, [], []]
    burst = burst_of(tmp_path, pairs, [moving(-1.0, 0.0)] * 6)
    step = SAMPLE_EVERY * CASE.time_step
    assert burst.begun == 1
    # Six samples span five intervals.
    assert burst.seconds == pytest.approx(5 * step)
    assert burst.works == pytest.approx([3 * 2.0 * 1.0 * step])
    assert burst.pair_work == pytest.approx(burst.works.sum())
    # Flying apart, the contact gives back.
    apart = burst_of(tmp_path, pairs, [moving(1.0, 0.0)] * 6)
    assert apart.works == pytest.approx(-burst.works)


def test_the_order_of_the_two_ids_makes_no_difference(tmp_path):
    swapped = [[2, 1, 2.0, 0, -0.5, 0, -D, 0, 0]]
    straight = [[1, 2, 2.0, 0, 0.5, 0, D, 0, 0]]
    atoms = [moving(-1.0, 0.2, 30.0, 10.0)] * 4
    works = [burst_of(tmp_path, [[], rows, rows, []], atoms).works for rows in (straight, swapped)]
    assert works[0] == pytest.approx(works[1])


def test_two_grains_that_spin_alike_slide_and_rolling_off_each_other_costs_nothing(tmp_path):
    # Friction of 1 N along y; equal spins slide at d * w, opposite ones roll.
    contact = [[1, 2, 0.0, 0, 1.0, 0, D, 0, 0]]
    pairs = [[], contact, []]
    step = SAMPLE_EVERY * CASE.time_step
    sliding = burst_of(tmp_path, pairs, [moving(0, 0, 100.0, 100.0)] * 3)
    # v_rel = -(R w1 + R w2) z x n = -d w along y, against which +1 N takes up energy.
    assert sliding.works == pytest.approx([1.0 * D * 100.0 * step])
    rolling = burst_of(tmp_path, pairs, [moving(0, 0, 100.0, -100.0)] * 3)
    assert rolling.works == pytest.approx([0.0], abs=1e-18)


def test_a_contact_that_was_there_before_is_no_new_collision_and_one_that_stays_is_not_whole(tmp_path):
    a, b = [1, 2, 1.0, 0, 0, 0, D, 0, 0], [1, 3, 1.0, 0, 0, 0, 0, -D, 0]
    pairs = [[a], [a, b], [b], [a, b], [a, b]]
    burst = burst_of(tmp_path, pairs, [moving(-1.0, 0.0)] * 5)
    # a anew and b begin; neither ends within the burst, and the first touch of a began before it.
    assert burst.begun == 2
    assert len(burst.works) == 0


def test_walls_take_up_sliding_and_a_turning_wall_is_overtaken(tmp_path):
    atoms = [[[1, 0.04, 0, 0, 0, 5.0, 0, 0, 0, 0], [2, 0, 0.03, 0, 0, 0, 0, 0, 0, 0]]] * 3
    # 3 N of friction against the motion along y, at the drum's wall.
    rubbed = burst_of(tmp_path, [[]] * 3, atoms, drum=[[1, 0, -3.0, 0, 0.0406, 0, 0]])
    step = SAMPLE_EVERY * CASE.time_step
    assert rubbed.wall_work == pytest.approx(2 * 3.0 * 5.0 * step)
    # The blade moves at speed * r and pushes the slower grain forwards.
    pushed = burst_of(tmp_path, [[]] * 3, atoms, blade=[[1, 0, 3.0, 0, 0.0394, 0, 0]])
    assert pushed.wall_work == pytest.approx(2 * 3.0 * (CASE.speed * 0.0394 - 5.0) * step)


def test_the_granular_temperature_is_that_of_the_fluctuation_alone():
    rng = np.random.default_rng(0)
    n = 1500
    place = np.column_stack([rng.uniform(-0.01, 0.01, (n, 2)), rng.uniform(0, CASE.resolution.slice, n)])
    motion = np.hstack([place, rng.normal(0, 0.3, (n, 3)), np.zeros((n, 3))])
    still = granular_temperature(CASE, motion)
    assert still == pytest.approx(0.09, rel=0.08)
    # A common motion, and one that turns slowly with the place, are no fluctuation.
    moved = motion.copy()
    moved[:, 3] += 7.0
    assert granular_temperature(CASE, moved) == pytest.approx(still)


def test_a_dump_that_is_cut_short_is_said(tmp_path):
    dump(tmp_path / "x", [(1, [[1.0, 2.0]]), (2, [[3.0, 4.0]])], 2)
    assert [step for step, _ in frames(tmp_path / "x")] == [1, 2]
    (tmp_path / "x").write_text((tmp_path / "x").read_text()[:-5])
    with pytest.raises(LostError, match="x is cut short"):
        list(frames(tmp_path / "x"))
    with pytest.raises(LostError, match="LAMMPS left no y"):
        list(frames(tmp_path / "y"))


# --- steadiness and summary ------------------------------------------------------------------------------------------


def powers(tmp_path, torque, kinetic):
    steps = STEP_WINDOW * np.arange(1, len(torque) + 1)
    np.savetxt(tmp_path / POWER, np.column_stack([steps, torque, kinetic]))
    total = int(steps[-1])
    return steady_power(CASE, tmp_path, Script((), ((0, total // 2),), 0, total))


def test_a_steady_run_gives_its_power(tmp_path):
    noise = np.random.default_rng(0).normal(0, 0.1, 160)
    power = powers(tmp_path, 1.0 + noise, np.full(160, 0.3))
    assert power.mean == pytest.approx(CASE.speed, rel=0.05)
    assert 0 < power.error < 0.05 * power.mean


def test_a_run_that_is_not_steady_says_so_instead_of_giving_a_number(tmp_path):
    time = np.linspace(0, 1, 160)
    seconds = 160 * STEP_WINDOW * CASE.time_step
    work = CASE.speed * seconds
    with pytest.raises(SimulationError, match="not steady after 1.5 revolutions: kinetic energy drifts by 20%"):
        powers(tmp_path, np.ones(160), 0.2 * work * time)
    with pytest.raises(SimulationError, match="halves of the measurement differ by 67% in power; no number"):
        powers(tmp_path, np.where(time < 0.5, 2.0, 1.0), np.zeros(160))
    with pytest.raises(SimulationError, match="does no work"):
        powers(tmp_path, -np.ones(160), np.zeros(160))
    with pytest.raises(LostError, match="ended early"):
        powers(tmp_path, np.ones(3), np.zeros(3))


def bursts(**changes):
    power = 100.0
    whole = {
        "seconds": 1e-3, "pair_work": 0.05, "wall_work": 0.045, "kinetic_gain": 0.001, "begun": 500,
        "works": np.full(400, 1e-4), "fluctuation": 0.25, "grains": CASE.grains,
    }  # fmt: skip
    from coatopt.simulator.mixer.steadiness import RotorPower

    return RotorPower(power, 1.0, power), [Burst(**(whole | changes))] * 2


def test_intensity_times_number_is_the_energy_that_collisions_took():
    outputs, warnings = summarise(CASE, *bursts(), 60.0)
    # Equation 2 of Nat. Commun. 2026, 17, 3215, for what grains do to each other.
    taken = 0.05 / 1e-3 * 60.0 / CASE.mass
    assert outputs["stress_intensity_work"] * outputs["stress_number"] == pytest.approx(taken)
    assert outputs["stress_intensity_work"] == pytest.approx(0.05 / 500 / (2 * CASE.grain_mass))
    assert outputs["stress_intensity_collisional"] == pytest.approx(0.5 * (1 - 0.3**2) * 0.25)
    assert outputs["stress_frequency"] == pytest.approx(2 * 500 / 1e-3 / CASE.grains)
    assert outputs["specific_energy"] == pytest.approx(100.0 / CASE.mass * 60.0 / 1000)
    assert outputs["energy_closure"] == pytest.approx(0.96)
    assert any("Shaft, gap and blades are assumed" in text for text in warnings)


def test_books_that_do_not_close_and_lost_grains_give_no_number():
    with pytest.raises(SimulationError, match="took 30% of the rotor's work; no number is given"):
        summarise(CASE, *bursts(pair_work=0.02, wall_work=0.01, kinetic_gain=0.0), 60.0)
    with pytest.raises(SimulationError, match=f"3 of {CASE.grains} grains were lost"):
        summarise(CASE, *bursts(grains=CASE.grains - 3), 60.0)
    with pytest.raises(SimulationError, match="no two grains collided"):
        summarise(CASE, *bursts(begun=0), 60.0)
    _, warnings = summarise(CASE, *bursts(pair_work=0.025), 60.0)
    assert any("account for 71% of the rotor's work" in text for text in warnings)


@pytest.mark.parametrize(
    ("speed", "published", "ratio"), [(1000, 0.006, 0.88), (2500, 0.033, 1.0), (5000, 0.123, 1.07)]
)
def test_the_law_sums_up_the_published_intensities(speed, published, ratio):
    assert law_intensity(speed, 38.2) / published == pytest.approx(ratio, abs=0.01)
