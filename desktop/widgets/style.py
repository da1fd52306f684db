"""The style sheet: what Qt's own controls look like. Big views get colors by palette instead.

A sheet's background on an item view disables blitting and costs three times the scrolling, so none is set
there. ``@name`` stands for a color token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"@(\w+)")

_SHEET = """
QWidget { outline: none; }
QMainWindow, QDialog { background: @bg; }
QToolTip { background: @raised; color: @text; border: 1px solid @line2; padding: 4px 8px; }

QPushButton, QToolButton[kind] {
    background: @raised; color: @text; border: 1px solid @line2; border-radius: 8px;
    min-height: 34px; padding: 0 14px; font-weight: 600;
}
QToolButton[kind] { min-width: 34px; padding: 0; }
QPushButton:hover, QToolButton[kind]:hover { background: @hover; }
QToolButton[kind]:checked { background: @selected; }
QPushButton:pressed, QToolButton[kind]:pressed { background: @selected; }
QPushButton:disabled, QToolButton[kind]:disabled { color: @line2; border-color: @line; }
QPushButton:focus, QToolButton[kind]:focus { border: 2px solid @ring; min-height: 32px; }
QPushButton:focus { padding: 0 13px; }
QPushButton[kind="primary"] { background: @accent; color: @on_accent; border-color: @accent; }
QPushButton[kind="primary"]:hover { background: @accent_hover; border-color: @accent_hover; }
QPushButton[kind="primary"]:disabled { background: @neutral_bg; color: @neutral; border-color: @neutral_bg; }
QPushButton[kind="primary"]:focus { border: 2px solid @text; }
QPushButton[kind="danger"] { background: @danger; color: @on_danger; border-color: @danger; }
QPushButton[kind="danger"]:hover { background: @danger_hover; border-color: @danger_hover; }
QPushButton[kind="danger"]:disabled { background: @neutral_bg; color: @neutral; border-color: @neutral_bg; }
QPushButton[kind="danger"]:focus { border: 2px solid @text; }
QPushButton[kind="quiet"], QToolButton[kind="quiet"] { background: transparent; border-color: transparent; }
QPushButton[kind="quiet"]:hover, QToolButton[kind="quiet"]:hover { background: @hover; }
QPushButton[kind="quiet"]:focus, QToolButton[kind="quiet"]:focus { border: 2px solid @ring; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QDateTimeEdit, QComboBox {
    background: @bg; color: @text; border: 1px solid @line2; border-radius: 8px;
    padding: 0 10px; selection-background-color: @accent; selection-color: @on_accent;
    placeholder-text-color: @mute;
}
QLineEdit, QSpinBox, QDoubleSpinBox, QDateTimeEdit, QComboBox { min-height: 34px; max-height: 34px; }
QPlainTextEdit, QTextEdit { padding: 6px 8px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus,
QDateTimeEdit:focus, QComboBox:focus { border: 2px solid @ring; }
QLineEdit:focus, QComboBox:focus { padding: 0 9px; }
QPlainTextEdit:focus, QTextEdit:focus { padding: 5px 7px; }
QLineEdit[invalid="true"], QPlainTextEdit[invalid="true"], QComboBox[invalid="true"],
QSpinBox[invalid="true"], QDoubleSpinBox[invalid="true"], QDateTimeEdit[invalid="true"] {
    border: 2px solid @red;
}
QLineEdit[invalid="true"], QComboBox[invalid="true"] { padding: 0 9px; }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled { color: @mute; background: @surface; }
QComboBox::drop-down, QDateTimeEdit::drop-down { border: none; width: 28px; }
QComboBox::down-arrow, QDateTimeEdit::down-arrow { image: none; }
QSpinBox::up-button, QDoubleSpinBox::up-button, QDateTimeEdit::up-button,
QSpinBox::down-button, QDoubleSpinBox::down-button, QDateTimeEdit::down-button {
    border: none; background: transparent; width: 28px;
}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow, QDateTimeEdit::up-arrow,
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: none; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @line2; padding: 4px; }
QComboBox QAbstractItemView::item { min-height: 32px; padding: 0 8px; border-radius: 6px; color: @text; }
QComboBox QAbstractItemView::item:hover { background: @hover; }
QComboBox QAbstractItemView::item:selected { background: @selected; color: @text; }

QCalendarWidget QWidget#qt_calendar_navigationbar { background: @raised; }
QCalendarWidget QToolButton { background: transparent; color: @text; border: none; padding: 6px; }
QCalendarWidget QToolButton:hover { background: @hover; border-radius: 6px; }
QCalendarWidget QToolButton::menu-indicator { image: none; }
QCalendarWidget QSpinBox { min-height: 26px; max-height: 26px; }

QCheckBox, QRadioButton { spacing: 8px; min-height: 28px; }
QCheckBox:focus, QRadioButton:focus { color: @accent; }

QHeaderView::section {
    background: transparent; color: @mute; border: none; border-bottom: 1px solid @line; padding: 8px 12px;
    font-weight: 600;
}
QSlider::groove:horizontal { background: @neutral_bg; height: 6px; border-radius: 3px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 3px; }
QSlider::handle:horizontal {
    background: @raised; border: 2px solid @accent; width: 14px; margin: -6px 0; border-radius: 9px;
}
QSlider:focus::handle:horizontal { background: @accent; }

QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: @line2; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
    background: transparent; border: none; width: 0; height: 0;
}
QScrollArea { border: none; background: transparent; }
QScrollArea > QWidget > QWidget { background: transparent; }
QMenu { background: @raised; border: 1px solid @line2; border-radius: 8px; padding: 6px; }
QMenu::item { padding: 8px 40px 8px 12px; border-radius: 6px; }
QMenu::item:selected { background: @selected; color: @text; }
QMenu::separator { height: 1px; background: @line; margin: 4px 8px; }
QSplitter::handle { background: @line; }

QFrame[segmented="true"] { background: @neutral_bg; border-radius: 8px; }
QPushButton[segment="true"] {
    background: transparent; color: @neutral; border: 2px solid transparent; border-radius: 6px;
    min-height: 26px; padding: 0 9px;
}
QPushButton[segment="true"]:hover { color: @text; }
QPushButton[segment="true"]:checked { background: @raised; color: @text; }
QPushButton[segment="true"]:focus { border: 2px solid @ring; }
QFrame[toast="true"] { background: @raised; border: 1px solid @line; border-radius: 12px; }
QFrame[toast="true"] QPushButton { color: @accent; }

QFrame[card="true"] { background: @raised; border: 1px solid @line; border-radius: 12px; }
QFrame[rule="true"] { background: @line; border: none; }
QWidget[pane="surface"] { background: @surface; }
"""


def sheet(colors: Mapping[str, str]) -> str:
    """Raises KeyError where the sheet names a token that does not exist."""
    return _TOKEN.sub(lambda match: colors[match[1]], _SHEET)
