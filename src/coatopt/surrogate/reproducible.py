"""The same numbers from the same seed, whatever ran before and however many cores there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits


@contextmanager
def reproducible(seed: int) -> Iterator[None]:
    """Hold torch and BLAS to one thread and to one random stream for a while, then give the user's state back.

    BoTorch draws from torch's global stream where it offers no seed, as when it prunes the baseline.

    Args:
        seed: Seed of the stream.

    Yields:
        Nothing.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]), threadpool_limits(1):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)
