"""Stages of the process and what the lab can do of each in a week."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A step of the process or of the characterisation, in the order in which a sample meets it.

    A resource that is None sets no limit. ``days`` is how long one execution keeps its place.
    """

    name: str
    runs_per_week: int | None = None
    samples_per_run: int | None = None
    samples_per_week: int | None = None
    channels: int | None = None
    cells_per_sample: int | None = None
    days: float | None = None
    about: str = ""

    @property
    def shared(self) -> bool:
        """Whether a run of this stage holds several samples, which then share its parameters."""
        return self.samples_per_run is not None and self.samples_per_run > 1

    @property
    def makes_cells(self) -> bool:
        """Whether this stage measures cells rather than powders."""
        return self.channels is not None or self.cells_per_sample is not None

    def weekly_places(self) -> int | None:
        """Count how many samples can pass this stage in a week.

        Returns:
            Number of samples, or None when nothing limits it.
        """
        limits: list[int] = []
        if self.runs_per_week is not None:
            limits.append(self.runs_per_week * (self.samples_per_run or 1))
        if self.samples_per_week is not None:
            limits.append(self.samples_per_week)
        if self.channels is not None:
            rounds = max(1, int(7 // self.days)) if self.days else 1
            limits.append(self.channels // (self.cells_per_sample or 1) * rounds)
        return min(limits) if limits else None
