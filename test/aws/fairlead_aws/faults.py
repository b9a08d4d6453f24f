"""Faults put into the answers on request: the n-th call of an operation, every n-th, or a number of them."""

from __future__ import annotations

from typing import Any

KINDS = ("throttle", "error500", "error503", "reset", "hang", "after-reset", "error")


class Faults:
    def __init__(self) -> None:
        self._faults: list[dict[str, Any]] = []
        self._next_id = 1

    def install(self, wanted: list[dict[str, Any]] | dict[str, Any]) -> list[dict[str, Any]]:
        wanted = [wanted] if isinstance(wanted, dict) else wanted
        for fault in wanted:
            if fault.get("kind") not in KINDS:
                raise ValueError(f"fault kind {fault.get('kind')!r} is not one of {', '.join(KINDS)}")
            if fault["kind"] == "error" and not fault.get("code"):
                raise ValueError("a fault of kind error needs a code")
            if "nth" in fault and "every" in fault:
                raise ValueError("a fault has nth or every, not both")
        installed = []
        for fault in wanted:
            entry = {**fault, "id": self._next_id, "seen": 0, "fired": 0}
            self._next_id += 1
            self._faults.append(entry)
            installed.append(entry)
        return installed

    def match(self, service: str, operation: str) -> dict[str, Any] | None:
        """The fault this call gets. Every fault counts the calls it looks at, fired or not."""
        hit = None
        for fault in self._faults:
            if fault.get("service", service) != service:
                continue
            if fault.get("operation", operation) != operation:
                continue
            fault["seen"] += 1
            if hit is not None:
                continue
            count = fault.get("count")
            if "nth" in fault:
                # nth with a count is a run: the n-th call and the count-1 after it.
                first = fault["nth"]
                due = first <= fault["seen"] < first + (count or 1)
            elif "every" in fault:
                due = fault["seen"] % fault["every"] == 0
                due = due and (count is None or fault["fired"] < count)
            else:
                due = count is None or fault["fired"] < count
            if due:
                fault["fired"] += 1
                hit = fault
        return hit

    def read(self) -> list[dict[str, Any]]:
        return self._faults

    def reset(self) -> None:
        self._faults = []
        self._next_id = 1
