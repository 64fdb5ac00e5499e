"""Calls of a vendor format's library: quiet, and with every failure as a sentence about the file."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coatopt.errors import InputError
from coatopt.metric.reader.quoted import shown

_LONGEST = 120


@dataclass(frozen=True)
class Outcome:
    """What a library returned, and what it logged meanwhile (level and text)."""

    value: Any
    log: tuple[tuple[int, str], ...]


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append((record.levelno, record.getMessage()))


def quiet_call(call: Callable[[], Any], logger_name: str, refusal: str) -> Outcome:
    """Call a library so that nothing reaches the terminal and no exception of its own escapes.

    Args:
        call: What to call.
        logger_name: Root of the library's loggers.
        refusal: Sentence for the user if the library fails; what it said is put behind it.

    Returns:
        The library's answer and its log.

    Raises:
        InputError: If the library raised anything.
    """
    logger, collector = logging.getLogger(logger_name), _Collector()
    propagate, level = logger.propagate, logger.level
    logger.addHandler(collector)
    logger.propagate = False
    # What the library has to say must be heard, whatever level the caller's program has set.
    logger.setLevel(logging.INFO)
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            return Outcome(call(), tuple(collector.records))
    # A parser of binary files fails on damaged ones with any exception there is; all mean the same to the user.
    except Exception as error:
        said = shown(error, _LONGEST)
        raise InputError(f"{refusal} ({type(error).__name__}{': ' if said else ''}{said})") from error
    finally:
        logger.removeHandler(collector)
        logger.propagate, logger.level = propagate, level
