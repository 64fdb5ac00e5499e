"""Where tasks are computed: processes of this machine, or the workers of a Dask cluster; one interface for both."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

from coatopt.errors import InputError

_CONNECT_SECONDS = 10.0
_SCHEMES = ("tcp", "tls", "ws", "wss", "ucx")


class Workplace(Protocol):
    """Gives executors. One that broke, as when a process was killed, is replaced by ``fresh``."""

    @property
    def workers(self) -> int:
        """How many tasks are computed at once, as far as is known."""

    def fresh(self) -> Executor:
        """Open an executor."""

    def close(self, executor: Executor, finished: bool) -> None:
        """Close one; what still runs in it is ended unless everything is finished."""


class LocalProcesses:
    """Processes of this machine.

    Args:
        workers: How many; as many as there are cores by default.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or os.cpu_count() or 1

    def fresh(self) -> Executor:
        """Open a pool of processes.

        Returns:
            The pool.
        """
        # The standard library's pool either forks a process with threads, or runs a script without main guard again.
        from loky import ProcessPoolExecutor

        executor: Executor = ProcessPoolExecutor(self.workers)
        return executor

    def close(self, executor: Executor, finished: bool) -> None:
        """Close a pool.

        Args:
            executor: The pool.
            finished: Whether nothing runs in it any more.
        """
        executor.shutdown(wait=True, kill_workers=not finished)  # type: ignore[call-arg] # of loky's pool


class InProcess:
    """This very process, one task after the other: for what takes no time, and for simulators of a notebook."""

    workers = 1

    def fresh(self) -> Executor:
        """Open an executor that does a task when it is handed in.

        Returns:
            The executor.
        """
        return _Immediate()

    def close(self, executor: Executor, finished: bool) -> None:
        """Nothing is left to close.

        Args:
            executor: The executor.
            finished: Whether nothing runs in it any more.
        """


class _Immediate(Executor):
    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def _knock(address: str) -> None:
    """Open and close a connection to a scheduler."""
    parts = urlsplit(address)
    if parts.scheme not in _SCHEMES or not parts.hostname or not parts.port:
        raise ValueError("that is no address of one")
    with socket.create_connection((parts.hostname, parts.port), timeout=_CONNECT_SECONDS):
        pass


class DaskCluster:
    """Workers of a Dask cluster; the scheduler hands a dead worker's tasks to others by itself.

    Args:
        address: Of the scheduler, as in ``tcp://10.0.0.5:8786``.

    Raises:
        InputError: If Dask is not installed, or no scheduler answers.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise InputError("a Dask cluster needs the extra 'cluster': pip install 'coatopt[cluster]'") from error
        try:
            # A client that finds nobody goes on trying in the background, so the door is tried first.
            _knock(address)
            self._client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise InputError(
                f"no Dask scheduler answers at '{address}' ({error or type(error).__name__}); "
                "write its address as in tcp://127.0.0.1:8786"
            ) from error
        self.workers = max(len(self._client.scheduler_info()["workers"]), 1)

    def fresh(self) -> Executor:
        """Give the cluster as an executor.

        Returns:
            The executor.
        """
        # Not pure: what is the same task for Dask is for the cache to know.
        executor: Executor = self._client.get_executor(pure=False)
        return executor

    def close(self, executor: Executor, finished: bool) -> None:
        """Withdraw what is left; the workers stay.

        Args:
            executor: The executor.
            finished: Whether nothing runs in it any more.
        """
        executor.shutdown(wait=finished)

    def leave(self) -> None:
        """Leave the cluster; its workers stay."""
        self._client.close()


@contextmanager
def workplace(address: str | None, workers: int | None = None) -> Iterator[Workplace]:
    """Find where to compute.

    Args:
        address: Of a Dask scheduler; None or ``local`` for processes of this machine.
        workers: How many processes.

    Yields:
        The workplace, left at the end.

    Raises:
        InputError: If it is no address, or nobody answers there.
    """
    if address in (None, "local"):
        yield LocalProcesses(workers)
        return
    assert address is not None
    if "://" not in address:
        raise InputError(f"'{address}' is no executor; write local, or a Dask scheduler as in tcp://127.0.0.1:8786")
    cluster = DaskCluster(address)
    try:
        yield cluster
    finally:
        cluster.leave()
