"""Words for what the appliance tells in codes: sources, proofs of wishes, and what is wrong with a row."""

from __future__ import annotations

from collections.abc import Mapping

from desktop.client.errors import Refused
from desktop.shell.sentences import sentence
from embedded_server.contract.base import FieldError
from embedded_server.contract.contacts import IdentityKindName
from embedded_server.contract.words import mark, t

SOURCES = {
    "manual": mark("Added by hand"),
    "import": mark("Imported from a file"),
    "message": mark("Wrote to us"),
}
METHODS = {
    "keyword": mark("Wrote it in a message"),
    "provider": mark("Told by the provider"),
    "team": mark("Recorded by the team"),
    "import": mark("Came with an imported file"),
    "form": mark("Filled in a form"),
}
ADDRESSES = {
    IdentityKindName.PHONE: mark("Phone"),
    IdentityKindName.WA_ID: mark("WhatsApp number"),
    IdentityKindName.BSUID: mark("WhatsApp id for this company"),
    IdentityKindName.LID: mark("WhatsApp private id"),
    IdentityKindName.USERNAME: mark("WhatsApp user name"),
    IdentityKindName.GROUP: mark("WhatsApp group"),
}
#: Why a row of a file, or a number somebody typed, is none: the appliance's own sentences by their codes.
FAULTS = {
    "phone_empty": mark("There is no phone number."),
    "phone_not_a_number": mark("This is not a phone number."),
    "phone_rounded": mark(
        "The spreadsheet rounded this number. Format the column as text and type it again."
    ),
    "phone_several": mark("There is more than one number here. Keep one."),
    "phone_extension": mark("A number with an extension cannot receive messages."),
    "phone_no_area_code": mark("The area code is missing or does not exist."),
    "phone_too_short": mark("The number has too few digits."),
    "phone_too_long": mark("The number has too many digits."),
    "phone_invalid": mark("No such number can exist in its country."),
    "row_too_many_cells": mark("This row has more cells than the header. Quotes may be missing."),
    "row_unbalanced_quote": mark("A quotation mark on this line is never closed."),
    "row_line_too_long": mark("This line is longer than any contact can be."),
    "row_cell_too_long": mark("A cell on this line holds more than 131,072 characters."),
}
_SHAPES = {
    "string_too_long": mark("This is too long."),
    "string_too_short": mark("Something is missing here."),
    "too_long": mark("There are too many of these."),
    "too_short": mark("Something is missing here."),
}
_EMAIL = mark("This is not an e-mail address.")
_COLOR = mark("This is not a color.")
_OTHERWISE = mark("This cannot be kept as it is.")
#: Which field of a form a refusal is about.
_AT_FAULT = {
    "phone_refused": "phone",
    "phone_taken": "phone",
    "field_refused": "custom",
    "tag_exists": "name",
    "tag_refused": "name",
    "segment_exists": "name",
    "segment_refused": "name",
}


def source(code: str) -> str:
    return _known(SOURCES, code)


def method(code: str) -> str:
    return _known(METHODS, code)


def fault(code: str, message: str) -> str:
    """What is wrong with a row; the appliance names the column before its sentence."""
    told = FAULTS.get(code)
    if told is None:
        return t(message)
    column = message.removesuffix(told).removesuffix(": ") if message.endswith(told) else ""
    return t("{column}: {what}", column=column, what=t(told)) if column else t(told)


def faults_by_field(error: Refused) -> dict[str, str]:
    """What to write below which field of a form; empty where the refusal is about none of them."""
    if error.errors:
        return {wrong.field.partition(".")[0]: _shape_fault(wrong) for wrong in reversed(error.errors)}
    name = _AT_FAULT.get(error.code)
    return {name: sentence(error)} if name else {}


def _shape_fault(wrong: FieldError) -> str:
    if wrong.code == "string_pattern_mismatch":
        return t(_EMAIL if wrong.field.startswith("email") else _COLOR)
    return t(_SHAPES.get(wrong.code, _OTHERWISE))


def _known(table: Mapping[str, str], code: str) -> str:
    return t(table[code]) if code in table else code
