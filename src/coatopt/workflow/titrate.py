"""From the files of a titration to the CAM utilisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coatopt.errors import InputError
from coatopt.metric.instrument import WEIGHING_ERROR, Accuracy
from coatopt.metric.reader.column_map import load_maps
from coatopt.metric.titration.cell_file import CellFile, read_cell
from coatopt.metric.titration.comparison import CamUtilization, compare
from coatopt.metric.titration.reference_curve import ReferenceCurve
from coatopt.metric.titration.reference_file import find_reference, read_reference
from coatopt.quantity import read_quantity
from coatopt.workflow.given import mass_with_limit


@dataclass(frozen=True, kw_only=True)
class TitrationCall:
    """What ``coatopt metric ctc`` is asked for; texts carry their units."""

    cell: Path
    reference: str
    mass: str
    reference_mass: str | None = None
    counter_electrode: str | None = None
    window: tuple[str, str] | None = None
    maps: Sequence[Path] = ()


def titrate(call: TitrationCall) -> CamUtilization:
    """Compare the titration of a cell with a reference.

    Args:
        call: The files and what is known of them.

    Returns:
        The CAM utilisation.

    Raises:
        InputError: If a file cannot be read, or what is stated contradicts it.
    """
    accuracy = Accuracy()
    mass, mass_error = mass_with_limit(call.mass, "--mass")
    reference_mass = None if call.reference_mass is None else mass_with_limit(call.reference_mass, "--reference-mass")
    maps = load_maps(call.maps)
    stated = call.counter_electrode
    offset = None if stated is None else read_quantity(stated, "V", "--counter-electrode")[0]
    cell = read_cell(CellFile(path=call.cell, offset=offset, accuracy=accuracy, maps=maps))
    reference = read_reference(find_reference(call.reference), reference_mass, accuracy, maps)
    result = compare(cell, reference, mass, mass_error, _window(call.window))
    return replace(result, notes=(*result.notes, *_assumed(call, reference)))


def _assumed(call: TitrationCall, reference: ReferenceCurve) -> list[str]:
    """What nobody stated and was taken as usual."""
    texts = (call.mass, call.reference_mass)
    bare = [text for text in texts if text is not None and read_quantity(text, "mg", "mass")[1] is None]
    notes = [f"{' and '.join(bare)} state no error; {WEIGHING_ERROR:g} mg were taken"] if bare else []
    if call.reference_mass is None:
        notes.append(f"{reference.mass:g} mg of CAM in the reference cell, as its metadata say")
    return notes


def _window(window: tuple[str, str] | None) -> tuple[float, float] | None:
    if window is None:
        return None
    low, high = (read_quantity(text, "V", "--window")[0] for text in window)
    if low >= high:
        raise InputError(f"--window: {window[0]} is not below {window[1]}; write the lower end first")
    return low, high
