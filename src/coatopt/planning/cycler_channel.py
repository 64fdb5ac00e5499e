"""Which cycler channel each cell gets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from coatopt.campaign.stage import Stage
from coatopt.planning.calendar_task import Frame, in_a_day


@dataclass(frozen=True)
class Pool:
    """Channels that fixed bookings hold at the same later times, ``windows`` of days, and so are interchangeable."""

    channels: tuple[int, ...]
    windows: tuple[tuple[int, int], ...]

    def free(self, stage: Stage, frame: Frame) -> dict[int, int]:
        """Count the channels that are free on days on which fixed bookings take some.

        Args:
            stage: The stage that tests cells.
            frame: The fixed bookings.

        Returns:
            How many are left, by day.
        """
        busy = Counter[int]()
        for booking in frame.fixed:
            if booking.stage == stage.name:
                held = len(set(booking.channels) & set(self.channels))
                for day in range(frame.number(booking.start), frame.number(booking.end)):
                    busy[day] += held
        return {day: max(0, len(self.channels) - held) for day, held in busy.items()}


def channel_pools(stage: Stage, frame: Frame) -> tuple[Pool, ...]:
    """Group the channels of a stage by when fixed bookings will take them later.

    Counting busy channels is enough while everything fixed is running already: whatever is free when a cell starts
    stays free. A channel that is booked for a later day is another thing, and cells must end before that.

    Args:
        stage: The stage that tests cells.
        frame: The fixed bookings.

    Returns:
        The pools; one in the usual case.
    """
    later: dict[int, set[tuple[int, int]]] = {number: set() for number in range(1, (stage.channels or 0) + 1)}
    for booking in frame.fixed:
        window = (frame.number(booking.start), frame.number(booking.end))
        if booking.stage == stage.name and window[0] > frame.begin and in_a_day(stage) == 1:
            for number in booking.channels:
                if number in later:
                    later[number].add(window)
    pools: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for number, windows in later.items():
        pools.setdefault(tuple(sorted(windows)), []).append(number)
    return tuple(Pool(tuple(numbers), windows) for windows, numbers in pools.items())


class ChannelNumbers:
    """Gives numbers to cells, the least used and then the lowest that are free.

    Args:
        stage: The stage that tests cells.
        frame: The fixed bookings.
    """

    def __init__(self, stage: Stage, frame: Frame) -> None:
        self._stage, self._packed = stage, in_a_day(stage)
        self._busy: dict[int, Counter[int]] = {n: Counter() for n in range(1, (stage.channels or 0) + 1)}
        for booking in frame.fixed:
            if booking.stage == stage.name:
                self._hold(booking.channels, frame.number(booking.start), frame.number(booking.end))

    def take(self, count: int, start: int, end: int, among: Sequence[int]) -> tuple[int, ...]:
        """Give channels to cells that start together; call it in the order of their starts.

        Args:
            count: How many cells.
            start: First day.
            end: First day after.
            among: Numbers to choose from.

        Returns:
            One channel for each cell; fewer when no more are free.
        """
        numbers: list[int] = []
        for _ in range(count):
            free = [n for n in among if all(self._busy[n][day] < self._packed for day in range(start, end))]
            if not free:
                break
            # Cells of one sample sit side by side where they can, and follow each other only on short tests.
            number = min(free, key=lambda n: (n in numbers, n))
            self._hold((number,), start, end)
            numbers.append(number)
        return tuple(numbers)

    def _hold(self, numbers: Sequence[int], start: int, end: int) -> None:
        for number in numbers:
            if number in self._busy:
                self._busy[number].update(range(start, end))


def number_fixed(stages: Sequence[Stage], frame: Frame) -> Frame:
    """Number the channels of fixed cells that came without: they run, so they hold some channel.

    Args:
        stages: All stages.
        frame: The fixed bookings.

    Returns:
        The same frame, in which they hold the lowest channels that are free.
    """
    fixed = list(frame.fixed)
    for stage in stages:
        numbers = ChannelNumbers(stage, frame)
        for i, booking in enumerate(fixed):
            if stage.channels is not None and booking.stage == stage.name and booking.cells and not booking.channels:
                start, end = frame.number(booking.start), frame.number(booking.end)
                channels = numbers.take(len(booking.cells), start, end, range(1, stage.channels + 1))
                fixed[i] = replace(booking, channels=channels)
    return replace(frame, fixed=tuple(fixed))
