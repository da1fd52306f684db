"""How rows become contacts: whose numbers, which tags, who is known already, and what was agreed to."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup

from desktop.widgets.card import Card
from desktop.widgets.fields import Area, Check, Field, Radio, Select, TextField
from desktop.widgets.layouts import column, holder, row
from desktop.widgets.text import Text
from embedded_server.contract import labels
from embedded_server.contract.channels import ChannelKindName
from embedded_server.contract.imports import AgreementIn, ExistingName, ImportOptions
from embedded_server.contract.words import mark, t

_STATEMENT_HEIGHT = 72

#: Countries numbers without a country code may be from; the appliance knows every one.
REGIONS = {
    "BR": mark("Brazil"),
    "PT": mark("Portugal"),
    "AO": mark("Angola"),
    "MZ": mark("Mozambique"),
    "CV": mark("Cape Verde"),
    "AR": mark("Argentina"),
    "BO": mark("Bolivia"),
    "CL": mark("Chile"),
    "CO": mark("Colombia"),
    "MX": mark("Mexico"),
    "PY": mark("Paraguay"),
    "PE": mark("Peru"),
    "UY": mark("Uruguay"),
    "US": mark("United States"),
    "CA": mark("Canada"),
    "DE": mark("Germany"),
    "ES": mark("Spain"),
    "FR": mark("France"),
    "GB": mark("United Kingdom"),
    "IT": mark("Italy"),
    "JP": mark("Japan"),
}


class OptionsCard(Card):
    """Shows and reads the options of an import."""

    def __init__(self) -> None:
        super().__init__(t("Options"), gap="m")
        self._build()
        self.agreed.toggled.connect(self._on_agreed)

    def show_options(self, options: ImportOptions) -> None:
        regions: list[tuple[object, str]] = [(code, t(name)) for code, name in REGIONS.items()]
        if options.region not in REGIONS:
            regions.append((options.region, options.region))
        self.region.show_items(regions)
        self.region.choose(options.region)
        self.tags.setText(", ".join(options.tags))
        self.existing[options.existing].setChecked(True)
        agreement = options.agreement
        self.agreed.setChecked(agreement is not None)
        for kind, check in self.kinds.items():
            check.setChecked(agreement is None or kind in agreement.channel_kinds)
        self.statement.setPlainText(agreement.statement if agreement else "")
        self._on_agreed(agreement is not None)

    def options(self) -> ImportOptions | None:
        """What is chosen; None where something is missing, which is then said."""
        tags = [" ".join(name.split()) for name in self.tags.text().split(",")]
        existing = next(value for value, radio in self.existing.items() if radio.isChecked())
        agreement = self._agreement() if self.agreed.isChecked() else None
        if self.agreed.isChecked() and agreement is None:
            return None
        return ImportOptions(
            region=str(self.region.value()),
            tags=list(dict.fromkeys(name[:50] for name in tags if name))[:20],
            existing=existing,
            agreement=agreement,
        )

    def _agreement(self) -> AgreementIn | None:
        kinds = [kind for kind, check in self.kinds.items() if check.isChecked()]
        statement = self.statement.toPlainText().strip()
        if not kinds:
            self.field.show_error(t("Choose at least one channel."))
        elif not statement:
            self.field.show_error(t("Write what they agreed to, and how you know."))
            self.statement.setFocus()
        else:
            return AgreementIn(channel_kinds=kinds, statement=statement[:2000])
        return None

    def _build(self) -> None:
        self.region = Select()
        self.tags = TextField(t("For example: fair, 2025"))
        self.existing = {
            ExistingName.UPDATE: Radio(t("Fill in what the file says; empty cells change nothing")),
            ExistingName.KEEP: Radio(t("Leave them as they are")),
        }
        group = QButtonGroup(self)
        for radio in self.existing.values():
            group.addButton(radio)
        self.agreed = Check(t("These people agreed to be written to"))
        self.kinds = {kind: Check(labels.text(kind)) for kind in ChannelKindName}
        self.statement = Area(t("For example: signed the form at the counter in March 2025"))
        self.statement.setFixedHeight(_STATEMENT_HEIGHT)
        self.field = Field(t("What they agreed to, and how you know"), self.statement, required=True)
        self.statement.textChanged.connect(self.field.clear_error)
        self.agreement = holder(column(row(*self.kinds.values(), gap="l"), self.field, gap="s"))
        region = Field(t("Numbers without a country code are from"), self.region)
        tags = Field(t("Tags for everybody"), self.tags, hint=t("Separate them with commas."))
        two = row(region, tags, gap="l")
        two.setStretch(0, 1)
        two.setStretch(1, 1)
        self.add(two)
        self.add(Text(t("Contacts you already have"), "strong"))
        self.add(column(*self.existing.values(), gap=""))
        self.add(self.agreed)
        self.add(self.agreement)

    def _on_agreed(self, agreed: bool) -> None:
        self.agreement.setVisible(agreed)
        self.field.clear_error()
