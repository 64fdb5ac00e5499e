"""A file to hang made-up columns on."""

from __future__ import annotations

import pytest

from coatopt.metric.reader.contract import FileContent


@pytest.fixture
def content(tmp_path):
    path = tmp_path / "made.mpr"
    path.write_bytes(b"x")
    return FileContent.of(path)
