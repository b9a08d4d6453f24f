"""A hosted zone: its record sets, ordered, and what the name servers already answer."""

from __future__ import annotations

import bisect
from typing import Any

from moto.route53.models import FakeZone, RecordSet

from .route53_names import canonical, order

Key = tuple[str, str, str]  # name, type, set identifier
Record = dict[str, Any]


def key_of(record: Record) -> Key:
    return canonical(record["Name"]), record["Type"], record.get("SetIdentifier") or ""


def sort_key(key: Key) -> Key:
    return order(key[0]), key[1], key[2]


class Zone(FakeZone):
    """moto's zone on a dictionary: a batch costs what it changes, not what the zone holds."""

    def __init__(self, name: str, id_: str, private_zone: bool, caller_reference: str, **more: Any) -> None:
        self.records: dict[Key, Record] = {}
        self.by_name: dict[str, set[Key]] = {}
        self.sorted: list[tuple[Key, Key]] = []  # (sort key, key)
        self.served: dict[Key, Record] = {}
        self.on_the_way: list[tuple[float, dict[Key, Record | None]]] = []
        self.busy_until = 0.0
        super().__init__(name, id_, private_zone, caller_reference, **more)

    @property
    def rrsets(self) -> list[RecordSet]:  # type: ignore[override]
        """moto's view, for its own code."""
        return [self._as_moto(self.records[key]) for _, key in self.sorted]

    @rrsets.setter
    def rrsets(self, value: list[RecordSet]) -> None:
        """FakeZone's __init__ sets an empty list."""

    @staticmethod
    def _as_moto(record: Record) -> RecordSet:
        values = [v["Value"] for v in record.get("ResourceRecords") or []]
        return RecordSet({**record, "ResourceRecords": values})

    @property
    def resource_record_set_count(self) -> int:
        return len(self.records)

    def of_name(self, name: str) -> list[Key]:
        return sorted(self.by_name.get(name, ()))

    def put(self, key: Key, record: Record) -> None:
        if key not in self.records:
            bisect.insort(self.sorted, (sort_key(key), key))
            self.by_name.setdefault(key[0], set()).add(key)
        self.records[key] = record

    def remove(self, key: Key) -> None:
        if self.records.pop(key, None) is None:
            return
        entry = (sort_key(key), key)
        del self.sorted[bisect.bisect_left(self.sorted, entry)]
        self.by_name[key[0]].discard(key)
        if not self.by_name[key[0]]:
            del self.by_name[key[0]]

    def apply(self, changes: dict[Key, Record | None], served_at: float) -> None:
        for key, record in changes.items():
            if record is None:
                self.remove(key)
            else:
                self.put(key, record)
        self.on_the_way.append((served_at, changes))

    def answers(self, now: float) -> dict[Key, Record]:
        """What the name servers answer now: every change that is INSYNC, none that is PENDING."""
        while self.on_the_way and self.on_the_way[0][0] <= now:
            for key, record in self.on_the_way.pop(0)[1].items():
                if record is None:
                    self.served.pop(key, None)
                else:
                    self.served[key] = record
        return self.served

    def page(self, start: tuple[str, str, str] | None, count: int) -> tuple[list[Record], Key | None]:
        at = 0
        if start is not None:
            at = bisect.bisect_left(self.sorted, ((order(start[0]), start[1], start[2]), ("", "", "")))
        found = [self.records[key] for _, key in self.sorted[at : at + count]]
        rest = self.sorted[at + count : at + count + 1]
        return found, rest[0][1] if rest else None
