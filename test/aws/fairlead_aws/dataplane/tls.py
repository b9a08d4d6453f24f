"""Which certificate a listener presents."""

from __future__ import annotations

from typing import Any

from ..context import Context
from ..rules import rule
from ..rules.elbv2_certificates import bundle
from ..rules.elbv2_state import Listener, LoadBalancer

DOC = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html"


def names_of(found: Any) -> list[str]:
    """The names clients compare with: the alternative names, or the common name where there are none."""
    return [n.lower() for n in (found.sans or [found.common_name]) if n]


def covers(name: str, host: str) -> bool:
    """RFC 6125: a wildcard is one whole leftmost label."""
    if name == host:
        return True
    return name.startswith("*.") and "." in host and name[2:] == host.split(".", 1)[1]


def _preference(found: Any, host: str, now: Any) -> tuple[Any, ...]:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    key = found._cert.public_key()
    start, end = found._cert.not_valid_before_utc, found._cert.not_valid_after_utc
    return (
        isinstance(key, EllipticCurvePublicKey),
        end.replace(tzinfo=None) > now,
        getattr(key, "key_size", 0),
        host in names_of(found),  # not in AWS's list: among equals the exact name, so that the choice is one
        (end - start).total_seconds(),
    )


@rule(
    "dataplane-sni",
    doc=DOC,
    says="By SNI the best match of the certificate list (ECDSA before RSA, valid before expired, longer keys); without a match the default certificate.",
)
def certificate_for(context: Context, balancer: LoadBalancer, on: Listener, sni: str | None) -> str:
    host = (sni or "").lower().rstrip(".")
    fitting = []
    for arn in on.certificates:
        found = bundle(arn, balancer.account, balancer.region)
        if found is not None and host and any(covers(n, host) for n in names_of(found)):
            fitting.append((_preference(found, host, context.clock.utcnow()), arn))
    return max(fitting, key=lambda f: f[0])[1] if fitting else str(on.certificate)


def pem_of(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value or "")


def describe(context: Context, balancer: LoadBalancer, on: Listener, sni: str | None) -> dict[str, Any]:
    arn = certificate_for(context, balancer, on, sni)
    found = bundle(arn, balancer.account, balancer.region)
    if found is None:
        return {"arn": arn, "default": arn == on.certificate, "missing": True, "matches": False}
    names = names_of(found)
    return {
        "arn": arn,
        "default": arn == on.certificate and arn not in on.certificates,
        "names": names,
        "matches": bool(sni) and any(covers(n, str(sni).lower().rstrip(".")) for n in names),
        "notAfter": found._cert.not_valid_after_utc.isoformat(),
        "certificate": pem_of(found.cert),
        "chain": pem_of(found.chain),
    }
