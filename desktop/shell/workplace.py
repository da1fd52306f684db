"""What a signed-in person sees: the rail, the screens beside it, and everything that lies over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.shell.account_menu import AccountMenu
from desktop.shell.banner import OfflineBanner
from desktop.shell.bell import Bell
from desktop.shell.news_presenter import NewsPresenter
from desktop.shell.notices import Toast
from desktop.shell.palette import Palette
from desktop.shell.palette_presenter import PalettePresenter
from desktop.shell.preferences import THEME
from desktop.shell.rail import Rail, edge
from desktop.shell.screen import Screen, ScreenView, Surroundings
from desktop.shell.shortcut_sheet import ShortcutSheet
from desktop.shell.shortcuts import key_text
from desktop.shell.window import Window
from desktop.widgets.layouts import column, holder
from desktop.widgets.theme import Mode, theme
from desktop.widgets.toast import ToastStack
from embedded_server.contract.words import t

_SCREEN = "window/screen"


class Workplace(QWidget):
    """One session's page of the window; gone with it.

    Screens are built when they are first shown. ``unread_changed`` carries the number for the tray.
    """

    devices_wanted = Signal()
    sign_out_wanted = Signal()
    quit_wanted = Signal()
    unread_changed = Signal(int)

    def __init__(self, around: Surroundings, screens: Sequence[Screen], window: Window) -> None:
        super().__init__()
        self._around, self._window = around, window
        self._screens = {one.name: one for one in screens if around.session.may(one.permission)}
        self._views: dict[str, ScreenView] = {}
        self._actions: list[QAction] = []
        self.current = ""
        self._build()
        self._wire()
        self._bind()

    def begin(self) -> None:
        """Show what was shown last, and start to follow the company's news."""
        last = self._around.preferences.text(_SCREEN)
        self.show_screen(last if last in self._screens else next(iter(self._screens)))
        self.banner.show_online(self._around.session.is_online)
        self.news.begin()

    def show_screen(self, name: str, target: object = None) -> None:
        """Raises KeyError for a screen there is not."""
        if name not in self._screens:
            self._around.notices.bad(t("Your role in this company does not allow this."))
            return
        view = self.view(name)
        if name != self.current:
            if self.current:
                self._views[self.current].hidden()
            self.current = name
            self._around.preferences.keep(_SCREEN, name)
            self.stack.setCurrentWidget(view)
            self.rail.choose(name)
            self._window.show_title(t(self._screens[name].title))
            # Keys of the screen act from now on, before anything in it was clicked.
            view.setFocus(Qt.FocusReason.OtherFocusReason)
            view.shown()
        if target is not None:
            view.open(target)

    def view(self, name: str) -> ScreenView:
        """The widget of a screen, built now if it was not there yet."""
        if name not in self._views:
            self._views[name] = view = self._screens[name].build(self._around)
            self.stack.addWidget(view)
        return self._views[name]

    def dock(self, strip: QWidget) -> None:
        """Give something a place above the screens for as long as it wants to be seen."""
        place = holder(column(strip, margins="m"))
        place.setVisible(strip.isVisibleTo(place))
        strip.wanted_changed.connect(place.setVisible)  # type: ignore[attr-defined]
        self._right.insertWidget(1, place)

    def leave(self) -> None:
        """Before it goes: nothing is asked any more, and the window keeps none of its keys."""
        for presenter in (self.news, self.palette_presenter):
            presenter.tasks.cancel_all()
        if self.current:
            self._views[self.current].hidden()
        for action in self._actions:
            self._window.removeAction(action)
            action.deleteLater()
        self._actions.clear()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape or not self.toasts.close_newest():
            super().keyPressEvent(event)

    def _build(self) -> None:
        self.rail = Rail()
        for n, one in enumerate(self._screens.values(), 1):
            key = key_text(f"screen.{n}")
            self.rail.add_screen(one.name, one.icon, t(one.title), key, at_bottom=one.at_bottom)
        self.bell_button = self.rail.add_foot("bell", t("Notifications"), key_text("bell"))
        self.account_button = self.rail.add_foot("settings", t("Account and settings"), key_text("account"))
        self.banner = OfflineBanner()
        self.stack = QStackedWidget()
        self.bell = Bell(self._around.notices, self._around.navigator, self)
        self.news = NewsPresenter(self._around.session, self._around.notices, self)
        screens = list(self._screens.values())
        self.palette_presenter = PalettePresenter(self._around, screens, self)
        self.command_palette = Palette(self.palette_presenter, self)
        self._lay_out()
        self.toasts = ToastStack(self)

    def _lay_out(self) -> None:
        self._right = QVBoxLayout()
        self._right.setSpacing(0)
        self._right.addWidget(self.banner)
        self._right.addWidget(self.stack, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.rail)
        whole.addWidget(edge())
        whole.addLayout(self._right, 1)

    def _wire(self) -> None:
        around = self._around
        self.rail.chosen.connect(around.navigator.go)
        self.bell_button.clicked.connect(self._open_bell)
        self.account_button.clicked.connect(self._open_account)
        around.navigator.wanted.connect(self.show_screen)
        around.notices.toasted.connect(self._toast)
        around.notices.news_changed.connect(self._count_news)
        around.session.online_changed.connect(self.banner.show_online)
        self.news.counted.connect(self._on_unread)

    def _bind(self) -> None:
        for mode in Mode:
            self._command(f"theme.{mode}", partial(self._use_theme, mode))
        for n, one in enumerate(self._screens.values(), 1):
            title = t("Go to {screen}", screen=t(one.title))
            self._command(f"screen.{n}", partial(self._around.navigator.go, one.name), title)
        self._command("palette", self.command_palette.open)
        self._command("help", self._open_help)
        self._command("bell", self._open_bell)
        self._command("account", self._open_account)
        self._command("devices", self.devices_wanted.emit)
        self._command("undo", self.toasts.undo_newest)
        self._command("sign_out", self.sign_out_wanted.emit)
        self._command("quit", self.quit_wanted.emit)

    def _command(self, id_: str, run: Callable[[], object], title: str = "") -> None:
        self._actions.append(self._around.commands.bind(id_, self._window, run, title=title))

    def _use_theme(self, mode: Mode) -> None:
        self._around.preferences.keep(THEME, mode.value)
        theme.use(mode)

    def _open_help(self) -> None:
        sheet = ShortcutSheet(self._around.commands, self)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def _open_bell(self) -> None:
        self.bell.popup_beside(self.bell_button)

    def _open_account(self) -> None:
        button = self.account_button
        AccountMenu(self._around).popup_at(button, button.mapToGlobal(QPoint(button.width() + 8, 0)))

    def _toast(self, toast: Toast) -> None:
        self.toasts.show_toast(toast.text, toast.tone.value, toast.undo)

    def _count_news(self) -> None:
        self.bell_button.show_count(len(self._around.notices.news))

    def _on_unread(self, count: int) -> None:
        self.rail.show_count("inbox", count)
        self.unread_changed.emit(count)
