"""The clock of the stand-in (simulated clock)."""

from __future__ import annotations

import struct

import pytest
from fairlead_aws.clock import SIMULATED_START, Clock


def tell(path, milliseconds):
    with open(path, "r+b") as file:
        file.write(struct.pack("<d", milliseconds))


def test_a_file_moves_it_forward_and_never_back(tmp_path):
    path = tmp_path / "now"
    path.write_bytes(bytes(8))
    clock = Clock("simulated", str(path))
    assert clock.now() == SIMULATED_START
    later = (SIMULATED_START + 60) * 1000
    tell(path, later)
    assert clock.now() == SIMULATED_START + 60
    tell(path, later - 30_000)
    assert clock.now() == SIMULATED_START + 60
    with pytest.raises(ValueError, match="never goes back"):
        clock.set(later - 1)
    clock.set(later + 1)
    assert clock.now() == SIMULATED_START + 60.001


def test_a_reset_forgets_what_the_file_said(tmp_path):
    path = tmp_path / "now"
    path.write_bytes(bytes(8))
    clock = Clock("simulated", str(path))
    tell(path, (SIMULATED_START + 60) * 1000)
    clock.restart()
    assert clock.now() == SIMULATED_START
    assert path.read_bytes() == bytes(8)
