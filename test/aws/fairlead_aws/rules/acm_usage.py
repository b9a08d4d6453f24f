"""Which load balancers use a certificate: computed from the listeners, and cleared late, as AWS does."""

from __future__ import annotations

from ..context import Call, Context
from . import rule

LISTENER_CHANGES = (
    "CreateListener",
    "ModifyListener",
    "DeleteListener",
    "AddListenerCertificates",
    "RemoveListenerCertificates",
    "DeleteLoadBalancer",
)

# (account, certificate ARN) -> load balancer ARN -> when the last listener let go of it
_clearing: dict[tuple[str, str], dict[str, float]] = {}
_known: dict[str, dict[str, set[str]]] = {}


def users_now(account: str) -> dict[str, set[str]]:
    """Certificate ARN -> ARNs of the load balancers whose listeners hold it, at this moment."""
    from moto.elbv2.models import elbv2_backends

    found: dict[str, set[str]] = {}
    for backend in elbv2_backends[account].values():
        for arn, balancer in backend.load_balancers.items():
            for listener in balancer.listeners.values():
                for certificate in {listener.certificate, *(listener.certificates or ())}:
                    if certificate:
                        found.setdefault(_text(certificate), set()).add(arn)
    return found


def _text(certificate: object) -> str:
    """moto keeps ARNs, and sometimes the dict of the request."""
    return certificate["CertificateArn"] if isinstance(certificate, dict) else str(certificate)


def notice(context: Context, account: str) -> None:
    """Compares with what was in use before, and remembers when each use ended."""
    now = users_now(account)
    before = _known.get(account, {})
    for certificate, balancers in before.items():
        for gone in balancers - now.get(certificate, set()):
            _clearing.setdefault((account, certificate), {})[gone] = context.now()
    for certificate, balancers in now.items():
        for balancer in balancers:
            _clearing.get((account, certificate), {}).pop(balancer, None)
    _known[account] = now


@rule(
    "ACM-IN-USE-LATE",
    doc="https://docs.aws.amazon.com/acm/latest/userguide/gs-acm-delete.html",
    says="InUseBy is the load balancers whose listeners hold the certificate, and clears acmInUseClearSeconds late.",
)
def in_use_by(context: Context, account: str, certificate: str) -> list[str]:
    lag = context.config["acmInUseClearSeconds"]
    users = set(_known.get(account, {}).get(certificate, ()))
    for balancer, ended in _clearing.get((account, certificate), {}).items():
        if context.now() < ended + lag:
            users.add(balancer)
    return sorted(users)


def install(context: Context) -> None:
    @context.after("elbv2", *LISTENER_CHANGES)
    def listeners_changed(call: Call, status: int, body: bytes) -> None:
        notice(context, call.account)


def reset(context: Context) -> None:
    _clearing.clear()
    _known.clear()
