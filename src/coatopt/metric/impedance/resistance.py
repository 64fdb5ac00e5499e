"""From one spectrum to the resistances of separator, cathode and anode, in ohm and ohm cm^2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import uncertainties
from uncertainties import UFloat, ufloat

from coatopt.metric.electrode_area import check_area
from coatopt.metric.estimate import Estimate, Uncertain
from coatopt.metric.impedance.attribution import CATHODE_BAND, attribute
from coatopt.metric.impedance.circuit import CIRCUITS, check_circuit
from coatopt.metric.impedance.circuit_fit import Arc
from coatopt.metric.impedance.fit_notes import fit_notes
from coatopt.metric.impedance.kramers_kronig import KramersKronig, kramers_kronig, without_trimmed
from coatopt.metric.impedance.spectrum_check import Window, checked
from coatopt.metric.impedance.window import WINDOWS, WindowFit, fit_windows, window_spread
from coatopt.metric.measured_data import Against, FloatArray, Spectrum


@dataclass(frozen=True, eq=False, kw_only=True)
class Resistance:
    """One resistance of the circuit.

    Attributes:
        quantity: In ohm; its error joins the fit's standard error and half of the range over the windows.
        fit_error: Standard error of the fit in the reported window alone, in ohm.
        window_half_range: Half of the range over the windows, in ohm.
        area: Electrode area in cm^2, or None.
        arc: The arc that it is, or None.
    """

    quantity: UFloat
    fit_error: float
    window_half_range: float
    area: Uncertain | None = None
    arc: Arc | None = None

    @property
    def apex(self) -> float | None:
        """Apex frequency of the arc in Hz, or None for what is no arc."""
        return None if self.arc is None else float(self.arc.apex.nominal_value)

    @property
    def estimate(self) -> Estimate:
        """In ohm."""
        return Estimate.of(self.quantity, "ohm")

    @property
    def areal_quantity(self) -> UFloat | None:
        """In ohm cm^2: resistance times area; None where no area is known."""
        return None if self.area is None else self.quantity * self.area

    @property
    def areal(self) -> Estimate | None:
        """In ohm cm^2, or None where no area is known."""
        areal = self.areal_quantity
        return None if areal is None else Estimate.of(areal, "ohm cm^2")

    def document(self) -> dict[str, Any]:
        """Make the part of a JSON document that states the resistance.

        Returns:
            ``resistance``, ``areal_resistance``, the two parts of the error in ohm, and for an arc its apex
            frequency, capacitance and exponent.
        """
        document: dict[str, Any] = {
            "resistance": self.estimate.document(),
            "areal_resistance": self.areal.document() if self.areal else None,
            "fit_standard_error_ohm": self.fit_error,
            "window_half_range_ohm": self.window_half_range,
        }
        if self.arc is not None:
            document["apex_frequency"] = Estimate.of(self.arc.apex, "Hz").document()
            document["capacitance"] = Estimate.of(self.arc.capacitance, "F").document()
            document["exponent"] = Estimate.of(self.arc.alpha, "1").document()
        return document


@dataclass(frozen=True, eq=False, kw_only=True)
class ImpedanceResult:
    """What a spectrum says about a cell.

    Attributes:
        spectrum: File and number in it.
        circuit: One of ``circuit.CIRCUITS``.
        separator: R0.
        arcs: The two arcs, the one of higher apex frequency first, whatever they stand for.
        cathode: The arc that the rule of ``attribution.attribute`` takes for the cathode, or None.
        anode: Likewise for the anode.
        total: Sum of R0 and both arcs.
        fits: One for each window; the first is the reported one.
        kramers_kronig: Outcome of the test.
        potential: Mean cell voltage in V, or None.
        against: What it is measured against.
        notes: What the user should know, one sentence each.
    """

    spectrum: str
    circuit: str
    separator: Resistance
    arcs: tuple[Resistance, Resistance]
    cathode: Resistance | None
    anode: Resistance | None
    total: Resistance
    fits: tuple[WindowFit, ...]
    kramers_kronig: KramersKronig
    potential: float | None
    against: Against
    notes: tuple[str, ...]

    @property
    def fit_rms(self) -> float:
        """Root mean square of (Z_fit - Z) / abs(Z) in the reported window, in %."""
        return self.fits[0].fit.rms

    def document(self) -> dict[str, Any]:
        """Make a JSON document of the result.

        Returns:
            Resistances with units and errors, windows, the Kramers-Kronig test, and notes.
        """
        parts = {"separator": self.separator, "cathode": self.cathode, "anode": self.anode, "total": self.total}
        return {
            "spectrum": self.spectrum,
            "circuit": self.circuit,
            "potential_v": self.potential,
            "potential_against": self.against,
            **{name: None if part is None else part.document() for name, part in parts.items()},
            "arcs": [arc.document() for arc in self.arcs],
            "windows": [_window_document(one) for one in self.fits],
            "kramers_kronig": self.kramers_kronig.document(),
            "notes": list(self.notes),
        }


def analyse(
    spectrum: Spectrum,
    area: Uncertain | None = None,
    seed: int = 0,
    band: Window = CATHODE_BAND,
    windows: Sequence[Window] = WINDOWS,
    circuit: str = CIRCUITS[0],
    also_from: Sequence[FloatArray] = (),
) -> ImpedanceResult:
    """Test a spectrum, fit the circuit and attribute its resistances.

    The circuit and the attribution follow J. Electrochem. Soc. 2026, 173, 070501 (10.1149/1945-7111/ae55d2):
    R_separator - (R_cathode)(Q) - (R_anode)(Q) - Q.

    The error of a resistance is sqrt(s^2 + h^2). s is the fit's standard error in the first window, which holds
    if the circuit is right and only noise is left. h is half of the range over all windows, for which there is
    no such law: values that differ between windows show that the circuit is not the cell, and with two windows
    half of the range is their standard deviation. For a cell that is the circuit, h is noise too, so that the
    joint error is somewhat too large rather than too small.

    Args:
        spectrum: As a reader gave it.
        area: Electrode area in cm^2 for resistances in ohm cm^2, or None.
        seed: Of the random starts, zero or larger.
        band: Where the cathode's apex frequency lies.
        windows: The frequency window to report, then others to compare with.
        circuit: ``R-(RQ)-(RQ)-Q`` or, as other papers write it, ``R-(RQ)-(RQ)-P``.
        also_from: Parameters of other fits to start from besides.

    Returns:
        The resistances, with notes on everything that weakens them.

    Raises:
        InputError: If the spectrum cannot be analysed, or a setting is out of range.
    """
    check_circuit(circuit)
    check_area(area)
    whole = checked(spectrum)
    outcome = kramers_kronig(whole)
    fits = fit_windows(without_trimmed(whole, outcome), windows, seed, also_from)
    fit, spread = fits[0].fit, window_spread(fits)
    arcs = (
        _resistance(fit.arcs[0].resistance, spread.arcs[0], area, fit.arcs[0]),
        _resistance(fit.arcs[1].resistance, spread.arcs[1], area, fit.arcs[1]),
    )
    cathode, anode, roles = attribute(fit.arcs[0].apex.nominal_value, fit.arcs[1].apex.nominal_value, band)
    notes = (outcome.note, *fit_notes(fits[0]), *spread.notes, *roles)
    return ImpedanceResult(
        spectrum=spectrum.name,
        circuit=circuit,
        separator=_resistance(fit.separator, spread.separator, area),
        arcs=arcs,
        cathode=None if cathode is None else arcs[cathode],
        anode=None if anode is None else arcs[anode],
        total=_resistance(fit.total, spread.total, area),
        fits=fits,
        kramers_kronig=outcome,
        potential=spectrum.potential,
        against=spectrum.against,
        notes=tuple(note for note in notes if note),
    )


def _resistance(fitted: UFloat, half_range: float, area: Uncertain | None, arc: Arc | None = None) -> Resistance:
    quantity = fitted + ufloat(0, half_range) if half_range > 0 else fitted
    error = float(uncertainties.std_dev(fitted))
    return Resistance(quantity=quantity, fit_error=error, window_half_range=half_range, area=area, arc=arc)


def _window_document(one: WindowFit) -> dict[str, Any]:
    fit = one.fit
    return {
        "high_hz": one.window.high,
        "low_hz": one.window.low,
        "points": fit.points,
        "fit_rms_percent": fit.rms,
        "starts_reaching_this_fit": fit.starts_reached,
        "separator": Estimate.of(fit.separator, "ohm").document(),
        "arcs": [
            {
                "resistance": Estimate.of(arc.resistance, "ohm").document(),
                "apex_frequency": Estimate.of(arc.apex, "Hz").document(),
            }
            for arc in fit.arcs
        ],
    }
