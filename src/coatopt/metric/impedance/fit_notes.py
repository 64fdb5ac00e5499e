"""What weakens a fit, in sentences."""

from __future__ import annotations

from coatopt.metric.impedance.circuit_fit import CircuitFit
from coatopt.metric.impedance.spectrum_check import Window, frequency_text
from coatopt.metric.impedance.start_guess import STARTS
from coatopt.metric.impedance.window import UNDETERMINED, WindowFit, determined

LARGEST_RMS = 1.0  # %
_CLEARLY_SHORTER = 1.26  # a tenth of a decade


def fit_notes(reported: WindowFit) -> tuple[str, ...]:
    """Say what the user should know about the reported fit.

    Args:
        reported: The fit in the first window.

    Returns:
        Sentences; none for a good fit in the whole window.
    """
    fit, used, asked = reported.fit, reported.window, reported.asked
    notes = []
    if used.high * _CLEARLY_SHORTER < asked.high or used.low > asked.low * _CLEARLY_SHORTER:
        notes.append(f"the usable points reach from {used.text}, not over the whole window of {asked.text}")
    if fit.rms > LARGEST_RMS:
        notes.append(
            f"the circuit misses the spectrum by {fit.rms:.1f} % (root mean square; above {LARGEST_RMS:.0f} % it "
            "does not describe the cell)"
        )
    if fit.starts_reached <= 1:
        notes.append(f"{fit.starts_reached} of {STARTS} random starts reached this fit; another seed may find a better")
    if fit.at_bound:
        names = ", ".join(name.removeprefix("log_") for name in fit.at_bound)
        notes.append(f"{names} ended at a bound of the fit: the circuit has an element that the spectrum does not show")
    return (*notes, *_undetermined(fit), *_outside(fit, used))


def _undetermined(fit: CircuitFit) -> list[str]:
    named = [("the separator", fit.separator)]
    named += [(f"the arc at {frequency_text(arc.apex.nominal_value)}", arc.resistance) for arc in fit.arcs]
    return [
        f"the resistance of {name} is not determined ({r.nominal_value:.3g} ± {r.std_dev:.2g} ohm, more than "
        f"{100 * UNDETERMINED:.0f} %)"
        for name, r in named
        if not determined(r)
    ]


def _outside(fit: CircuitFit, used: Window) -> list[str]:
    return [
        f"the arc at {frequency_text(arc.apex.nominal_value)} has its apex outside the fitted window: extrapolated"
        for arc in fit.arcs
        if not used.holds(float(arc.apex.nominal_value))
    ]
