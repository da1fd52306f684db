"""What somebody does with the desktop, from the first start to the last picture."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QSpinBox

from desktop.client.api import Api
from desktop.inbox.view import InboxView
from desktop.shell.frame import Frame
from desktop.shell.workplace import Workplace
from desktop.welcome.view import WelcomeView
from desktop.widgets.theme import Mode
from embedded_server.contract.campaigns import CampaignStateName, LedgerOut, ListedCampaignOut
from embedded_server.contract.conversations import AttemptStateName, MessageOut
from embedded_server.contract.labels import text
from embedded_server.contract.words import t, tn
from tests.desktop.xvfb import hand
from tests.desktop.xvfb.hand import choose, choose_file, fill, press, sees, until, visible
from tests.fakes.watchdog import waited_for_the_processor

PEOPLE = 60
#: Messages a minute.
PACE = 150
CAMPAIGN = "Sábado na loja"
PASSWORD = "quatro palavras bem juntas"
MESSAGE = "Oi {{first_name|cliente}}, a loja abre no sábado!"
ANSWER = "Oi! Posso ajudar?"


@dataclass(frozen=True, slots=True)
class Stage:
    """The frame the desktop stands in, and where to write down what was seen."""

    frame: Frame
    folder: Path

    @property
    def work(self) -> Workplace | None:
        page = self.frame.window.centralWidget()
        return page if isinstance(page, Workplace) else None

    def tell(self, **facts: object) -> None:
        """Write down, at once and whole: whoever waits reads it from another process."""
        report = self.folder / "report.json"
        known = json.loads(report.read_text("utf-8")) if report.exists() else {}
        partial = report.with_suffix(".partial")
        partial.write_text(json.dumps(known | facts, ensure_ascii=False, default=str), "utf-8")
        partial.replace(report)

    async def come_forward(self) -> None:
        """There is no window manager on this display that would do it."""
        self.frame.window.come_forward()
        await until(self.frame.window.isActiveWindow, "The focus of the window")

    def picture(self, name: str) -> None:
        """All that is on the display."""
        screens = self.folder / "screens"
        screens.mkdir(exist_ok=True)
        self.frame.window.screen().grabWindow(0).save(str(screens / f"{name}.png"))

    async def go(self, screen: str) -> None:
        work = self.work
        assert work is not None
        place = list(work._screens).index(screen)
        hand.click(work.rail.buttons()[place])
        await until(lambda: work.current == screen, f"The screen {screen}")


async def found(stage: Stage) -> None:
    """First run: a company, a number, contacts, and a campaign under way."""
    await found_a_company(stage)
    await _take_the_simulator(stage)
    await _import_contacts(stage)
    await _send_a_campaign(stage)


async def found_a_company(stage: Stage) -> None:
    """From the first window to the workplace."""
    await stage.come_forward()
    await until(lambda: isinstance(stage.frame.window.centralWidget(), WelcomeView), "The way in")
    stage.picture("welcome")
    await press(t("Use on this computer"))
    await fill(t("Company"), "Loja da Ana")
    stage.picture("founding")
    await fill(t("Your name"), "Ana Souza")
    await fill(t("E-mail"), "ana@loja.example")
    await fill(t("Password"), PASSWORD)
    await press(t("Create company"))
    await until(lambda: stage.work, "The workplace")
    stage.tell(founded=True)


async def _take_the_simulator(stage: Stage) -> None:
    await stage.go("channels")
    await press(f"{t('Try it')}: {t('Simulator')}")
    await press(t("Make my test numbers"))
    await until(lambda: sees(t("Simulator")) and sees("SMS"), "The simulated numbers")
    stage.picture("channels-made")


async def _import_contacts(stage: Stage) -> None:
    file = stage.folder / "clientes.csv"
    # Endings below 1000 ask the simulator for mishaps.
    rows = [f"Cliente {n},+5511970{1000 + n:06d},cliente{n}@exemplo.com" for n in range(PEOPLE)]
    file.write_text("\n".join(["Nome,Telefone,E-mail", *rows]), "utf-8")
    await stage.go("contacts")
    await press(t("Import"), stage.work.view("contacts"))
    await press(t("Choose file"))
    await choose_file(str(file))
    await until(lambda: sees("clientes.csv"), "The columns")
    stage.picture("import-columns")
    await press(t("Check"))
    await press(tn("Import {count} contact", "Import {count} contacts", PEOPLE))
    await until(lambda: hand.find_button(t("Import another file")), "The end of the import")
    stage.picture("import-done")
    await press(t("Close"))
    stage.tell(imported=PEOPLE)


async def _send_a_campaign(stage: Stage) -> None:
    await stage.go("campaigns")
    await press(t("New campaign"))
    await fill(t("Name of the campaign"), CAMPAIGN)
    await press(t("Next"))
    await choose(t("Send from"), "SMS")
    await fill(t("Text"), MESSAGE)
    stage.picture("campaign-message")
    await press(t("Next"))
    await _pace_and_hours()
    stage.picture("campaign-schedule")
    await press(t("Next"))
    verb = tn("Send to {count} contact", "Send to {count} contacts", PEOPLE)
    await until(lambda: hand.find_button(verb), "The button that sends")
    stage.picture("campaign-review")
    await press(verb)
    await until(QApplication.activeModalWidget, "The last question")
    await press(verb)
    await until(lambda: sees(text(CampaignStateName.SENDING)), "The sending")
    stage.picture("campaign-sending")
    stage.tell(sending=True)
    # Somebody ends this process from outside now.
    await asyncio.sleep(60)


async def _pace_and_hours() -> None:
    """Slow enough to be interrupted, and at any hour of the day."""
    name = t("Messages a minute")
    await until(lambda: any(one.accessibleName() == name for one in visible(QSpinBox)), name)
    pace = next(one for one in visible(QSpinBox) if one.accessibleName() == name)
    hand.click(pace)
    pace.selectAll()
    QTest.keyClicks(pace, str(PACE))
    await until(lambda: pace.value() == PACE, f"The pace, now {pace.value()},")
    quiet = hand.find_button(t("Send nothing during these hours"))
    assert quiet is not None
    if quiet.isChecked():
        hand.click(quiet, QPoint(12, quiet.height() // 2))
    await until(lambda: not quiet.isChecked(), "No quiet hours")


async def come_back(stage: Stage) -> None:
    """After the death of the window: the truth at once, the end of the campaign, an answer, and pictures."""
    began = psutil.Process().create_time()
    await until(lambda: stage.work, "The workplace", seconds=20)
    await until(lambda: sees(CAMPAIGN), "The list of campaigns")
    after = round(time.time() - began, 2)
    truth = await _truth(stage)
    # What the machine withheld from us because it had other work is no time of ours.
    withheld = round(waited_for_the_processor(), 2)
    stage.tell(list_shown_after=after, withheld=withheld, truth=truth, shown=sees(str(truth["state"])))
    stage.picture("reopened")
    await until(lambda: sees(text(CampaignStateName.COMPLETED)), "The end of the campaign", seconds=90)
    stage.tell(ended=await _truth(stage))
    await stage.come_forward()
    await _answer(stage)
    await _take_pictures(stage)
    stage.tell(whole=True)
    await _quit(stage)


async def _truth(stage: Stage) -> dict[str, object]:
    """What the engine says at the same moment."""
    work = stage.work
    assert work is not None
    api = work._around.session.api
    (campaign,) = (await api.page("/api/v1/campaigns", ListedCampaignOut)).items
    ledger = await api.get(f"/api/v1/campaigns/{campaign.id}/ledger", LedgerOut)
    took = (campaign.finished_at - campaign.started_at).total_seconds() if campaign.finished_at else None
    return {
        "state": text(campaign.state),
        "took": took,
        "pace": campaign.pace,
        "ledger": ledger.model_dump(mode="json"),
    }


async def _answer(stage: Stage) -> None:
    await stage.go("inbox")
    inbox = stage.work.view("inbox")
    assert isinstance(inbox, InboxView)
    await until(lambda: inbox.list.list.model().rowCount() > 0, "A reply")
    hand.click_row(inbox.list.list, 0)
    await until(lambda: inbox.pane.composer.isVisible() and inbox.presenter.id, "The conversation")
    await asyncio.sleep(0.5)
    editor = next(iter(visible(QPlainTextEdit, inbox.pane.composer)))
    hand.type_into(editor, ANSWER)
    stage.picture("answering")
    await press(t("Send"), inbox.pane.composer)
    await until(lambda: not editor.toPlainText(), "The empty composer")
    api, id_ = stage.work._around.session.api, inbox.presenter.id
    async with asyncio.timeout(hand.PATIENCE):
        while not await _has_left(api, id_):
            await asyncio.sleep(0.3)
    stage.tell(answered=True)


async def _has_left(api: Api, conversation: object) -> bool:
    page = await api.page(f"/api/v1/conversations/{conversation}/messages", MessageOut)
    return any(one.text == ANSWER and one.state is AttemptStateName.ACCEPTED for one in page.items)


async def _take_pictures(stage: Stage) -> None:
    for mode in (Mode.LIGHT, Mode.DARK):
        stage.work._around.commands.run(f"theme.{mode}")
        for screen in ("inbox", "contacts", "campaigns", "channels"):
            await stage.go(screen)
            await asyncio.sleep(1.0)
            stage.picture(f"{screen}-{mode}")
    stage.work._around.commands.run("theme.light")


async def _quit(stage: Stage) -> None:
    await stage.come_forward()
    QTest.keyClick(stage.frame.window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    await press(t("Quit and stop"))
    # The loop ends with the desktop, and this story with it.
    await asyncio.sleep(60)


async def look(stage: Stage) -> None:
    """How long it takes until the window is of use; the engine is left alone."""
    began = psutil.Process()
    await until(lambda: stage.work and _rows(stage), "The list of conversations")
    used = began.cpu_times()
    stage.tell(
        usable_after=round(time.time() - began.create_time(), 3),
        usable_cpu=round(used.user + used.system, 3),
        memory_mb=round(began.memory_info().rss / 2**20, 1),
    )
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(60)


def _rows(stage: Stage) -> int:
    work = stage.work
    inbox = work.view("inbox") if work else None
    return inbox.list.list.model().rowCount() if isinstance(inbox, InboxView) else 0


STORIES: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "found": found,
    "come_back": come_back,
    "look": look,
}
