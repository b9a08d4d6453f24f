"""STS: trust, external ids, sessions that expire, two accounts."""

from __future__ import annotations

import datetime
import re
import string
from typing import Any

from ..context import Call, Context
from ..errors import AwsError
from . import rule

ASSUME = "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"
EXTERNAL = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html"
COMMON = "https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html"
ROLE = re.compile(r"^arn:aws[\w-]*:iam::(\d{12}):role/(.+)$")
LETTERS = string.ascii_uppercase + "234567"

sessions: dict[str, dict[str, Any]] = {}

# What a service calls a session that is over.
EXPIRED = {
    "acm": "ExpiredTokenException",
    "resourcegroupstaggingapi": "ExpiredTokenException",
    "ec2": "RequestExpired",
}
UNKNOWN = {
    "acm": "UnrecognizedClientException",
    "resourcegroupstaggingapi": "UnrecognizedClientException",
    "ec2": "AuthFailure",
}


@rule(
    "STS-SESSION-KNOWN",
    doc=COMMON,
    says="Temporary credentials that STS did not issue, or without their token, are refused.",
)
@rule("STS-SESSION-EXPIRED", doc=COMMON, says="A session is refused once it has expired.")
def authenticate(call: Call, now: float) -> None:
    if not call.access_key.startswith("ASIA"):
        return
    session = sessions.get(call.access_key)
    if session is None or call.environ.get("HTTP_X_AMZ_SECURITY_TOKEN") != session["token"]:
        raise AwsError(
            UNKNOWN.get(call.service, "InvalidClientTokenId"),
            "The security token included in the request is invalid.",
            401 if call.service == "ec2" else 403,
        )
    if now >= session["expires"]:
        raise AwsError(
            EXPIRED.get(call.service, "ExpiredToken"),
            "The security token included in the request is expired",
            400 if call.service in ("acm", "resourcegroupstaggingapi") else 403,
        )


def identity_of(call: Call) -> None:
    """Whose call this is: a session's role and account, or the base key's user."""
    session = sessions.get(call.access_key)
    if session is not None:
        call.account = session["account"]
        call.caller_arn = session["arn"]


@rule("STS-EXTERNAL-ID", doc=EXTERNAL, says="A role whose trust names an external id needs exactly that id.")
@rule("STS-TRUST", doc=ASSUME, says="Only a principal the role trusts may assume it.")
def check_trust(context: Context, call: Call, role_arn: str) -> None:
    denied = AwsError(
        "AccessDenied",
        f"User: {call.caller_arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
        403,
    )
    trust = context.config["trust"].get(role_arn)
    if trust is None:
        if not context.config["trustUnlisted"]:
            raise denied
        return
    principals = trust.get("principals")
    if principals is not None and call.account not in principals and call.caller_arn not in principals:
        raise denied
    if trust.get("externalId") is not None and call.params.get("ExternalId") != trust["externalId"]:
        raise denied


@rule(
    "STS-ROLE-CHAINING",
    doc="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining",
    says="A role assumed by a role lasts an hour at most.",
)
@rule("STS-DURATION", doc=ASSUME, says="A session lasts from 900 seconds to the role's maximum (12 hours at most).")
def check_duration(context: Context, call: Call, role_arn: str) -> int:
    seconds = int(call.params.get("DurationSeconds") or 3600)
    if call.access_key in sessions and seconds > 3600:
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        )
    longest = context.config["trust"].get(role_arn, {}).get("maxSessionDuration", 43200)
    if seconds > longest:
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    return seconds


def _text(context: Context, alphabet: str, length: int) -> str:
    return "".join(context.random.choice(alphabet) for _ in range(length))


def _new_session(context: Context, role_arn: str, name: str, seconds: int) -> dict[str, Any]:
    match = ROLE.match(role_arn)
    if match is None:
        raise AwsError("ValidationError", f"{role_arn} is invalid")
    account, role = match.group(1), match.group(2).split("/")[-1]
    now = context.now()
    key = "ASIA" + _text(context, LETTERS, 16)
    session = {
        "account": account,
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        "roleId": f"AROA{hash_of(role_arn):016X}",
        "name": name,
        "roleArn": role_arn,
        "key": key,
        "secret": _text(context, string.ascii_letters + string.digits, 40),
        "token": "FwoGZXIvYXdzE" + _text(context, string.ascii_letters + string.digits, 120),
        "expires": now + seconds,
    }
    sessions[key] = session
    return session


def hash_of(text: str) -> int:
    """Stable between runs, unlike hash()."""
    value = 0
    for character in text:
        value = (value * 131 + ord(character)) % (1 << 62)
    return value


def _answer(session: dict[str, Any]) -> dict[str, Any]:
    expires = datetime.datetime.fromtimestamp(session["expires"], datetime.UTC).replace(tzinfo=None)
    return {
        "Credentials": {
            "AccessKeyId": session["key"],
            "SecretAccessKey": session["secret"],
            "SessionToken": session["token"],
            "Expiration": expires,
        },
        "AssumedRoleUser": {
            "AssumedRoleId": f"{session['roleId']}:{session['name']}",
            "Arn": session["arn"],
        },
    }


def install(context: Context) -> None:
    @context.before("*", "*")
    def session_of_every_call(call: Call) -> None:
        authenticate(call, context.now())
        identity_of(call)

    @context.replace("sts", "AssumeRole")
    def assume_role(call: Call) -> Any:
        role_arn = call.params["RoleArn"]
        check_trust(context, call, role_arn)
        seconds = check_duration(context, call, role_arn)
        return _answer(_new_session(context, role_arn, call.params["RoleSessionName"], seconds))

    @context.replace("sts", "AssumeRoleWithWebIdentity")
    def assume_role_with_web_identity(call: Call) -> Any:
        role_arn = call.params["RoleArn"]
        seconds = check_duration(context, call, role_arn)
        session = _new_session(context, role_arn, call.params["RoleSessionName"], seconds)
        return {**_answer(session), "Provider": "oidc", "SubjectFromWebIdentityToken": "fairlead"}

    @context.replace("sts", "GetCallerIdentity")
    @rule(
        "STS-IDENTITY",
        doc="https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html",
        says="A session is its role's account and assumed-role ARN.",
    )
    def get_caller_identity(call: Call) -> Any:
        session = sessions.get(call.access_key)
        user = f"{session['roleId']}:{session['name']}" if session else "AIDAFAIRLEAD"
        return {"UserId": user, "Account": call.account, "Arn": call.caller_arn}

    @context.endpoint("GET", "/_fairlead/sessions")
    def show(query: dict[str, str], body: Any) -> Any:
        shown = ("account", "arn", "roleArn", "expires")
        return [{k: s[k] for k in shown} for s in sessions.values()]


def reset(context: Context) -> None:
    sessions.clear()
