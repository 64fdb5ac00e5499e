"""Impedance spectra to resistances: Kramers-Kronig test, circuit fit, windows, growth during a hold.

``analyse`` takes one spectrum, ``hold_growth`` those of a hold, ``start_to_end`` two of one cell.

May import: metric, errors; impedance.py only inside ``kramers_kronig``.
"""

from coatopt.metric.electrode_area import disc_area
from coatopt.metric.impedance.attribution import CATHODE_BAND
from coatopt.metric.impedance.circuit import CIRCUITS
from coatopt.metric.impedance.growth import GrowthResult, hold_growth
from coatopt.metric.impedance.resistance import ImpedanceResult, Resistance, analyse
from coatopt.metric.impedance.spectrum_check import Window
from coatopt.metric.impedance.start_to_end import Increase, StartToEnd, increase, start_to_end
from coatopt.metric.impedance.state_of_charge import potential_notes, resistance_pair_notes
from coatopt.metric.impedance.window import WINDOWS

__all__ = [
    "CATHODE_BAND",
    "CIRCUITS",
    "WINDOWS",
    "GrowthResult",
    "ImpedanceResult",
    "Increase",
    "Resistance",
    "StartToEnd",
    "Window",
    "analyse",
    "disc_area",
    "hold_growth",
    "increase",
    "potential_notes",
    "resistance_pair_notes",
    "start_to_end",
]
