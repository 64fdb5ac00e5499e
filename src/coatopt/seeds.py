"""Named random streams from one root seed, so that adding a consumer never shifts another one."""

from __future__ import annotations

import hashlib

import numpy as np


def stream_seed(seed: int, *names: str | int) -> int:
    """Derive the seed of a named stream.

    Args:
        seed: Root seed given by the user.
        *names: What the stream is for, for example ``("week", "2026-W48")``.

    Returns:
        An integer in [0, 2**31), the same on every machine.
    """
    text = "/".join([str(seed), *map(str, names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Open the NumPy generator of a named stream.

    Args:
        seed: Root seed given by the user.
        *names: What the stream is for.

    Returns:
        A generator that depends on the seed and the names alone.
    """
    return np.random.default_rng(stream_seed(seed, *names))
