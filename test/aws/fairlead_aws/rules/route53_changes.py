"""Changes that take time: PENDING, then INSYNC by the clock."""

from __future__ import annotations

import datetime
import string
from typing import Any

from moto.moto_api._internal import mock_random

from ..context import Call, Context
from ..errors import AwsError
from . import rule

API = "https://docs.aws.amazon.com/Route53/latest/APIReference"
LETTERS = string.ascii_uppercase + string.digits

_changes: dict[str, dict[str, Any]] = {}


def new_id(prefix: str) -> str:
    return prefix + "".join(mock_random.choice(LETTERS) for _ in range(20))


@rule("R53-INSYNC-LATE", doc=f"{API}/API_GetChange.html", says="A change is PENDING for route53InsyncSeconds, then INSYNC.")
def change_info(context: Context, change_id: str) -> dict[str, Any]:
    change = _changes[change_id]
    info = {
        "Id": f"/change/{change_id}",
        "Status": "INSYNC" if context.now() >= change["insyncAt"] else "PENDING",
        "SubmittedAt": change["at"],
    }
    if change["comment"]:
        info["Comment"] = change["comment"]
    return info


def submit(context: Context, comment: str | None = None) -> tuple[dict[str, Any], float]:
    change_id = new_id("C")
    insync = context.now() + context.config["route53InsyncSeconds"]
    at = context.clock.utcnow().replace(tzinfo=datetime.UTC)
    _changes[change_id] = {"at": at, "insyncAt": insync, "comment": comment}
    return change_info(context, change_id), insync


def get_change(context: Context, call: Call) -> Any:
    change_id = call.params["Id"].removeprefix("/change/")
    if change_id not in _changes:
        raise AwsError("NoSuchChange", f"Could not find resource with ID: {change_id}", 404)
    return {"ChangeInfo": change_info(context, change_id)}


def forget() -> None:
    _changes.clear()
