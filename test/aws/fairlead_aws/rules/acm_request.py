"""Public certificates: requested, validated by a DNS record that really answers, then issued."""

from __future__ import annotations

import datetime
import functools
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from moto.acm.models import CertBundle, TagHolder, acm_backends
from moto.acm.utils import make_arn_for_certificate

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .route53_names import canonical

REQUEST = "https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html"
VALIDATION = "https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html"
QUOTAS = "https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html"
VALID_FOR = datetime.timedelta(days=198)
WAITS_FOR = datetime.timedelta(hours=72)
TOKEN_LASTS = 3600


@functools.cache
def _key(algorithm: str) -> Any:
    """One key per algorithm and process: nobody but the stand-in ever sees it, and RSA keys are slow to make."""
    if algorithm.startswith("RSA_"):
        return rsa.generate_private_key(65537, int(algorithm[4:]))
    curves = {"EC_prime256v1": ec.SECP256R1, "EC_secp384r1": ec.SECP384R1, "EC_secp521r1": ec.SECP521R1}
    return ec.generate_private_key(curves[algorithm]())


@functools.cache
def _authority() -> tuple[x509.Name, Any]:
    name = [(NameOID.COUNTRY_NAME, "US"), (NameOID.ORGANIZATION_NAME, "Amazon"), (NameOID.COMMON_NAME, "Amazon RSA 2048 M03")]
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in name]), _key("EC_prime256v1")


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _sign(subject: x509.Name, key: Any, names: list[str], serial: int, start: datetime.datetime) -> x509.Certificate:
    issuer, signer = _authority()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(start + (VALID_FOR if names else 20 * VALID_FOR))
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
    )
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(n) for n in names])
        usage = x509.KeyUsage(True, False, True, False, False, False, False, False, False)
        builder = builder.add_extension(alternative, critical=False).add_extension(usage, critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(signer, hashes.SHA256())


class RequestedCertificate(CertBundle):
    """PENDING_VALIDATION until each of its names is proven, then ISSUED."""

    def __init__(self, context: Context, call: Call, names: list[str], method: str, algorithm: str) -> None:
        # CertBundle's own __init__ is not called: it makes up a certificate that is issued by waiting alone.
        self.context = context
        self.arn = make_arn_for_certificate(call.account, call.region)
        self.created_at = context.clock.utcnow()
        self.type = "AMAZON_ISSUED"
        self.status = "PENDING_VALIDATION"
        self.method = method
        self.cert_authority_arn = None
        self.in_use_by: list[str] = []
        self.cert_options = {"CertificateTransparencyLoggingPreference": "ENABLED", "Export": "DISABLED"}
        self.tags = TagHolder()
        self.common_name, self.sans = names[0], names
        self.issuer_common_name = "Amazon"
        self.proven_at: float | None = None
        self.issued_at: datetime.datetime | None = None
        key = _key(algorithm)
        self.key = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
        start = self.created_at.replace(hour=0, minute=0, second=0, microsecond=0)
        self._cert = _sign(subject, key, names, context.random.getrandbits(120) + 1, start)
        self._key = key.public_key()
        self.cert = _pem(self._cert)
        issuer, signer = _authority()
        self.chain = _pem(_sign(issuer, signer, [], 1, start))

    @rule("ACM-VALIDATION-RECORD", doc=VALIDATION, says="Each name is proven by a CNAME of its own, one for a name and its wildcard.")
    def records(self) -> list[dict[str, Any]]:
        account = self.arn.split(":")[4]
        return [{"DomainName": n, **_validation(account, n, self.method, self.status)} for n in self.sans]

    @rule("ACM-ISSUED-WHEN-PROVEN", doc=VALIDATION, says="A requested certificate is issued once all its records answer publicly; not by waiting.")
    @rule("ACM-VALIDATION-TIMES-OUT", doc=VALIDATION, says="A request that is not validated within 72 hours times out.")
    def check(self) -> None:
        """Status by the clock and the zones; called on every read."""
        now = self.context.now()
        if self.status == "ISSUED" and self._cert.not_valid_after_utc.timestamp() <= now:
            self.status = "EXPIRED"
        if self.status != "PENDING_VALIDATION":
            return
        if self.proven_at is None and self.method == "DNS" and all(_answers(self.context, r) for r in self.records()):
            self.proven_at = now
        wait = self.context.config["acmIssueSeconds"]
        if self.proven_at is not None and now >= self.proven_at + wait:
            self.status = "ISSUED"
            self.issued_at = self.context.clock.utcnow()
        elif self.context.clock.utcnow() >= self.created_at + WAITS_FOR:
            self.status = "VALIDATION_TIMED_OUT"

    def describe(self) -> dict[str, Any]:
        return {"Certificate": {"DomainValidationOptions": self.records()}}


def _hash(text: str) -> str:
    value = 0
    for character in text:
        value = (value * 1_000_003 + ord(character)) % (1 << 128)
    return f"{value:032x}"


def _validation(account: str, name: str, method: str, status: str) -> dict[str, Any]:
    """The record is the same for a name and its wildcard, and each time the account asks for it."""
    base = name.removeprefix("*.")
    found: dict[str, Any] = {
        "ValidationDomain": name,
        "ValidationStatus": {"PENDING_VALIDATION": "PENDING_VALIDATION", "VALIDATION_TIMED_OUT": "FAILED"}.get(status, "SUCCESS"),
        "ValidationMethod": method,
    }
    if method == "DNS":
        found["ResourceRecord"] = {
            "Name": f"_{_hash(account + base)}.{base}.",
            "Type": "CNAME",
            "Value": f"_{_hash(base + account)}.{_hash(base)[:10]}.acm-validations.aws.",
        }
    return found


def _answers(context: Context, option: dict[str, Any]) -> bool:
    """Whether a public zone, in any account, answers the record."""
    from moto.route53.models import route53_backends

    record = option["ResourceRecord"]
    for account in route53_backends.values():
        for zone in account["aws"].zones.values():
            if zone.private_zone:
                continue
            found = zone.answers(context.now()).get((canonical(record["Name"]), "CNAME", ""))
            if found and [canonical(v["Value"]) for v in found["ResourceRecords"]] == [canonical(record["Value"])]:
                return True
    return False


@rule("ACM-REQUEST-NAMES", doc=QUOTAS, says="Ten names at most, of 253 characters; the first of 64; no name twice counts twice.")
def names_of_request(params: dict[str, Any]) -> list[str]:
    names = list(dict.fromkeys(n.lower() for n in [params["DomainName"], *(params.get("SubjectAlternativeNames") or [])]))
    if len(names) > 10:
        raise AwsError("LimitExceededException", "The number of domain names exceeds the limit of 10 per certificate.")
    if len(names[0]) > 64:
        raise AwsError("InvalidDomainValidationOptionsException", "The first domain name can have 64 characters at most.")
    if any("." not in n or "*" in n.removeprefix("*.") for n in names):
        raise AwsError("ValidationException", "A domain name is not valid.")
    return names


def install(context: Context) -> None:
    tokens: dict[tuple[str, ...], tuple[float, str]] = {}
    context.resets.append(lambda _: tokens.clear())

    @context.replace("acm", "RequestCertificate")
    @rule("ACM-REQUEST-TOKEN", doc=REQUEST, says="The same IdempotencyToken within an hour gives the same certificate.")
    def request_certificate(call: Call) -> Any:
        params = call.params
        names = names_of_request(params)
        store = acm_backends[call.account][call.region]._certificates
        token = (call.account, call.region, params.get("IdempotencyToken") or "", *names)
        if token[2] and token in tokens:
            asked, arn = tokens[token]
            if context.now() < asked + TOKEN_LASTS and arn in store:
                return {"CertificateArn": arn}
        method = params.get("ValidationMethod") or "EMAIL"
        bundle = RequestedCertificate(context, call, names, method, params.get("KeyAlgorithm") or "RSA_2048")
        bundle.tags.add(params.get("Tags") or [])
        store[bundle.arn] = bundle
        tokens[token] = (context.now(), bundle.arn)
        return {"CertificateArn": bundle.arn}
