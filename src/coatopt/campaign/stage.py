"""Stages of the process and what the lab can do of each in a week."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A step of the process or of the characterisation, in the order in which a sample meets it.

    A resource that is None sets no limit. ``samples_per_run`` is a tuple where the week's runs have unequal places.
    ``days`` is how long one execution keeps its place, and ``at_once`` how many runs are at work at the same time.
    ``work_hours`` is a person's work per run, per sample where nothing runs, per cell where cells are tested. Costs
    are in one unit of the lab's choice. Samples reach a ``gated`` stage only if the gate lets them through.
    ``batch_mass`` is what one sample weighs, of which ``balance`` makes up what no fraction names.
    """

    name: str
    runs_per_week: int | None = None
    samples_per_run: int | tuple[int, ...] | None = None
    samples_per_week: int | None = None
    channels: int | None = None
    cells_per_sample: int | None = None
    days: float | None = None
    at_once: int | None = None
    work_hours: float | None = None
    cost_per_run: float | None = None
    cost_per_sample: float | None = None
    cost_per_cell: float | None = None
    gated: bool = False
    batch_mass: str | None = None
    balance: str | None = None
    about: str = ""

    @property
    def most_per_run(self) -> int | None:
        """Places of the largest run."""
        places = self.samples_per_run
        return max(places) if isinstance(places, tuple) else places

    @property
    def most_runs(self) -> int | None:
        """How many runs a week has; None when nothing limits it."""
        return len(self.samples_per_run) if isinstance(self.samples_per_run, tuple) else self.runs_per_week

    @property
    def shared(self) -> bool:
        """Whether a run of this stage holds several samples, which then share its parameters."""
        return (self.most_per_run or 1) > 1

    @property
    def makes_cells(self) -> bool:
        """Whether this stage measures cells rather than powders."""
        return self.channels is not None or self.cells_per_sample is not None

    def places(self, runs: int) -> tuple[int, ...]:
        """List how many samples fit into each run of a week.

        Args:
            runs: How many runs there are.

        Returns:
            Places of each, the largest run first.
        """
        if isinstance(self.samples_per_run, tuple):
            return tuple(sorted(self.samples_per_run, reverse=True)[:runs])
        return (self.samples_per_run or 1,) * runs

    def with_runs(self, runs: int) -> Stage:
        """Give the same stage with fewer runs a week.

        Args:
            runs: How many.

        Returns:
            The stage.
        """
        if isinstance(self.samples_per_run, tuple):
            return replace(self, samples_per_run=self.places(runs))
        return replace(self, runs_per_week=runs)

    def weekly_places(self) -> int | None:
        """Count how many samples can pass this stage in a week.

        Returns:
            Number of samples, or None when nothing limits it.
        """
        limits: list[int] = []
        if self.most_runs is not None:
            limits.append(sum(self.places(self.most_runs)))
        if self.samples_per_week is not None:
            limits.append(self.samples_per_week)
        if self.channels is not None:
            rounds = max(1, int(7 // self.days)) if self.days else 1
            limits.append(self.channels // (self.cells_per_sample or 1) * rounds)
        return min(limits) if limits else None
