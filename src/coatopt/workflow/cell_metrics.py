"""The steps of a protocol, evaluated on the files of one cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from uncertainties import nominal_value, std_dev

from coatopt.campaign.protocol import Protocol, ProtocolStep
from coatopt.errors import InputError
from coatopt.metric.checked_number import uncertain
from coatopt.metric.estimate import Estimate, Uncertain
from coatopt.metric.instrument import Accuracy
from coatopt.metric.titration.cell_file import CellFile, read_cell
from coatopt.metric.titration.comparison import CamUtilization, compare, covered
from coatopt.metric.titration.reference_curve import ReferenceCurve
from coatopt.metric.titration.reference_file import find_reference, read_reference
from coatopt.metric.titration.relaxed_points import RelaxedPoints, relaxed_points
from coatopt.workflow.cell_files import NotThereError, in_order_of_time, nth_spectrum
from coatopt.workflow.cycling_step import cycling_step
from coatopt.workflow.given import electrode_area, mass_with_limit
from coatopt.workflow.tested_cell import Found, TestedCell, stated_cycles


@dataclass(frozen=True, kw_only=True)
class Derived:
    """One metric as it came out of a step; ``sd`` is what the surrogate is given, in the estimate's unit."""

    metric: str
    step: str
    quantity: str
    estimate: Estimate
    sd: float
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Make the part of a JSON document that states this metric.

        Returns:
            All attributes.
        """
        head = {"metric": self.metric, "step": self.step, "quantity": self.quantity}
        return {**head, **self.estimate.document(), "sd": self.sd, "notes": list(self.notes)}


def evaluate_protocol(protocol: Protocol, test: TestedCell) -> tuple[tuple[Derived, ...], tuple[str, ...]]:
    """Evaluate every step of a protocol; a titration first, since active capacities need its result.

    Results come late and in part: a step whose part of the test is not in the files is left out.

    Args:
        protocol: The protocol.
        test: The cell.

    Returns:
        One entry per metric that was found, and a sentence for every step that was left out.

    Raises:
        InputError: If a step cannot be evaluated, or none is in the files; the sentence names the step.
    """
    derived: list[Derived] = []
    left_out: list[str] = []
    utilization: Uncertain | None = None
    for step in sorted(protocol.steps, key=lambda step: step.measures != "titration"):
        missing: dict[str, str] = {}
        try:
            if step.measures == "titration":
                result, utilization = _titration(step, test)
                found: Found = {"cam_utilization": (result.mean, result.sd, result.notes)}
            elif step.measures == "cycling":
                found, missing = cycling_step(step, test, utilization)
            else:
                found = _impedance(step, test)
        except NotThereError as error:
            left_out.append(f"the step '{step.name}' is left out: {error}")
            continue
        except InputError as error:
            raise InputError(f"the step '{step.name}' of the protocol: {error}") from error
        left_out += [f"{m} is left out: {missing[q]}" for m, q in step.metrics.items() if q in missing]
        for metric, quantity in step.metrics.items():
            if quantity in missing:
                continue
            estimate, sd, notes = found[quantity]
            if not np.isfinite(sd):
                raise InputError(f"{metric} has an error without limit ({estimate.text()}); it says nothing to record")
            derived.append(
                Derived(metric=metric, step=step.name, quantity=quantity, estimate=estimate, sd=sd, notes=notes)
            )
    if not derived:
        raise InputError("no step of the protocol is in the files; " + "; ".join(left_out))
    return tuple(derived), tuple(left_out)


def _titration(step: ProtocolStep, test: TestedCell) -> tuple[CamUtilization, Uncertain]:
    """The utilisation, and the same as a fraction that knows its mass, which cancels in a capacity per active CAM."""
    cam = test.cathode.cam
    if cam is None:
        raise InputError("the mass of CAM is not known; state --mass, or composite_mass and cam_fraction")
    mass, error = float(nominal_value(cam)), float(std_dev(cam))
    reference = _reference(step, test)
    first, *others = _points(step, test, reference)
    try:
        points, result = first, compare(first, reference, mass, error, step.window)
    except InputError:
        # A table is against Li+/Li unless that cannot be and the stated counter electrode puts it right.
        if not others:
            raise
        points, result = others[0], compare(others[0], reference, mass, error, step.window)
    weighed_exactly = compare(points, reference, mass, 0.0, step.window)
    return result, uncertain(result.mean.value / 100, weighed_exactly.sd / 100) * mass / cam


def _reference(step: ProtocolStep, test: TestedCell) -> ReferenceCurve:
    assert step.reference is not None
    mass_text = step.reference_mass
    stated = None if mass_text is None else mass_with_limit(mass_text, f"reference_mass of '{step.name}'")
    return read_reference(find_reference(step.reference, test.folder), stated, Accuracy())


def _points(step: ProtocolStep, test: TestedCell, reference: ReferenceCurve) -> list[RelaxedPoints]:
    """The relaxed points; of a table also with the counter electrode's potential added, where one is stated."""
    files, accuracy = test.files.only(step.files), Accuracy()
    if not files.tables:
        series = files.cycling(test.counter_electrode)
        return [covered(relaxed_points(stated_cycles(series, step, accuracy), accuracy), reference)]
    if len(files.tables) > 1:
        names = ", ".join(path.name for path in files.tables)
        raise InputError(f"{names} are all titration tables; give one, or say which with files: in the step")
    offsets = (None, test.counter_electrode) if test.counter_electrode else (None,)
    return [read_cell(CellFile(path=files.tables[0], offset=offset)) for offset in offsets]


def _impedance(step: ProtocolStep, test: TestedCell) -> Found:
    from coatopt.metric.impedance.attribution import CATHODE_BAND
    from coatopt.metric.impedance.growth import hold_growth
    from coatopt.metric.impedance.resistance import analyse
    from coatopt.metric.impedance.spectrum_check import Window

    spectra = test.files.only(step.files).spectra
    if not spectra:
        raise NotThereError("none of the files holds impedance spectra; add the potentiostat's file")
    spectra = in_order_of_time(spectra)
    area = electrode_area(test.given)
    if area is None:
        raise InputError("the electrode area is not known; state the diameter of the die")
    band = CATHODE_BAND if step.cathode_band is None else Window(step.cathode_band[1], step.cathode_band[0])
    if step.measures == "hold":
        growth = hold_growth(spectra, area, test.seed, band)
        return {"resistance_growth": (growth.slope, growth.slope.sd, growth.notes)}
    result = analyse(nth_spectrum(spectra, step.spectrum), area, test.seed, band)
    parts = {"cathode": result.cathode, "anode": result.anode, "separator": result.separator}
    found: Found = {}
    for quantity in step.metrics.values():
        part = parts[quantity.removesuffix("_resistance")]
        if part is None or part.areal is None:
            raise InputError(f"{result.spectrum} shows no arc of the {quantity.removesuffix('_resistance')}")
        found[quantity] = part.areal, part.areal.sd, result.notes
    return found
