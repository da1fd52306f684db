"""An authority and a certificate for WhatsApp's host names: only who is led here is told to believe them."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from engine import clock

CHAT_HOST, MEDIA_HOST = "web.whatsapp.com", "mmg.whatsapp.net"


def make(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """The authority's certificate, for ``SSL_CERT_FILE`` (Go reads it on Linux), and a server's own."""
    authority = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in (CHAT_HOST, MEDIA_HOST)])
    own = _draft("The simulator's authority", authority).add_extension(
        x509.BasicConstraints(True, None), True
    )
    served = _draft(CHAT_HOST, key).add_extension(names, False)
    trusted, presented = folder / "authority.pem", folder / "server.pem"
    trusted.write_bytes(_signed(own, authority))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    presented.touch(0o600)
    presented.write_bytes(_signed(served, authority) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(presented)
    return trusted, context


def _draft(subject: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = clock.now()
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name("The simulator's authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365))
    )


def _signed(draft: x509.CertificateBuilder, authority: ec.EllipticCurvePrivateKey) -> bytes:
    return draft.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
