"""Why a vendor refuses or a number stands still, as sentences that say what happened and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from embedded_server.contract.channels import ProviderName
from embedded_server.contract.words import mark, t


@dataclass(frozen=True, slots=True)
class Reason:
    """Message ids: what happened, and what helps."""

    what: str
    help: str


_META_TOKEN = Reason(
    mark("Meta no longer accepts the access token."),
    mark("Make a new token at Meta and replace it under Settings. Then test and resume."),
)
_META_PERMISSION = Reason(
    mark("The token may not send: a permission is missing at Meta."),
    mark(
        "Give it whatsapp_business_messaging and whatsapp_business_management at Meta, then test and resume."
    ),
)
_META_UNKNOWN = Reason(
    mark("Meta does not find this number, or the token does not reach it."),
    mark("See at Meta whether the number is still there and whether the token's user may use the account."),
)
_META_QUALITY = Reason(
    mark("Meta limited this number: too many people blocked or reported it."),
    mark("Wait a day or more and write only to people who expect it. Then resume, more slowly."),
)
_META_CATEGORY = Reason(
    mark("Meta limited sending because templates are in the wrong category."),
    mark("Correct their categories in Meta's template manager and wait until the limit is lifted."),
)
_META_POLICY = Reason(
    mark("Meta blocked the account because of its policies."),
    mark("Open Account quality at Meta, see the reason and ask for a review."),
)
_META_NAME = Reason(
    mark("Meta has not approved the name people see."),
    mark("Correct the display name in Meta's number settings and wait for the approval."),
)
_META_UNREGISTERED = Reason(
    mark("The number is not registered with Meta's Cloud API."),
    mark("Register it at Meta under WhatsApp, API setup. Then test and resume."),
)
_META_PAYMENT = Reason(
    mark("Meta cannot charge for the messages."),
    mark("Check the payment method of the account at Meta, then resume."),
)
_META_REGISTRATIONS = Reason(
    mark("The number was registered too many times in a row."),
    mark("Wait 72 hours before you register it again, then resume."),
)
_META_APP = Reason(
    mark("Meta does not know this app id, or the app secret is another one."),
    mark("Copy both again from the app's basic settings at Meta."),
)
_TWILIO_TOKEN = Reason(
    mark("Twilio no longer accepts the account's credentials."),
    mark("Copy the auth token again from Twilio's console and replace it under Settings. Then resume."),
)
_TWILIO_ACCOUNT = Reason(
    mark("Twilio does not find this account."),
    mark("Check the account SID in Twilio's console."),
)
_TWILIO_SENDER = Reason(
    mark("Twilio does not let this number send."),
    mark("See in Twilio's console whether the number is yours and may send SMS."),
)
_TWILIO_SUSPENDED = Reason(
    mark("Twilio suspended the account."),
    mark("See the balance and the messages in Twilio's console, then resume."),
)
_TWILIO_UNREGISTERED = Reason(
    mark("Twilio asks that this number be registered before it may send."),
    mark("Complete the registration in Twilio's console, then resume."),
)
_TWILIO_PUMPING = Reason(
    mark("Twilio blocked the sending: it looked like abuse."),
    mark("Talk to Twilio's support before you resume."),
)
_LINK_GONE = Reason(
    mark("The phone unlinked this number, or WhatsApp did."),
    mark("Link it again with the phone. Conversations and settings are kept."),
)
_LINK_REPLACED = Reason(
    mark("Another program uses this number with the same link."),
    mark("Close it there, then choose “Use here”: two of them at once would cut each other off."),
)
_LINK_BANNED = Reason(
    mark("WhatsApp barred this number for a time."),
    mark("Open WhatsApp on the phone to see why. When it is lifted, try again here."),
)
_LINK_OUTDATED = Reason(
    mark("WhatsApp no longer accepts this version of Master IA."),
    mark("Update Master IA and try again. The link with the phone is kept."),
)
_LINK_FAILED = Reason(
    mark("The program that holds this number stopped several times in a row."),
    mark("Try again. If it stops again, unlink the number and link it once more."),
)
_CREDENTIALS = Reason(
    mark("The credentials cannot be used: they hold something that does not belong there."),
    mark("Enter them again under Settings, without spaces or line breaks. Then test and resume."),
)
_REFUSED = Reason(
    mark("The vendor refused and did not say why."),
    mark("Test the connection: the answer often says more. Then resume."),
)

_BY_PROVIDER: dict[ProviderName, dict[Reason, tuple[int, ...]]] = {
    ProviderName.META: {
        _META_TOKEN: (0, 190),
        _META_PERMISSION: (3, 10, 131005, *range(200, 300)),
        _META_UNKNOWN: (33, 100, 803),
        _META_QUALITY: (131048,),
        _META_CATEGORY: (131064,),
        _META_POLICY: (368, 131031),
        _META_NAME: (131037,),
        _META_UNREGISTERED: (131045, 133010),
        _META_PAYMENT: (131042, 134011),
        _META_REGISTRATIONS: (133016,),
        _META_APP: (101,),
    },
    ProviderName.TWILIO: {
        _TWILIO_TOKEN: (20003, 57012),
        _TWILIO_ACCOUNT: (20404,),
        _TWILIO_SENDER: (21212, 21603, 21606),
        _TWILIO_SUSPENDED: (30002,),
        _TWILIO_UNREGISTERED: (30034,),
        _TWILIO_PUMPING: (30450,),
    },
}
_CODES: dict[tuple[ProviderName, str], Reason] = {
    (provider, str(code)): reason
    for provider, reasons in _BY_PROVIDER.items()
    for reason, codes in reasons.items()
    for code in codes
}
#: Words of ours that stand where a vendor gave no code.
_OWN = {
    "refused": _REFUSED,
    "account": _CREDENTIALS,
    "inexpressible": _CREDENTIALS,
    "linked_logged_out": _LINK_GONE,
    "linked_replaced": _LINK_REPLACED,
    "linked_banned": _LINK_BANNED,
    "linked_outdated": _LINK_OUTDATED,
    "linked_failed": _LINK_FAILED,
}

_UNREACHABLE = Reason(
    mark("The vendor did not answer."),
    mark("Check this computer's internet connection and test again in a moment."),
)
_API_KEY = Reason(
    mark("Twilio does not accept the API key."),
    mark("Make another key in Twilio's console, or leave both fields of the key empty."),
)
_NUMBER_UNUSABLE = Reason(
    mark("At Meta the number is not connected, so it cannot send."),
    mark("See the number's state in Meta's number settings."),
)
_NUMBER_MISSING = Reason(
    mark("This number is not in the Twilio account."),
    mark("Check the number, or the account it belongs to."),
)
_ACCOUNT_UNUSABLE = Reason(
    mark("The Twilio account is not active."),
    mark("See what Twilio's console asks for: a payment, most often."),
)
_WEBHOOK_MISSING = Reason(
    mark("What customers write does not arrive here: the vendor was not told our address."),
    mark("Open Receiving and enter the address at the vendor."),
)
_PROBLEMS: dict[str, dict[ProviderName | None, Reason]] = {
    "unreachable": {None: _UNREACHABLE},
    "token_invalid": {ProviderName.META: _META_TOKEN, ProviderName.TWILIO: _TWILIO_TOKEN},
    "app_refused": {None: _META_APP},
    "api_key_invalid": {None: _API_KEY},
    "permission_missing": {None: _META_PERMISSION},
    "number_unusable": {None: _NUMBER_UNUSABLE},
    "number_missing": {None: _NUMBER_MISSING},
    "account_unusable": {None: _ACCOUNT_UNUSABLE},
    "webhook_missing": {None: _WEBHOOK_MISSING},
}


def of_code(provider: ProviderName, code: str | None) -> Reason | None:
    """What an error code means; None for one nobody here knows."""
    return _CODES.get((provider, code or "")) or _OWN.get(code or "")


def of_problem(provider: ProviderName, problem: str, code: str | None) -> Reason | None:
    """What a word of the inspection means; a plain refusal is told by the vendor's code."""
    if problem == "refused":
        return of_code(provider, code)
    found = _PROBLEMS.get(problem, {})
    return found.get(provider) or found.get(None)


def unknown_code(code: str) -> str:
    """A sentence for a code without one."""
    return t("The vendor stopped this number with code {code}.", code=code)
