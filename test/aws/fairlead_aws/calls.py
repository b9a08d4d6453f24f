"""The call log: what was asked of AWS, by whom, and how it ended."""

from __future__ import annotations

import datetime
import json
from typing import Any, TextIO

SECRET_KEYS = frozenset({"PrivateKey", "Passphrase", "SecretAccessKey", "SessionToken", "UserData"})


def without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_secrets(v) for k, v in value.items() if k not in SECRET_KEYS}
    if isinstance(value, (list, tuple)):
        return [without_secrets(v) for v in value]
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, datetime.datetime):
        return value.isoformat() + "Z"
    return value


class CallLog:
    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file
        self._calls: list[dict[str, Any]] = []
        self._seq = 0

    def add(self, **entry: Any) -> dict[str, Any]:
        self._seq += 1
        entry = {"seq": self._seq, **entry}
        self._calls.append(entry)
        if self._file is not None:
            self._file.write(json.dumps(entry, default=str) + "\n")
            self._file.flush()
        return entry

    def read(
        self, since: int = 0, service: str | None = None, operation: str | None = None
    ) -> list[dict[str, Any]]:
        return [
            c
            for c in self._calls
            if c["seq"] > since
            and (service is None or c["service"] == service)
            and (operation is None or c["operation"] == operation)
        ]

    def reset(self) -> None:
        """Forgets the calls; the sequence starts again at 1."""
        self._calls = []
        self._seq = 0
