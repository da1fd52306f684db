"""My devices: where one is signed in, signing one out, and letting a new one in by the code it shows."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, Qt, QTimer
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from desktop.shell.async_view import AsyncView
from desktop.shell.notices import Tone
from desktop.shell.screen import Surroundings
from desktop.welcome.device_rows import DeviceRow, FoundDevice
from desktop.welcome.devices_presenter import Adding, DevicesPresenter, Step
from desktop.welcome.parts import Notice
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.dialog import Confirm, Dialog
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.fields import Field, TextField
from desktop.widgets.layouts import STRETCH, TopDown, clear, column, holder, row
from desktop.widgets.progress import Progress
from desktop.widgets.skeleton import Skeleton
from desktop.widgets.text import Text
from embedded_server.contract.labels import Color
from embedded_server.contract.session import DeviceOut
from embedded_server.contract.words import t, tn

_WIDTH = 560
_LIST_HEIGHT = 260


class DevicesDialog(Dialog):
    """Opened with ``open()``; it goes when it is closed, and nothing stays open behind it."""

    def __init__(self, surroundings: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(t("My devices"), width=_WIDTH, parent=parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._around = surroundings
        self.presenter = DevicesPresenter(surroundings.session)
        self.rows: list[DeviceRow] = []
        self._since = QElapsedTimer()
        self._seconds = 0
        self._tick = QTimer(self, interval=500)
        self._tick.timeout.connect(self._count)
        self._build()
        self._wire()
        self.show_adding(self.presenter.adding)
        self.presenter.refresh()

    def show_adding(self, adding: Adding) -> None:
        """What is seen of adding a device at this step."""
        step = adding.step
        is_counting = step in (Step.EXPECTING, Step.DECIDING)
        self.list_part.setVisible(not is_counting and step is not Step.OVER)
        self.code_part.setVisible(step is Step.EXPECTING)
        self.found.setVisible(step is Step.DECIDING)
        self.clock.setVisible(is_counting)
        self.over.setVisible(step is Step.OVER)
        self.add_button_.setVisible(not is_counting)
        self.add_button_.show_text(t("Try again") if step is Step.OVER else t("Add a device"))
        self.back.setVisible(is_counting or step is Step.OVER)
        self._tick.start() if is_counting else self._tick.stop()
        if step is Step.EXPECTING:
            self._begin_clock(adding.seconds)
            self.code.setFocus()
        elif step is Step.DECIDING and adding.device is not None:
            self.found.show_device(adding.device)
        elif step is Step.ADDED and adding.device is not None:
            done = t("“{device}” may come in now.", device=adding.device.name)
            self._around.notices.toast(done, Tone.GOOD)

    def show_devices(self) -> None:
        clear(self._list)
        self.rows = [self._row(device) for device in self.presenter.devices]
        for one in self.rows:
            self._list.addWidget(one)

    def _row(self, device: DeviceOut) -> DeviceRow:
        made = DeviceRow(device, is_current=device.id == self.presenter.current)
        made.revoke_wanted.connect(lambda: self._confirm(device))
        return made

    def _confirm(self, device: DeviceOut) -> None:
        question = Confirm(
            t("Disconnect this device?"),
            t("“{device}” has to sign in again before it can be used.", device=device.name),
            verb=t("Disconnect"),
            danger=True,
            parent=self,
        )
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.accepted.connect(lambda: self.presenter.revoke(device.id))
        question.open()

    def _begin_clock(self, seconds: int) -> None:
        self.code.clear()
        self.code_field.clear_error()
        self._seconds = seconds
        self._since.start()
        self._count()

    def _count(self) -> None:
        left = max(0, self._seconds - self._since.elapsed() // 1000)
        self.left.show_text(tn("{count} second left", "{count} seconds left", left))
        self.bar.show_share(left, self._seconds, color="accent" if left > 20 else "orange")
        if not left:
            self.presenter.run_out()

    def _build(self) -> None:
        self._list: QVBoxLayout = TopDown()
        self._list.setContentsMargins(0, 0, 0, 0)
        self.list_part = AsyncView(
            holder(self._list), EmptyState("monitor", t("No device")), skeleton=Skeleton(avatar=False)
        )
        self.list_part.setMinimumHeight(_LIST_HEIGHT)
        self._build_code()
        self.found = FoundDevice()
        self.left, self.bar = Text("", "small"), Progress()
        self.clock = holder(column(self.bar, self.left, gap="xs"))
        self.over = Notice(Color.YELLOW, "clock")
        self.over.show_text(
            t("The wait is over: two minutes passed, or too many codes were wrong. No device came in.")
        )
        for part in (self.list_part, self.code_part, self.found, self.clock, self.over):
            self.add(part)
        self.add_button_ = Button(t("Add a device"), kind=Kind.PRIMARY, icon="plus")
        self.back = Button(t("Go back"))
        self.buttons.insertWidget(0, self.add_button_)
        self.buttons.addWidget(self.back)
        self.close_button = self.add_button(t("Close"), Kind.PLAIN, QDialog.DialogCode.Rejected)
        for button in (self.add_button_, self.back, self.close_button):
            button.setAutoDefault(False)

    def _build_code(self) -> None:
        self.code = TextField("ABCD-EFGH")
        self.code_field = Field(t("Code on the new device"), self.code)
        self.go = Button(t("Continue"), kind=Kind.PRIMARY)
        self.go.setAutoDefault(False)
        how = t(
            "On the new device open Master IA, choose “Sign in to a company server” and then “Sign in with a "
            "code”. Type here the code it shows."
        )
        caution = Notice(Color.YELLOW, "shield-alert")
        caution.show_text(t("Never type a code that somebody sent you. It would let them in as you."))
        self.code_part = holder(
            column(Text(how, wrap=True), self.code_field, row(self.go, STRETCH), caution, gap="m")
        )

    def _wire(self) -> None:
        presenter = self.presenter
        self.list_part.follow(presenter)
        self.list_part.retry.connect(presenter.refresh)
        presenter.listed.connect(self.show_devices)
        presenter.adding_changed.connect(self.show_adding)
        presenter.code_wrong.connect(self._show_wrong)
        presenter.busy_changed.connect(self._show_busy)
        presenter.failed.connect(self._around.notices.bad)
        self.add_button_.clicked.connect(presenter.expect)
        self.back.clicked.connect(presenter.give_up)
        self.go.clicked.connect(self._find)
        self.code.returnPressed.connect(self._find)
        self.code.textEdited.connect(self.code_field.clear_error)
        self.found.allow.clicked.connect(lambda: presenter.decide(approve=True))
        self.found.refuse.clicked.connect(lambda: presenter.decide(approve=False))
        self.finished.connect(presenter.leave)

    def _find(self) -> None:
        if self.code.text().strip():
            self.presenter.find(self.code.text().strip())
        else:
            self._show_wrong(t("Type the code that the new device shows."))

    def _show_wrong(self, sentence: str) -> None:
        self.code_field.show_error(sentence)
        self.code.selectAll()
        self.code.setFocus()

    def _show_busy(self, is_busy: bool) -> None:
        for button in (self.add_button_, self.go, self.found.allow, self.found.refuse):
            button.setEnabled(not is_busy)
