"""What ACM checks before it takes a certificate."""

from __future__ import annotations

import datetime
import re
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtensionOID

from ..errors import AwsError
from . import rule
from .acm_certificate import (
    ImportedCertificate,
    algorithm_of,
    extended_key_usages,
    key_algorithm,
    key_usages,
    naive,
    names_of,
)

PREREQUISITES = "https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html"
FORMAT = "https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-format.html"
API = "https://docs.aws.amazon.com/acm/latest/APIReference/API_ImportCertificate.html"
REIMPORT = "https://docs.aws.amazon.com/acm/latest/userguide/import-reimport.html"
SUPPORTED = frozenset(
    f"RSA_{bits}" for bits in (1024, 2048, 3072, 4096)
) | {"EC_prime256v1", "EC_secp384r1", "EC_secp521r1"}
BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\r?\n.*?-----END \1-----", re.S)
CLIENT_AUTH = "TLS_WEB_CLIENT_AUTHENTICATION"


def invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def _blocks(pem: bytes, what: str) -> list[bytes]:
    """The PEM blocks of a field that may hold nothing else."""
    blocks = [m.group(0) for m in BLOCK.finditer(pem)]
    if not blocks or BLOCK.sub(b"", pem).strip():
        raise invalid(f"The {what} is not in a valid PEM format.")
    return blocks


@rule("ACM-ONE-CERTIFICATE", doc=FORMAT, says="The certificate field holds one certificate, in PEM, and nothing else.")
def read_leaf(pem: bytes) -> x509.Certificate:
    blocks = _blocks(pem, "certificate body")
    if len(blocks) > 1:
        raise invalid(
            "The certificate field contains more than one certificate. "
            "You can specify only one certificate in this field."
        )
    return read_certificate(blocks[0], "certificate body")


def read_certificate(pem: bytes, what: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise invalid(f"The {what} is not in a valid PEM format.") from None


@rule("ACM-KEY-FORMAT", doc=PREREQUISITES, says="The private key is one unencrypted PEM key.")
@rule("ACM-KEY-TYPE", doc=PREREQUISITES, says="Keys are RSA 1024 to 4096 or EC P-256, P-384, P-521; no Ed25519.")
def read_key(pem: bytes) -> Any:
    _blocks(pem, "private key")
    try:
        # The consistency check of an RSA key costs 50 ms; whether it fits the certificate is checked below.
        key = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    except TypeError:
        raise invalid("The private key must be unencrypted.") from None
    except ValueError:
        raise invalid("The private key is not in a valid PEM format.") from None
    if not hasattr(key, "public_key") or key_algorithm(key.public_key()) not in SUPPORTED:
        raise invalid("The private key is not supported.")
    return key


@rule("ACM-KEY-MATCHES", doc=PREREQUISITES, says="The private key is the one of the certificate's public key.")
def check_key_matches(leaf: x509.Certificate, key: Any) -> None:
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if leaf.public_key().public_bytes(*form) != key.public_key().public_bytes(*form):
        raise invalid("The private key does not match the public key of the certificate.")


@rule("ACM-VALID-NOW", doc=PREREQUISITES, says="A certificate must be valid at the time of import.")
def check_valid_now(certificate: x509.Certificate, now: datetime.datetime, what: str = "certificate") -> None:
    if naive(certificate.not_valid_before_utc) > now:
        raise invalid(f"The {what} is not yet valid.")
    if naive(certificate.not_valid_after_utc) <= now:
        raise invalid(f"The {what} has expired.")


@rule("ACM-NAMES", doc=PREREQUISITES, says="X.509 version 3, with an issuer, and a domain name or IP address.")
def check_names(leaf: x509.Certificate) -> None:
    if leaf.version != x509.Version.v3:
        raise invalid("The certificate must be an X.509 version 3 certificate.")
    if not list(leaf.issuer):
        raise invalid("The certificate has no issuer.")
    common, sans = names_of(leaf)
    if "." not in common and not any("." in name or ":" in name for name in sans):
        raise invalid("The certificate must contain a fully qualified domain name or an IP address.")


@rule("ACM-OCSP-URL", doc=PREREQUISITES, says="An OCSP URL has a thousand characters at most.")
def check_ocsp(leaf: x509.Certificate) -> None:
    try:
        access = leaf.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_INFORMATION_ACCESS).value
    except x509.ExtensionNotFound:
        return
    if any(len(str(a.access_location.value)) > 1000 for a in access):
        raise invalid("The OCSP URL of the certificate is longer than 1000 characters.")


