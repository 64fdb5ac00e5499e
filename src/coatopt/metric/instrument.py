"""How well a cycler and a balance know what they say."""

from __future__ import annotations

from dataclasses import dataclass

WEIGHING_ERROR = 0.1
"""mg, of weighing a composite and filling it into a cell; the least that equation 2 of Adv. Energy Mater. 2025, 2405405
allows for."""


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Limits of error of a cycler, by default those of a BioLogic BCS-805.

    Equations 1 and 8 of the supporting information of Chem. Commun. 2026, 62, 5241 (10.1039/D5CC07213A):
    0.01 % of the voltage and 0.3 mV; 0.05 % of the current and 0.015 % of its range.

    Attributes:
        voltage_share: Share of the reading.
        voltage_floor: In V.
        current_share: Share of the reading.
        range_share: Share of the current range.
        current_range: In A.
    """

    voltage_share: float = 1e-4
    voltage_floor: float = 3e-4
    current_share: float = 5e-4
    range_share: float = 1.5e-4
    current_range: float = 1e-3

    def voltage_error(self, voltage: float) -> float:
        """Limit of error of a voltage (equation 1).

        Args:
            voltage: In V.

        Returns:
            In V.
        """
        return self.voltage_share * abs(voltage) + self.voltage_floor

    def charge_error(self, current: float, hours: float) -> float:
        """Limit of error of the charge of one step of constant current (equations 8 and 9).

        Args:
            current: In A.
            hours: How long it flowed.

        Returns:
            In mAh.
        """
        return 1000 * hours * (self.current_share * abs(current) + self.range_share * self.current_range)
