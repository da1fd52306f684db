"""What each vendor needs to connect a number, where it is found there, and what to enter there."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from embedded_server.contract.channels import ChannelIn, ChannelKindName, ProviderName
from embedded_server.contract.words import mark, t

#: Parts of a number that are shown; every other ask is a secret of its own.
_OPEN = frozenset({"name", "sender", "account"})


@dataclass(frozen=True, slots=True)
class Ask:
    """One field of a form. Texts are message ids; ``pattern`` is what the vendor's own values look like."""

    key: str
    label: str
    hint: str
    pattern: str
    wrong: str
    is_masked: bool = False
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Vendor:
    """One way to connect a number. ``needs`` and ``receiving`` are steps, in order."""

    provider: ProviderName
    kind: ChannelKindName
    title: str
    needs: tuple[str, ...]
    asks: tuple[Ask, ...]
    receiving: tuple[str, ...]

    @property
    def secrets(self) -> tuple[Ask, ...]:
        return tuple(ask for ask in self.asks if ask.key not in _OPEN)

    def number(self, said: dict[str, str]) -> ChannelIn:
        """The number as the form says it, to be tried out or kept."""
        return ChannelIn(
            kind=self.kind,
            provider=self.provider,
            name=said["name"],
            sender=said["sender"],
            account=said["account"],
            secrets={ask.key: SecretStr(said[ask.key]) for ask in self.secrets if said.get(ask.key)},
        )


_UNBROKEN = r"\S{8,2000}"
_BROKEN = mark("Copy all of it, without spaces.")
_NAME = Ask(
    "name",
    mark("Name of the connection"),
    mark("Only your team sees it, for example “Shop downtown”."),
    r".{1,200}",
    mark("Give it a name."),
)

META = Vendor(
    ProviderName.META,
    ChannelKindName.WHATSAPP,
    mark("Connect WhatsApp (Meta)"),
    needs=(
        mark("An account at developers.facebook.com with an app of type “Business” that has WhatsApp."),
        mark("A phone number that is not in use in the WhatsApp app. You add it there, under API setup."),
        mark(
            "A system user's token: business.facebook.com, Settings, System users, Generate token, with "
            "whatsapp_business_messaging and whatsapp_business_management. Choose “never expires”."
        ),
        mark("A payment method in the WhatsApp account, for messages you begin."),
    ),
    asks=(
        _NAME,
        Ask(
            "sender",
            mark("Phone number id"),
            mark("At Meta: your app, WhatsApp, API setup. Digits only; it is not the phone number."),
            r"\d{5,20}",
            mark("This is not an id of Meta: it has digits only, and it is not the phone number."),
        ),
        Ask(
            "account",
            mark("WhatsApp account id"),
            mark("On the same page, “WhatsApp Business Account ID”."),
            r"\d{5,20}",
            mark("This is not an id of Meta: it has digits only."),
        ),
        Ask(
            "access_token",
            mark("Access token"),
            mark("The system user's token. It begins with EAA."),
            _UNBROKEN,
            _BROKEN,
            is_masked=True,
        ),
        Ask(
            "app_secret",
            mark("App secret"),
            mark("Your app, App settings, Basic. It proves that a message comes from Meta."),
            _UNBROKEN,
            _BROKEN,
            is_masked=True,
        ),
        Ask(
            "app_id",
            mark("App id"),
            mark("At the top of the same page. With it we warn you before the token ends."),
            r"\d{5,20}",
            mark("This is not an id of Meta: it has digits only."),
            is_optional=True,
        ),
    ),
    receiving=(
        mark("At Meta, open your app, WhatsApp, Configuration."),
        mark("Under Webhook choose Edit and paste the address and the verify token. Save."),
        mark("Under Webhook fields subscribe to “messages” and “message_template_status_update”."),
    ),
)

TWILIO = Vendor(
    ProviderName.TWILIO,
    ChannelKindName.SMS,
    mark("Connect SMS (Twilio)"),
    needs=(
        mark("An account at twilio.com with credit. A trial account writes to confirmed numbers only."),
        mark("A number of that account that may send SMS, or a messaging service."),
        mark("The account SID and the auth token, both on the first page of Twilio's console."),
    ),
    asks=(
        _NAME,
        Ask(
            "account",
            mark("Account SID"),
            mark("On the first page of Twilio's console. It begins with AC."),
            r"AC[0-9a-zA-Z]{32}",
            mark("An account SID begins with AC and has 34 characters."),
        ),
        Ask(
            "auth_token",
            mark("Auth token"),
            mark("Below the account SID. It also proves that a message comes from Twilio."),
            _UNBROKEN,
            _BROKEN,
            is_masked=True,
        ),
        Ask(
            "sender",
            mark("Number or messaging service"),
            mark("The number with + and country code, or a service that begins with MG."),
            r"\+\d{6,15}|MG[0-9a-fA-F]{32}|\d{3,6}",
            mark("Write the number as +5511…, or a messaging service as MG…"),
        ),
        Ask(
            "api_key_sid",
            mark("API key SID"),
            mark("If you prefer a key you can revoke. It begins with SK."),
            r"SK[0-9a-zA-Z]{32}",
            mark("An API key begins with SK and has 34 characters."),
            is_optional=True,
        ),
        Ask(
            "api_key_secret",
            mark("API key secret"),
            mark("Twilio shows it once, when the key is made."),
            _UNBROKEN,
            _BROKEN,
            is_masked=True,
            is_optional=True,
        ),
    ),
    receiving=(
        mark("In Twilio's console, open Phone numbers, your number, Configure."),
        mark("Under Messaging, “A message comes in”, choose Webhook, paste the address and POST. Save."),
        mark(
            "With a messaging service: open it, Integration, “Send a webhook”, and paste the address there."
        ),
        mark("Reports of delivery need nothing: each message tells Twilio where to report."),
    ),
)

VENDORS = {vendor.provider: vendor for vendor in (META, TWILIO)}


def of(provider: ProviderName) -> Vendor:
    return VENDORS[provider]


def numbered(steps: tuple[str, ...]) -> list[str]:
    """Steps with their numbers, translated."""
    return [f"{place}. {t(step)}" for place, step in enumerate(steps, 1)]
