"""A progress bar on standard error while something is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(first: str) -> Iterator[Callable[[str, float], None]]:
    """Show what is being done, on a terminal only.

    Args:
        first: What is done first.

    Yields:
        A function that takes the name of the step at hand and the share that is done, 0 to 1.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(first, total=1.0)
        yield lambda text, share: progress.update(task, description=text, completed=share)
