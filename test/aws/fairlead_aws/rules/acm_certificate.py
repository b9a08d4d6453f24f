"""One certificate in ACM: moto's bundle with what the real DescribeCertificate and ListCertificates say."""

from __future__ import annotations

import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID
from moto.acm.models import CertBundle, TagHolder
from moto.acm.utils import make_arn_for_certificate

CURVES = {"secp256r1": "EC_prime256v1", "secp384r1": "EC_secp384r1", "secp521r1": "EC_secp521r1"}
KEY_USAGES = (
    ("digital_signature", "DIGITAL_SIGNATURE"),
    ("content_commitment", "NON_REPUDIATION"),
    ("key_encipherment", "KEY_ENCIPHERMENT"),
    ("data_encipherment", "DATA_ENCIPHERMENT"),
    ("key_agreement", "KEY_AGREEMENT"),
    ("key_cert_sign", "CERTIFICATE_SIGNING"),
    ("crl_sign", "CRL_SIGNING"),
)
EXTENDED = {
    ExtendedKeyUsageOID.SERVER_AUTH: "TLS_WEB_SERVER_AUTHENTICATION",
    ExtendedKeyUsageOID.CLIENT_AUTH: "TLS_WEB_CLIENT_AUTHENTICATION",
    ExtendedKeyUsageOID.CODE_SIGNING: "CODE_SIGNING",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "EMAIL_PROTECTION",
    ExtendedKeyUsageOID.TIME_STAMPING: "TIME_STAMPING",
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSP_SIGNING",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "ANY",
}
MAX_NAMES = 100


def key_algorithm(public_key: Any) -> str:
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return CURVES.get(public_key.curve.name, f"EC_{public_key.curve.name}")
    if isinstance(public_key, rsa.RSAPublicKey):
        return f"RSA_{public_key.key_size}"
    return type(public_key).__name__


def _extension(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> Any:
    try:
        return certificate.extensions.get_extension_for_oid(oid).value
    except x509.ExtensionNotFound:
        return None


def names_of(certificate: x509.Certificate) -> tuple[str, list[str]]:
    """The common name (or the first alternative name), and all alternative names."""
    alternative = _extension(certificate, ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    sans = []
    for name in alternative or []:
        if isinstance(name, (x509.DNSName, x509.IPAddress)):
            sans.append(str(name.value))
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return (str(common[0].value) if common else (sans[0] if sans else "")), sans


def key_usages(certificate: x509.Certificate) -> list[str]:
    usage = _extension(certificate, ExtensionOID.KEY_USAGE)
    return [name for attribute, name in KEY_USAGES if usage is not None and getattr(usage, attribute)]


def extended_key_usages(certificate: x509.Certificate) -> list[tuple[str, str]]:
    usage = _extension(certificate, ExtensionOID.EXTENDED_KEY_USAGE)
    return [(EXTENDED.get(oid, "CUSTOM"), oid.dotted_string) for oid in usage or []]


def serial_of(certificate: x509.Certificate) -> str:
    digits = f"{certificate.serial_number:x}"
    digits = "0" * (len(digits) % 2) + digits
    return ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))


def naive(moment: datetime.datetime) -> datetime.datetime:
    return moment.replace(tzinfo=None)


class ImportedCertificate(CertBundle):
    """A certificate somebody imported. Re-import replaces what is in it and keeps the ARN and tags."""

    def __init__(
        self, account_id: str, region: str, now: datetime.datetime, leaf: x509.Certificate,
        certificate: bytes, private_key: bytes, chain: bytes | None,
    ) -> None:  # fmt: skip
        # CertBundle's own __init__ is not called: it adds a root of Amazon's to every chain.
        self.arn = make_arn_for_certificate(account_id, region)
        self.created_at = now
        self.tags = TagHolder()
        self.type = "IMPORTED"
        self.cert_authority_arn = None
        self.in_use_by: list[str] = []
        self.cert_options = {"CertificateTransparencyLoggingPreference": "DISABLED", "Export": "DISABLED"}
        self.put(now, leaf, certificate, private_key, chain)

    def put(
        self, now: datetime.datetime, leaf: x509.Certificate, certificate: bytes, private_key: bytes,
        chain: bytes | None,
    ) -> None:  # fmt: skip
        self.imported_at = now
        self._cert = leaf
        self._key = leaf.public_key()  # moto's describe() wants only its size or curve
        self.cert = certificate
        self.key = private_key
        self.chain = chain or b""
        self.common_name, self.sans = names_of(leaf)
        issuer = leaf.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
        self.issuer_common_name = str(issuer[0].value) if issuer else ""
        self.status = "ISSUED"

    def check(self) -> None:
        """Status by the clock; moto calls it on every read."""
        from moto.acm import models

        self.status = "EXPIRED" if naive(self._cert.not_valid_after_utc) <= models.utcnow() else "ISSUED"


