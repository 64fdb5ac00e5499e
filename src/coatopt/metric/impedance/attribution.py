"""Which arc stands for which electrode."""

from __future__ import annotations

from coatopt.metric.impedance.spectrum_check import Window, frequency_text

CATHODE_BAND = Window(1e5, 10.0)


def attribute(
    upper: float, lower: float, band: Window = CATHODE_BAND
) -> tuple[int | None, int | None, tuple[str, ...]]:
    """Attribute two arcs by their apex frequencies.

    J. Electrochem. Soc. 2026, 173, 070501 attributes what lies above 1e5 Hz to the separator, the semicircle
    from about 1e5 to 1e1 Hz to the cathode and the one from about 1e1 to 1e-1 Hz to the anode. So the cathode is
    the arc whose apex lies in the band, of two in it the one of higher frequency; the anode is the next arc at
    lower frequency, or one below the band while the other is above it. An arc above the band belongs to neither.

    Args:
        upper: Apex frequency of the first arc in Hz.
        lower: Of the second one, not higher.
        band: Where the cathode's apex lies.

    Returns:
        Number (0 or 1) of the cathode's and of the anode's arc, None where there is none; and sentences that
        tell of anything but one arc for each.
    """
    both = f"{frequency_text(upper)} and {frequency_text(lower)}"
    if band.holds(upper):
        two = (f"both arcs ({both}) lie in the cathode's band of {band.text}; the first is taken for the cathode",)
        return 0, 1, two if band.holds(lower) else ()
    above = f"the arc at {frequency_text(upper)} lies above the cathode's band: the separator's grain boundaries, say"
    if band.holds(lower):
        return 1, None, (f"{above}; no arc is left for the anode",)
    none = (
        f"no arc has its apex from {band.text} (they are at {both}), so that there is no cathode resistance; "
        "choose a band that holds the cathode's arc if one of them is it"
    )
    anode = 1 if upper > band.high and lower < band.low else None
    return None, anode, (none,)
