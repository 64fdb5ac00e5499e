"""What a calendar is made from, and its lines: samples to make, bookings of places, the dated plan."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coatopt.errors import InputError

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def spoken_day(day: datetime.date) -> str:
    """Write a date for a sentence, whatever the machine's language.

    Args:
        day: The day.

    Returns:
        For example ``Thu 26 Nov``.
    """
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


@dataclass(frozen=True, kw_only=True)
class Work:
    """One sample to be made and tested.

    ``runs`` gives the run id by shared stage. ``done`` names the stages that it has passed, finished or begun
    elsewhere, and with them every stage before; ``gate <stage>`` in it says that the gate has let the sample through.
    """

    sample: str
    runs: Mapping[str, str]
    cells: tuple[str, ...]
    done: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Booking:
    """One line of the calendar.

    ``task`` is a run id, a sample id (also for its cells), ``gate <stage>`` or ``<stage> slot <number>``. ``kind`` is
    run, sample, cells or gate. ``end`` is the first day on which its place is free again: ``start`` and the stage's
    days, rounded up, and never before the day after ``start``. ``channels`` count from 1, one for each cell; ``hours``
    are a person's, on the day of ``start``. A ``fixed`` booking was running or booked before and does not move.
    """

    task: str
    stage: str
    kind: str
    start: datetime.date
    end: datetime.date
    samples: tuple[str, ...]
    cells: tuple[str, ...] = ()
    channels: tuple[int, ...] = ()
    hours: float = 0.0
    fixed: bool = False

    def document(self) -> dict[str, Any]:
        """Lay the booking out for JSON.

        Returns:
            Text, lists, one number and one truth value; dates as in 2026-11-23.
        """
        return {
            "task": self.task,
            "stage": self.stage,
            "kind": self.kind,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "samples": list(self.samples),
            "cells": list(self.cells),
            "channels": list(self.channels),
            "hours": self.hours,
            "fixed": self.fixed,
        }

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Booking:
        """Read what ``document`` has written.

        Args:
            document: The values.

        Returns:
            The booking.

        Raises:
            InputError: If a value is missing, or a date is none.
        """
        try:
            return Booking(
                task=str(document["task"]),
                stage=str(document["stage"]),
                kind=str(document["kind"]),
                start=datetime.date.fromisoformat(document["start"]),
                end=datetime.date.fromisoformat(document["end"]),
                samples=tuple(map(str, document.get("samples", ()))),
                cells=tuple(map(str, document.get("cells", ()))),
                channels=tuple(map(int, document.get("channels", ()))),
                hours=float(document.get("hours", 0.0)),
                fixed=bool(document.get("fixed", False)),
            )
        except (KeyError, TypeError, ValueError) as error:
            name = document.get("task", "?") if isinstance(document, Mapping) else document
            raise InputError(
                f"the calendar's booking '{name}' cannot be read ({error}); it needs task, stage, kind, and start and "
                "end as in 2026-11-23"
            ) from error


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A dated plan: ``bookings`` by day, ``notices`` for people, and why samples cannot be made, by sample."""

    bookings: tuple[Booking, ...]
    notices: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
