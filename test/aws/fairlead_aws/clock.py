"""The one clock. Everything that takes time in the stand-in asks it."""

from __future__ import annotations

import datetime
import mmap
import struct
import time

# 2026-01-01T00:00:00Z: a simulated clock starts at a fixed time, so that two runs are the same.
SIMULATED_START = 1_767_225_600.0


class Clock:
    def __init__(self, kind: str = "real", file: str | None = None) -> None:
        if kind not in ("real", "simulated"):
            raise ValueError(f"clock must be real or simulated, not {kind!r}")
        self.simulated = kind == "simulated"
        self._now = SIMULATED_START
        self._started = False
        self._told: mmap.mmap | None = None
        if file is not None:
            # Whoever moves the clock writes eight bytes there, milliseconds as a little-endian double: a request for each tick
            # takes longer than most ticks.
            with open(file, "r+b") as shared:
                self._told = mmap.mmap(shared.fileno(), 8)

    def now(self) -> float:
        """Seconds since the epoch."""
        if not self.simulated:
            return time.time()
        if self._told is not None:
            told = struct.unpack_from("<d", self._told)[0] / 1000
            if told > self._now:
                self._now = told
                self._started = True
        return self._now

    def utcnow(self) -> datetime.datetime:
        """Naive UTC, the way moto keeps its times."""
        return datetime.datetime.fromtimestamp(self.now(), datetime.UTC).replace(tzinfo=None)

    def set(self, epoch_ms: float) -> None:
        """Simulated only. A clock that goes back is a mistake of the test, so it is refused."""
        if not self.simulated:
            raise ValueError("the clock is real; start with --clock simulated to set it")
        now = epoch_ms / 1000
        if now < self.now() and self._started:
            raise ValueError(f"the clock never goes back: {now} is before {self._now}")
        self._now = now
        self._started = True

    def restart(self) -> None:
        """A reset starts time again: the same fixed start, and the first set may choose any time."""
        if self._told is not None:
            struct.pack_into("<d", self._told, 0, 0.0)
        self._now = SIMULATED_START
        self._started = False
