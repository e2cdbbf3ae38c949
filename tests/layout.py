"""With RILASCIO_PARTITIONED the tables of stock lie in monthly partitions, which not every test can be about."""

from __future__ import annotations

import os

import pytest

in_one_piece = pytest.mark.skipif(
    "RILASCIO_PARTITIONED" in os.environ, reason="it is about tables as a deployment makes them, in one piece"
)
