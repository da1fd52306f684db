"""Somebody who links a pretend phone, and sees each state a linked number can be in."""

from __future__ import annotations

import asyncio

from PySide6.QtWidgets import QApplication, QDialog

from desktop.channels.view import ChannelsView
from desktop.shell.workplace import Workplace
from embedded_server.contract.labels import text
from embedded_server.contract.linked import LinkScanIn, LinkStateName
from embedded_server.contract.words import t
from tests.desktop.xvfb import hand
from tests.desktop.xvfb.hand import fill, press, sees, until
from tests.desktop.xvfb.stories import Stage, found_a_company

PHONE, SHOWN = "11 90000-1234", "+55 11 90000-1234"
#: Six codes: one for 60 seconds, five for 20.
CODES_RUN_OUT = 200.0


async def link(stage: Stage) -> None:
    """By a typed code, talked to, unlinked; asked for a passkey; by QR; and a code that nobody uses."""
    await found_a_company(stage)
    await stage.go("channels")
    await _read_the_risk(stage)
    await _link_by_code(stage)
    await _talk(stage)
    await _unlink(stage)
    await _be_asked_for_a_passkey(stage)
    await _link_again_by_qr(stage)
    await _let_the_codes_run_out(stage)
    stage.tell(linked=True)
    # Whoever watches ends this process now.
    await asyncio.sleep(60)


async def _read_the_risk(stage: Stage) -> None:
    await press(f"{t('Connect')}: {t('WhatsApp on a phone (QR)')}")
    await until(lambda: hand.find_button(t("I understand, link a phone")), "The risk")
    stage.picture("link-1-risk")
    await press(t("Cancel"))


async def _begin(stage: Stage, picture: str) -> None:
    _view(stage).begin("simulator")
    await until(lambda: hand.find_button(t("Link a pretend phone")), "The simulator")
    stage.picture(picture)
    await press(t("Link a pretend phone"))
    await until(_view(stage).dialog.isVisible, "The dialog")


async def _link_by_code(stage: Stage) -> None:
    await _begin(stage, "link-2-simulator")
    stage.picture("link-3-preparing")
    await until(_view(stage).dialog.qr.code.isVisible, "The QR code")
    await asyncio.sleep(1)
    stage.picture("link-4-qr")
    await press(t("Code to type"))
    await fill(t("Number of the phone with WhatsApp"), PHONE)
    stage.picture("link-5-phone")
    await press(t("Make the code"))
    await until(_view(stage).dialog.typed.code.isVisible, "The code to type")
    await asyncio.sleep(0.5)
    stage.picture("link-6-code")
    await press(t("Type it on the pretend phone"))
    await _connect(stage, "link-7-connecting", "link-8-connected")


async def _connect(stage: Stage, under_way: str, done: str) -> None:
    told = _view(stage).dialog.told
    await until(told.isVisible, "An answer of the phone")
    stage.picture(under_way)
    await until(lambda: hand.find_button(t("Go to Conversations")), "The connected number")
    await until(lambda: sees(t("The old conversations are here.")), "The old conversations")
    stage.picture(done)


async def _talk(stage: Stage) -> None:
    await press(t("Close"))
    await until(lambda: hand.find_button(t("Send as a customer")), "The details")
    stage.picture("link-9-details")
    await press(t("Send as a customer"))
    await press(t("See it in Conversations"))
    await until(lambda: stage.work and stage.work.current == "inbox", "The conversations")
    await asyncio.sleep(2)
    stage.picture("link-10-inbox")
    await stage.go("channels")


async def _unlink(stage: Stage) -> None:
    await press(t("Unlink from WhatsApp"))
    await until(QApplication.activeModalWidget, "The question")
    stage.picture("link-11-unlink")
    await press(t("Unlink"), _modal())
    await until(lambda: sees(text(LinkStateName.LOGGED_OUT)), "The unlinked number")
    await asyncio.sleep(4)
    stage.picture("link-12-logged-out")


async def _be_asked_for_a_passkey(stage: Stage) -> None:
    await press(t("Link again"))
    dialog = _view(stage).dialog
    await until(dialog.qr.code.isVisible, "The QR code")
    session = _view(stage).linking.link
    assert session is not None
    api = _work(stage)._around.session.api
    await api.do("POST", f"/api/v1/linked-sessions/{session.id}/scan", LinkScanIn(passkey=True))
    await until(dialog.told.isVisible, "The passkey", seconds=90)
    stage.picture("link-13-passkey")
    await press(t("Close"))


async def _link_again_by_qr(stage: Stage) -> None:
    await press(t("Link again"))
    await until(_view(stage).dialog.qr.code.isVisible, "The QR code")
    await press(t("Scan with the pretend phone"))
    await _connect(stage, "link-14-scanned", "link-15-again")
    await press(t("Close"))
    await asyncio.sleep(1)
    stage.picture("link-16-details")


async def _let_the_codes_run_out(stage: Stage) -> None:
    _work(stage)._around.commands.run("theme.dark")
    await _begin(stage, "link-17-simulator-dark")
    dialog = _view(stage).dialog
    await until(dialog.qr.code.isVisible, "The QR code")
    await asyncio.sleep(1)
    stage.picture("link-18-qr-dark")
    await until(lambda: sees(t("The code expired")), "The end of the codes", seconds=CODES_RUN_OUT)
    stage.picture("link-19-expired")


def _work(stage: Stage) -> Workplace:
    assert stage.work is not None
    return stage.work


def _view(stage: Stage) -> ChannelsView:
    view = _work(stage).view("channels")
    assert isinstance(view, ChannelsView)
    return view


def _modal() -> QDialog:
    modal = QApplication.activeModalWidget()
    assert isinstance(modal, QDialog)
    return modal


STORIES = {"link": link}
