"""ISO weeks as people write them: 2026-W48."""

from __future__ import annotations

import datetime
import re

from coatopt.errors import InputError


def check_week(text: str) -> str:
    """Check a week.

    Args:
        text: For example ``2026-W48``.

    Returns:
        The same week, in capitals.

    Raises:
        InputError: If there is no such week.
    """
    match = re.fullmatch(r"(\d{4})-?[Ww](\d{1,2})", text.strip())
    try:
        if match is None or not 2000 <= int(match[1]) <= 2999:
            raise ValueError
        monday = datetime.date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        raise InputError(f"'{text}' is not a week; write year and ISO week as in 2026-W48") from None
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def next_week(today: datetime.date) -> str:
    """Name the week after a day.

    Args:
        today: Any day.

    Returns:
        The ISO week of the Monday after it.
    """
    year, week, _ = (today + datetime.timedelta(days=7)).isocalendar()
    return f"{year}-W{week:02d}"


def monday_of(week: str) -> datetime.date:
    """Find the first day of a week.

    Args:
        week: ISO week, as in ``2026-W48``.

    Returns:
        Its Monday.
    """
    year, number = week.split("-W")
    return datetime.date.fromisocalendar(int(year), int(number), 1)
