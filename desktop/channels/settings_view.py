"""What a company decides about a number: its name, its pace, what a message costs, and its credentials."""

from __future__ import annotations

import math

from pydantic import SecretStr
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from desktop.channels.form import Form
from desktop.channels.vendors import Vendor
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.dialog import Dialog
from desktop.widgets.fields import Field, Select, TextField
from desktop.widgets.layouts import STRETCH, column, hug, row, rule
from desktop.widgets.text import Text
from embedded_server.contract.channels import ChannelModeName, ChannelOut, Price
from embedded_server.contract.words import number, spoken, t

_DEAREST = 1000
_CURRENCIES = (("BRL", "R$"), ("USD", "US$"), ("EUR", "€"))


class SettingsView(QWidget):
    """``renamed`` carries a name, ``limited`` a pace and a price or None, ``replaced`` secrets by name."""

    renamed = Signal(str)
    limited = Signal(float, object)
    replaced = Signal(object)

    def __init__(self, vendor: Vendor | None) -> None:
        super().__init__()
        self._vendor = vendor
        self._shown: ChannelOut | None = None
        self._most = 1.0
        self._build()
        self._wire()

    def show_channel(self, channel: ChannelOut) -> None:
        """What somebody is writing stays when only something else about the number changed."""
        before, self._shown = self._shown, channel
        self._most = max(channel.rate_limit, channel.rate)
        most = number(channel.rate_limit)
        self.pace_field.show_hint(
            t("The vendor allows {most} a second for this number.", most=most)
            if self._vendor
            else t("Up to {most} a second; the slower, the safer for the number.", most=most)
        )
        if before is None or before.name != channel.name:
            self.name.setText(channel.name)
        if before is None or (before.rate, before.settings) != (channel.rate, channel.settings):
            self._show_limits(channel)
        self.swap.setVisible(self._vendor is not None and channel.mode is ChannelModeName.LIVE)
        for part in self._of_vendor:
            part.setVisible(self._vendor is not None)

    def show_busy(self, name: str, busy: bool) -> None:
        if name == "change":
            for button in (self.rename, self.save, self.swap):
                button.setEnabled(not busy)

    def _show_limits(self, channel: ChannelOut) -> None:
        price = channel.settings.get("price") or {}
        self.pace.setText(plain(channel.rate))
        self.price.setText(plain(float(price.get("amount") or 0)))
        currency = price.get("currency", "BRL")
        if currency not in dict(_CURRENCIES):
            self.currency.show_items([*_CURRENCIES, (currency, currency)])
        self.currency.choose(currency)

    def _build(self) -> None:
        self.name = TextField()
        self.rename = Button(t("Rename"))
        self.name_field = Field(t("Name of the connection"), self.name)
        self.pace = TextField()
        self.pace_field = Field(t("Messages a second"), self.pace)
        self.price = TextField()
        self.currency = Select(_CURRENCIES)
        hint = t("For the estimate before a campaign. 0 means no estimate.")
        self.price_field = Field(t("Price of one message"), self.price, hint=hint)
        self.currency_field = Field(t("Currency"), self.currency)
        self.save = Button(t("Save limits"))
        self.swap = Button(t("Replace credentials"), icon="key-round")
        prices = row(self.price_field, self.currency_field, gap="m")
        prices.setStretch(0, 1)
        prices.setAlignment(self.currency_field, Qt.AlignmentFlag.AlignTop)
        last_rule = rule()
        self._of_vendor = (self.price_field, self.currency_field, last_rule)
        self.setLayout(
            column(
                self.name_field,
                row(hug(self.rename), STRETCH),
                rule(),
                self.pace_field,
                prices,
                row(hug(self.save), STRETCH),
                last_rule,
                row(hug(self.swap), STRETCH),
                gap="m",
            )
        )

    def _wire(self) -> None:
        self.rename.clicked.connect(self._on_rename)
        self.name.returnPressed.connect(self._on_rename)
        self.save.clicked.connect(self._on_save)
        self.swap.clicked.connect(self._on_swap)

    def _on_rename(self) -> None:
        name = self.name.text().strip()
        if not 1 <= len(name) <= 200:
            self.name_field.show_error(t("Give it a name."))
            return
        self.name_field.clear_error()
        self.renamed.emit(name)

    def _on_save(self) -> None:
        pace, amount = read_number(self.pace.text()), read_number(self.price.text() or "0")
        for field in (self.pace_field, self.price_field):
            field.clear_error()
        if pace is None or not 0 < pace <= self._most:
            self.pace_field.show_error(t("Write a number up to {most}.", most=number(self._most)))
        elif amount is None or amount > _DEAREST:
            self.price_field.show_error(t("Write an amount, as 0,35."))
        else:
            price = Price(amount=amount, currency=str(self.currency.value())) if amount else None
            self.limited.emit(pace, price)

    def _on_swap(self) -> None:
        if self._vendor is None:
            return
        dialog = SecretsDialog(self._vendor, self)
        dialog.accepted.connect(lambda: self.replaced.emit(dialog.secrets()))
        dialog.open()


class SecretsDialog(Dialog):
    """New credentials in place of kept ones. They go to the appliance and are never shown again."""

    def __init__(self, vendor: Vendor, parent: QWidget | None = None) -> None:
        super().__init__(t("Replace credentials"), width=520, parent=parent)
        self.form = Form(vendor.secrets, blank_is_fine=True)
        self.add(Text(t("What you leave empty stays as it is. Nothing of it is shown again."), wrap=True))
        self.add(self.form)
        self.add_button(t("Cancel"), Kind.PLAIN, QDialog.DialogCode.Rejected)
        self.save = self.add_button(t("Replace and test"), Kind.PRIMARY)
        self.save.clicked.connect(self._on_save)
        self.finished.connect(lambda _: self.form.clear())
        self.finished.connect(self.deleteLater)
        self._secrets: dict[str, SecretStr] = {}

    def secrets(self) -> dict[str, SecretStr]:
        """What was written, by name."""
        return self._secrets

    def _on_save(self) -> None:
        if not self.form.check():
            return
        self._secrets = {name: SecretStr(said) for name, said in self.form.said().items() if said}
        self.done(QDialog.DialogCode.Accepted if self._secrets else QDialog.DialogCode.Rejected)


def plain(value: float) -> str:
    """A number to write on: without separators of thousands, with the language's decimals."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return text if spoken() == "en" else text.replace(".", ",")


def read_number(typed: str) -> float | None:
    """What somebody wrote with a comma or a point before the decimals; None when it is no number."""
    text = typed.strip().replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
