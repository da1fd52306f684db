"""What the first pages know without asking: steps, addresses, passwords, and what is wrong in a form."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

from embedded_server.contract.session import CompanyChoiceOut
from embedded_server.contract.words import mark, t

#: The appliance takes no shorter password.
MIN_PASSWORD = 10
MAX_PASSWORD = 256
MAX_LINE = 200
_ENOUGH_DIFFERENT = 3
_STRONG = 16
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_DOMAIN = re.compile(r"[^@\s.]+(\.[^@\s.]+)+")
_HOST = re.compile(r"(?!-)[\w-]{1,63}(?<!-)(\.(?!-)[\w-]{1,63}(?<!-))*\.?")
#: Names that never leave the building.
_NEAR = (".local", ".lan", ".home", ".internal", ".home.arpa")


class Stage(StrEnum):
    """Which page is shown."""

    OPENING = "opening"
    CHOICE = "choice"
    PREPARING = "preparing"
    FOUNDING = "founding"
    SIGN_IN = "sign_in"
    COMPANIES = "companies"
    ADDRESS = "address"
    PAIRING = "pairing"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Place:
    """An appliance: this machine's own, or one somewhere else."""

    base: str
    is_local: bool

    @property
    def name(self) -> str:
        """How a person would call it."""
        return t("this computer") if self.is_local else urlsplit(self.base).netloc


@dataclass(frozen=True, slots=True)
class Scene:
    """A page and what it says. ``notice`` is why one came here, ``details`` somebody's last words."""

    stage: Stage
    place: Place | None = None
    notice: str = ""
    details: str = ""
    companies: Sequence[CompanyChoiceOut] = ()


#: What the local appliance does before it is ready, in order.
STEPS = (
    mark("Preparing the database"),
    mark("Creating the tables"),
    mark("Starting the services"),
)


def step_of(words: str) -> int | None:
    """The step that an appliance's own words are about, or None where they say nothing of it."""
    for number, beginning in ((2, "Starting the services"), (1, "Preparing the tables"), (0, "Preparing")):
        if words.startswith(beginning):
            return number
    return None


@dataclass(frozen=True, slots=True)
class Address:
    """A typed address. ``is_open`` means that others on the network can read along."""

    base: str
    is_open: bool = False


class AddressWrong(Exception):
    """The text is a sentence for the person who typed it."""


def read_address(typed: str) -> Address:
    """What a person may mean: the scheme may be missing, and only encrypted ways lead out of the building.

    Raises:
        AddressWrong: no address, or one that would send passwords over the internet in the clear.
    """
    text = typed.strip()
    if not text:
        raise AddressWrong(t("Type the address of the server."))
    parts = _split(text if "://" in text else f"//{text}")
    is_near = _is_near(parts.hostname or "")
    scheme = parts.scheme or ("http" if is_near else "https")
    if scheme not in ("http", "https"):
        raise AddressWrong(t("The address begins with https://."))
    if scheme == "http" and not is_near:
        raise AddressWrong(
            t("Outside your own network the address has to begin with https://, so that nobody reads along.")
        )
    return Address(f"{scheme}://{parts.netloc}", is_open=scheme == "http" and not _is_this_machine(parts))


def _split(text: str) -> SplitResult:
    wrong = AddressWrong(t("This is not an address. It looks like https://masteria.yourcompany.com."))
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise wrong from None
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password
    if rest or port == 0 or not (_HOST.fullmatch(host) or _ip(host)):
        raise wrong
    return parts


def _is_near(host: str) -> bool:
    """This machine or its own network, as far as a name tells."""
    if address := _ip(host):
        return address.is_private or address.is_loopback or address.is_link_local
    return "." not in host.rstrip(".") or host.rstrip(".").endswith(_NEAR)


def _is_this_machine(parts: SplitResult) -> bool:
    address = _ip(parts.hostname or "")
    return parts.hostname == "localhost" or (address is not None and address.is_loopback)


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


class Strength(StrEnum):
    """How hard a password is to guess, roughly."""

    SHORT = "short"
    WEAK = "weak"
    FAIR = "fair"
    STRONG = "strong"


def strength(password: str) -> Strength:
    """Length counts most: three ordinary words are better than eight strange signs."""
    if len(password) < MIN_PASSWORD:
        return Strength.SHORT
    kinds = sum(
        any(test(c) for c in password)
        for test in (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
    )
    different = len(set(password.lower()))
    if different < _ENOUGH_DIFFERENT + 2 or password.isdigit():
        return Strength.WEAK
    if len(password) >= _STRONG or kinds >= 3:
        return Strength.STRONG
    return Strength.FAIR


@dataclass(frozen=True, slots=True)
class Founding:
    """What a founder filled in."""

    company: str
    name: str
    email: str = field(repr=False)
    password: str = field(repr=False)

    def wrong(self) -> dict[str, str]:
        """A sentence for every field that cannot be taken."""
        found = {
            "company": "" if self.company.strip() else t("Type the name of your company."),
            "name": "" if self.name.strip() else t("Type your name."),
            "email": _wrong_new_email(self.email),
            "password": _wrong_new_password(self.password),
        }
        for field_name, value in (("company", self.company), ("name", self.name)):
            if len(value) > MAX_LINE:
                found[field_name] = t("This is too long.")
        return {name: sentence for name, sentence in found.items() if sentence}


@dataclass(frozen=True, slots=True)
class SigningIn:
    """What somebody typed to come in."""

    email: str = field(repr=False)
    password: str = field(repr=False)

    def wrong(self) -> dict[str, str]:
        """A sentence for every field that cannot be taken."""
        found = {
            "email": _wrong_email(self.email),
            "password": "" if self.password else t("Type your password."),
        }
        if len(self.password) > MAX_PASSWORD:
            found["password"] = t("This is too long.")
        return {name: sentence for name, sentence in found.items() if sentence}


def _wrong_email(email: str) -> str:
    """Only its rough form; the rest is the mail server's business."""
    if not email.strip():
        return t("Type your e-mail address.")
    is_one = _EMAIL.fullmatch(email.strip()) is not None and len(email) <= 254
    return "" if is_one else t("This is not an e-mail address.")


def _wrong_new_email(email: str) -> str:
    """A typing error in the first owner's address would lock them out of getting mail there."""
    domain = email.strip().rpartition("@")[2]
    is_whole = _DOMAIN.fullmatch(domain) is not None
    return _wrong_email(email) or ("" if is_whole else t("This is not an e-mail address."))


def _wrong_new_password(password: str) -> str:
    if len(password) < MIN_PASSWORD:
        return t("Use at least {count} characters.", count=MIN_PASSWORD)
    if len(password) > MAX_PASSWORD:
        return t("This is too long.")
    if len(set(password)) < _ENOUGH_DIFFERENT:
        return t("Use more than the same character again and again.")
    return ""
