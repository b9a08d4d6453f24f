"""Certificates on listeners: the default one and the certificate list. Which are in use is for ACM to say."""

from __future__ import annotations

from typing import Any

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .elbv2_limits import refuse_beyond
from .elbv2_state import Listener, listener, load_balancer, of, page

API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
GUIDE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html"
RSA_SIZES = (2048, 3072, 4096)


def bundle(arn: str, account: str, region: str) -> Any:
    """ACM's certificate, or None when this account and region does not have it."""
    from moto.acm.models import acm_backends

    return acm_backends[account][region]._certificates.get(arn)


@rule(
    "elbv2-certificate-exists",
    doc=API + "API_CreateListener.html",
    says="A certificate is in ACM, in the account and region of the load balancer.",
)
def check_exists(call: Call, arn: str) -> Any:
    found = bundle(arn, call.account, call.region)
    if found is None:
        raise AwsError("CertificateNotFound", f"Certificate '{arn}' not found")
    return found


@rule(
    "elbv2-certificate-supported",
    doc=GUIDE,
    says="A certificate is issued, names a domain, and has a key a load balancer can use.",
)
def check_supported(call: Call, arn: str) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    found = check_exists(call, arn)
    key = found._cert.public_key()
    weak = isinstance(key, RSAPublicKey) and key.key_size not in RSA_SIZES
    if found.status != "ISSUED" or weak or not (found.sans or found.common_name):
        raise AwsError(
            "UnsupportedCertificate",
            f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, and a supported key size.",
        )


@rule(
    "elbv2-one-certificate-per-call",
    doc=API + "API_AddListenerCertificates.html",
    says="Create and modify take exactly one certificate, add and remove one per call; IsDefault is not set.",
)
def one_certificate(given: list[dict[str, Any]] | None) -> str:
    given = given or []
    if len(given) != 1:
        raise AwsError(
            "ValidationError",
            f"Up to '1' certificate ARNs can be specified, but '{len(given)}' were specified",
        )
    if given[0].get("IsDefault") is not None:
        raise AwsError("ValidationError", "IsDefault cannot be specified when a certificate is given")
    if not given[0].get("CertificateArn"):
        raise AwsError("ValidationError", "A certificate ARN must be specified")
    return str(given[0]["CertificateArn"])


@rule(
    "elbv2-certificate-list",
    doc=API + "API_AddListenerCertificates.html",
    says="Adding a certificate already in the list succeeds and adds nothing; only secure listeners have a list.",
)
def add(context: Context, call: Call) -> dict[str, Any]:
    on = listener(of(call), call.params["ListenerArn"])
    arn = one_certificate(call.params["Certificates"])
    check_secure(on)
    check_supported(call, arn)
    if arn not in on.certificates:
        balancer = load_balancer(of(call), on.load_balancer_arn)
        held = sum(len(each.certificates) for each in balancer.listeners.values())
        refuse_beyond(
            context,
            "albCertificates",
            held + 1,
            "TooManyCertificates",
            f"certificates on load balancer '{balancer.arn}'",
        )
        on.certificates.append(arn)
    return {"Certificates": [{"CertificateArn": arn, "IsDefault": False}]}


def check_secure(on: Listener) -> None:
    if on.protocol not in ("HTTPS", "TLS"):
        raise AwsError("ValidationError", f"Certificates cannot be specified for {on.protocol} listeners")


@rule(
    "elbv2-default-certificate-stays",
    doc=API + "API_RemoveListenerCertificates.html",
    says="The default certificate cannot be removed, only replaced by ModifyListener.",
)
def remove(call: Call) -> dict[str, Any]:
    on = listener(of(call), call.params["ListenerArn"])
    arn = one_certificate(call.params["Certificates"])
    if arn in on.certificates:
        on.certificates.remove(arn)
    elif arn == on.certificate:
        raise AwsError(
            "OperationNotPermitted", f"Default certificate '{arn}' cannot be removed from listener '{on.arn}'"
        )
    return {}


@rule(
    "elbv2-certificate-describe",
    doc=API + "API_DescribeListenerCertificates.html",
    says="The default certificate comes with IsDefault true, and again with false when it is in the list too; in pages.",
)
def describe(call: Call) -> dict[str, Any]:
    on = listener(of(call), call.params["ListenerArn"])
    found = [{"CertificateArn": a, "IsDefault": False} for a in on.certificates]
    if on.certificate:
        found.insert(0, {"CertificateArn": on.certificate, "IsDefault": True})
    chosen, marker = page(call, found, lambda c: f"{c['CertificateArn']}#{c['IsDefault']}")
    return {"Certificates": chosen, **({"NextMarker": marker} if marker else {})}


def install(context: Context) -> None:
    context.replace("elbv2", "AddListenerCertificates")(lambda call: add(context, call))
    context.replace("elbv2", "RemoveListenerCertificates")(remove)
    context.replace("elbv2", "DescribeListenerCertificates")(describe)