def all_names(bundle: CertBundle) -> list[str]:
    """The common name first, then the alternative names, once each."""
    return list(dict.fromkeys([bundle.common_name, *bundle.sans] if bundle.common_name else bundle.sans))


def algorithm_of(bundle: CertBundle) -> str:
    return key_algorithm(bundle._cert.public_key())


def detail(bundle: CertBundle, in_use_by: list[str], separator: str) -> dict[str, Any]:
    """CertificateDetail. Only the first hundred names are listed."""
    leaf = bundle._cert
    imported = isinstance(bundle, ImportedCertificate)
    found: dict[str, Any] = {
        "CertificateArn": bundle.arn,
        "DomainName": bundle.common_name,
        "SubjectAlternativeNames": all_names(bundle)[:MAX_NAMES],
        "Serial": serial_of(leaf),
        "Subject": f"CN={bundle.common_name}",
        "Issuer": bundle.issuer_common_name,
        "CreatedAt": bundle.created_at,
        "Status": bundle.status,
        "NotBefore": naive(leaf.not_valid_before_utc),
        "NotAfter": naive(leaf.not_valid_after_utc),
        "KeyAlgorithm": algorithm_of(bundle).replace("_", separator),
        "SignatureAlgorithm": _signature(leaf),
        "InUseBy": in_use_by,
        "Type": bundle.type,
        "KeyUsages": [{"Name": name} for name in key_usages(leaf)],
        "ExtendedKeyUsages": [{"Name": n, "OID": oid} for n, oid in extended_key_usages(leaf)],
        "RenewalEligibility": "INELIGIBLE",
        "Options": bundle.cert_options,
    }
    if imported:
        found["ImportedAt"] = bundle.imported_at
        return found
    moto = bundle.describe()["Certificate"]
    found["DomainValidationOptions"] = moto.get("DomainValidationOptions")
    found["IssuedAt"] = getattr(bundle, "issued_at", None)
    found["RenewalEligibility"] = "ELIGIBLE" if in_use_by else "INELIGIBLE"
    if bundle.status in ("PENDING_VALIDATION", "VALIDATION_TIMED_OUT"):
        for key in ("Serial", "NotBefore", "NotAfter"):
            found.pop(key)
    return found


def _signature(leaf: x509.Certificate) -> str:
    name = leaf.signature_algorithm_oid._name
    if "RSA" in name:
        return name.upper().replace("ENCRYPTION", "")
    digest = leaf.signature_hash_algorithm
    return f"{digest.name.upper()}WITHECDSA" if digest else name


def summary(bundle: CertBundle, in_use: bool, separator: str) -> dict[str, Any]:
    """CertificateSummary, as ListCertificates has it."""
    leaf = bundle._cert
    names = all_names(bundle)
    found: dict[str, Any] = {
        "CertificateArn": bundle.arn,
        "DomainName": bundle.common_name,
        "SubjectAlternativeNameSummaries": names[:MAX_NAMES],
        "HasAdditionalSubjectAlternativeNames": len(names) > MAX_NAMES,
        "Status": bundle.status,
        "Type": bundle.type,
        "KeyAlgorithm": algorithm_of(bundle).replace("_", separator),
        "KeyUsages": key_usages(leaf),
        "ExtendedKeyUsages": [name for name, _ in extended_key_usages(leaf)],
        "InUse": in_use,
        "RenewalEligibility": "INELIGIBLE",
        "NotBefore": naive(leaf.not_valid_before_utc),
        "NotAfter": naive(leaf.not_valid_after_utc),
        "CreatedAt": bundle.created_at,
    }
    if isinstance(bundle, ImportedCertificate):
        found["ImportedAt"] = bundle.imported_at
    else:
        found["Exported"] = False
    return found
