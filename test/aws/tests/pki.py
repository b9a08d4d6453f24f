"""A small certificate authority for the tests. Keys are made once per process."""

from __future__ import annotations

import datetime
import functools
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
# The simulated clock starts here.
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


@functools.cache
def key(kind: str = "ec256", number: int = 0) -> Any:
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    return ec.generate_private_key({"ec256": ec.SECP256R1(), "ec384": ec.SECP384R1()}[kind])


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)] if common else [])


def make(
    common: str, own: Any, issuer: tuple[x509.Certificate, Any] | None = None, *,
    sans: tuple[str, ...] | None = None, ca: bool = False, start: datetime.datetime = START - DAY,
    days: float = 90, serial: int | None = None, extended: tuple[Any, ...] = (SERVER, CLIENT),
    encipherment: bool = True, ocsp: str | None = None,
) -> x509.Certificate:  # fmt: skip
    signer = issuer[1] if issuer else own
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(issuer[0].subject if issuer else name(common))
        .public_key(own.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + days * DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if not ca:
        names = [common] if sans is None else list(sans)
        if names and names[0]:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False
            )
        usage = x509.KeyUsage(True, False, encipherment, False, False, False, False, False, False)
        builder = builder.add_extension(usage, critical=True)
        if extended:
            builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
    if ocsp:
        access = x509.AccessDescription(
            x509.oid.AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp)
        )
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(signer, digest)


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates)


def key_pem(own: Any, password: bytes | None = None) -> bytes:
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)


@functools.cache
def authority() -> tuple[tuple[x509.Certificate, Any], tuple[x509.Certificate, Any]]:
    """A root and an intermediate, each with its key."""
    root_key, middle_key = key("ec256", 100), key("ec256", 101)
    root = make("Test Root", root_key, ca=True, days=3650)
    middle = make("Test Intermediate", middle_key, (root, root_key), ca=True, days=1825)
    return (root, root_key), (middle, middle_key)


def issue(common: str = "www.example.com", kind: str = "rsa2048", number: int = 0, **more: Any) -> dict[str, bytes]:
    """The parameters of ImportCertificate."""
    _, middle = authority()
    own = key(kind, number)
    leaf = make(common, own, middle, **more)
    return {"Certificate": pem(leaf), "PrivateKey": key_pem(own), "CertificateChain": pem(middle[0])}
