"""Pages with a form: an address, a founding, a sign-in. What is wrong stands below its field."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.welcome.parts import Notice, Page
from desktop.welcome.password_hint import PasswordHint
from desktop.welcome.welcome_model import (
    MIN_PASSWORD,
    AddressWrong,
    Founding,
    Place,
    SigningIn,
    read_address,
)
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.fields import Field, TextField
from desktop.widgets.layouts import STRETCH, column, row
from embedded_server.contract.labels import Color
from embedded_server.contract.words import t


class Form(Page):
    """``back`` leaves it; ``submitted`` follows the button, and Enter in any field."""

    back = Signal()
    submitted = Signal()

    def __init__(self, title: str, lead: str, *, verb: str) -> None:
        super().__init__(title, lead)
        self.fields: dict[str, Field] = {}
        self.go = Button(verb, kind=Kind.PRIMARY)
        self.cancel = Button(t("Go back"), kind=Kind.QUIET)
        self._verb = verb
        self.go.clicked.connect(self.submitted)
        self.cancel.clicked.connect(self.back)

    def value(self, name: str) -> str:
        editor = self.fields[name].editor
        return editor.text() if isinstance(editor, QLineEdit) else ""

    def show_wrong(self, wrong: Mapping[str, str]) -> None:
        """Sentences by field; the first one gets the keys."""
        for name, one in self.fields.items():
            one.show_error(wrong[name]) if wrong.get(name) else one.clear_error()
        first = next((one for name, one in self.fields.items() if wrong.get(name)), None)
        if first is not None:
            first.editor.setFocus()
        others = [sentence for name, sentence in wrong.items() if name not in self.fields]
        self.notice.show_text(" ".join(others), Color.RED, "circle-alert")

    def show_failure(self, sentence: str) -> None:
        self.notice.show_text(sentence, Color.RED, "circle-alert")

    def show_reason(self, sentence: str) -> None:
        """Why one came here, which is nobody's mistake."""
        self.notice.show_text(sentence, Color.BLUE, "info")

    def show_busy(self, *, is_busy: bool) -> None:
        self.go.setEnabled(not is_busy)
        self.go.show_text(t("One moment…") if is_busy else self._verb)
        for one in self.fields.values():
            one.editor.setEnabled(not is_busy)
        if not is_busy and self.isVisible():
            self._focus_first_wrong()

    def reset(self) -> None:
        self.show_wrong({})

    def arrive(self) -> None:
        empty = [one for name, one in self.fields.items() if not self.value(name)]
        (empty or list(self.fields.values()))[0].editor.setFocus()

    def add(self, name: str, field: Field, *below: QWidget) -> Field:
        """A field, and what belongs right below it."""
        self.fields[name] = field
        self.body.addLayout(column(field, *below, gap="s"))
        if isinstance(field.editor, QLineEdit):
            field.editor.returnPressed.connect(self.submitted)
            field.editor.textEdited.connect(field.clear_error)
        return field

    def finish(self, *others: QWidget) -> None:
        """The row of buttons."""
        self.body.addLayout(row(self.go, *others, STRETCH, self.cancel))

    def _focus_first_wrong(self) -> None:
        wrong = [one for one in self.fields.values() if one.error]
        if wrong:
            wrong[0].editor.setFocus()


class FoundingPage(Form):
    """The company and its owner, for an installation that has neither."""

    sent = Signal(object)

    def __init__(self) -> None:
        super().__init__(
            t("Create your company"),
            t("You will be its owner. Everybody else is invited by you later."),
            verb=t("Create company"),
        )
        self.password_hint = PasswordHint()
        secret = TextField(secret=True)
        self.add("company", Field(t("Company"), TextField(t("For example: Padaria do João")), required=True))
        self.add("name", Field(t("Your name"), TextField(), required=True))
        self.add("email", Field(t("E-mail"), TextField(t("name@company.com")), required=True))
        hint = t("At least {count} characters. Three or four words that only you put together are good.")
        self.add(
            "password", Field(t("Password"), secret, hint=hint.format(count=MIN_PASSWORD), required=True)
        )
        self.body.addWidget(self.password_hint)
        secret.textChanged.connect(self.password_hint.show_password)
        self.submitted.connect(self._send)
        self.finish()

    def _send(self) -> None:
        self.sent.emit(
            Founding(
                company=self.value("company").strip(),
                name=self.value("name").strip(),
                email=self.value("email").strip(),
                password=self.value("password"),
            )
        )


class SignInPage(Form):
    """E-mail and password; on a server also the way by a code."""

    sent = Signal(object)
    code_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(t("Sign in"), "", verb=t("Sign in"))
        self.add("email", Field(t("E-mail"), TextField(t("name@company.com"))))
        self.add("password", Field(t("Password"), TextField(secret=True)))
        self.by_code = Button(t("Sign in with a code"), icon="smartphone")
        self.by_code.clicked.connect(self.code_wanted)
        self.submitted.connect(self._send)
        self.finish(self.by_code)

    def show_place(self, place: Place) -> None:
        self.say(t("Sign in"), t("On {server}", server=place.name))
        self.by_code.setVisible(not place.is_local)

    def reset(self) -> None:
        super().reset()
        password = self.fields["password"].editor
        if isinstance(password, QLineEdit):
            password.clear()

    def _send(self) -> None:
        self.sent.emit(SigningIn(self.value("email").strip(), self.value("password")))


class AddressPage(Form):
    """Where the company's server is."""

    sent = Signal(str)

    def __init__(self) -> None:
        super().__init__(
            t("Where is your company's server?"),
            t("Whoever looks after it knows the address."),
            verb=t("Continue"),
        )
        self.add("address", Field(t("Address"), TextField("https://masteria.suaempresa.com.br")))
        self.warning = Notice(Color.YELLOW, "lock-open")
        self.body.addWidget(self.warning)
        self.finish()
        editor = self.fields["address"].editor
        if isinstance(editor, QLineEdit):
            editor.textChanged.connect(self._warn)
        self.submitted.connect(self._send)

    def _send(self) -> None:
        self.sent.emit(self.value("address"))

    def _warn(self, typed: str) -> None:
        try:
            is_open = read_address(typed).is_open
        except AddressWrong:
            is_open = False
        warning = t(
            "This connection is not encrypted: others on the same network could read along. "
            "Use it only on a network you trust."
        )
        self.warning.show_text(warning if is_open else "")