@rule("ACM-CHAIN", doc=PREREQUISITES, says="Each certificate of the chain certifies the one before it; the first the leaf.")
@rule("ACM-CHAIN-NEEDED", doc=PREREQUISITES, says="A certificate that is not self-signed comes with its chain.")
def check_chain(leaf: x509.Certificate, chain: bytes | None, now: datetime.datetime, same_algorithm: bool) -> None:
    if not chain:
        if leaf.issuer != leaf.subject or not _issued_by(leaf, leaf):
            raise invalid(
                "Provided certificate is not a valid self signed. "
                "Please provide either a valid self-signed certificate or certificate chain."
            )
        return
    below = leaf
    for pem in _blocks(chain, "certificate chain"):
        above = read_certificate(pem, "certificate chain")
        if above == below or not _issued_by(below, above) or not _is_authority(above):
            raise invalid("Could not validate the certificate with the certificate chain.")
        check_valid_now(above, now, "certificate chain")
        if below is leaf and same_algorithm:
            check_algorithm(leaf, above)
        below = above


@rule(
    "ACM-SIGNING-ALGORITHM",
    doc=PREREQUISITES,
    says="With acmSigningAlgorithm enforce: an RSA CA signs RSA certificates only, an EC CA EC ones "
    "(documented; how strictly ACM holds to it is not known, so the default is ignore).",
)
def check_algorithm(leaf: x509.Certificate, issuer: x509.Certificate) -> None:
    if key_algorithm(leaf.public_key())[:2] != key_algorithm(issuer.public_key())[:2]:
        raise invalid("The algorithm of the certificate must match the algorithm of its signing CA.")


def _issued_by(below: x509.Certificate, above: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return bool(certificate.extensions.get_extension_for_oid(ExtensionOID.BASIC_CONSTRAINTS).value.ca)
    except x509.ExtensionNotFound:
        return False


@rule("ACM-REIMPORT-TAGS", doc=API, says="Tags are taken at the first import only.")
def check_no_tags(tags: Any) -> None:
    if tags:
        raise invalid("Tagging is not permitted on re-import.")


@rule("ACM-REIMPORT-KEY-TYPE", doc=REIMPORT, says="A re-import keeps the key type and size.")
def check_same_key_type(old: ImportedCertificate, leaf: x509.Certificate) -> None:
    before, after = algorithm_of(old), key_algorithm(leaf.public_key())
    if before != after:
        raise invalid(f"The key type and size cannot be changed on re-import: it was {before}, not {after}.")


@rule(
    "ACM-REIMPORT-USAGES",
    doc=REIMPORT,
    says="A re-import does not take away key usages, nor extended ones, but for client authentication.",
)
def check_usages_kept(old: ImportedCertificate, leaf: x509.Certificate) -> None:
    lost = set(key_usages(old._cert)) - set(key_usages(leaf)) if key_usages(old._cert) else set()
    extended = {oid: name for name, oid in extended_key_usages(old._cert)}
    for _, oid in extended_key_usages(leaf):
        extended.pop(oid, None)
    lost |= set(extended.values()) - {CLIENT_AUTH}
    if lost:
        raise invalid(f"Key usages cannot be removed on re-import: {', '.join(sorted(lost))}.")
