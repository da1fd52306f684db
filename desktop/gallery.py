"""``python -m desktop.gallery``: every control and its states on one page, to look at in both themes."""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

import qasync
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QLayout, QScrollArea, QWidget

from desktop.widgets import formats
from desktop.widgets.avatar import Avatar
from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button, IconButton, Kind
from desktop.widgets.card import Card
from desktop.widgets.cells import MUTED, BadgeCell, BadgesCell, NameCell, ProgressCell
from desktop.widgets.charts.as_table import ChartCard
from desktop.widgets.charts.bars import BarChart
from desktop.widgets.charts.chart import Series
from desktop.widgets.charts.funnel import FunnelChart
from desktop.widgets.charts.line import LineChart
from desktop.widgets.dialog import Confirm, Dialog
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.fields import Area, Check, Field, Moment, Number, Radio, SearchField, Select, TextField
from desktop.widgets.kpi import KpiCard
from desktop.widgets.layouts import STRETCH, column, holder, row, rule
from desktop.widgets.menu import Menu
from desktop.widgets.pager import CursorPager, Pager
from desktop.widgets.progress import Progress
from desktop.widgets.qr import QrCode
from desktop.widgets.segmented import Segmented
from desktop.widgets.skeleton import Skeleton
from desktop.widgets.table import Column, RowsModel, Table, framed
from desktop.widgets.text import Text
from desktop.widgets.theme import Mode, install, theme
from desktop.widgets.toast import ToastStack
from desktop.widgets.toggle import Toggle
from embedded_server.contract import words
from embedded_server.contract.campaigns import CampaignStateName
from embedded_server.contract.labels import LABELS, Color, label

_SIZE = (1280, 860)


@dataclass(frozen=True, slots=True)
class Sample:
    """A campaign as a list shows it."""

    name: str
    about: str
    state: CampaignStateName
    done: int
    total: int
    tags: tuple[tuple[str, Color], ...] = ()


_SAMPLES = (
    Sample(
        "Reativação de novembro", "WhatsApp", CampaignStateName.SENDING, 312, 500, (("VIP", Color.YELLOW),)
    ),
    Sample("Boletos vencidos", "SMS", CampaignStateName.QUEUED, 0, 120),
    Sample("Pesquisa com quem comprou há mais de um ano", "WhatsApp", CampaignStateName.PAUSED, 82, 200),
    Sample("Convite para a Black Friday", "WhatsApp", CampaignStateName.COMPLETED, 900, 900),
    Sample("Confirmação de consultas", "SMS", CampaignStateName.FAILED, 6, 50),
    Sample(
        "Natal <b>dos clientes</b>",
        "WhatsApp",
        CampaignStateName.SCHEDULED,
        0,
        1200,
        (("VIP", Color.YELLOW), ("Orçamento", Color.BLUE), ("Atacado", Color.PURPLE)),
    ),
)


class Gallery(QWidget):
    """All sections below one another."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Master IA")
        self.closed = asyncio.Event()
        self.page = holder(
            column(
                self._head(),
                _types(),
                self._buttons(),
                _badges(),
                _cards(),
                _choices(),
                _fields(),
                _tables(),
                _waiting(),
                _figures(),
                _charts(),
                self._dialogs(),
                gap="xl",
                margins="xl",
            )
        )
        scrolled = QScrollArea()
        scrolled.setWidgetResizable(True)
        scrolled.setWidget(self.page)
        self.setLayout(column(scrolled))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.set()

    def _head(self) -> QLayout:
        modes = Segmented([(Mode.LIGHT, "Claro"), (Mode.DARK, "Escuro"), (Mode.SYSTEM, "Do sistema")])
        modes.choose(theme.mode)
        modes.chosen.connect(lambda mode: theme.use(Mode(mode)))
        return row(Text("Galeria", "title"), STRETCH, modes)

    def _buttons(self) -> QWidget:
        off = [Button("Desligado", kind=kind) for kind in (Kind.PLAIN, Kind.PRIMARY)]
        for button in off:
            button.setEnabled(False)
        more = IconButton("ellipsis", "Mais ações", key="Shift+F10", kind=Kind.PLAIN)
        more.clicked.connect(lambda: _menu().popup_below(more))
        pinned = IconButton("pin", "Fixar", kind=Kind.PLAIN)
        pinned.setCheckable(True)
        pinned.setChecked(True)
        return _section(
            "Botões",
            row(
                Button("Enviar", kind=Kind.PRIMARY, icon="send"),
                Button("Atribuir", icon="user-plus"),
                Button("Detalhes"),
                Button("Ver como tabela", kind=Kind.QUIET),
                Button("Excluir", kind=Kind.DANGER, icon="trash-2"),
                *off,
                IconButton("funnel", "Filtrar"),
                more,
                pinned,
                STRETCH,
            ),
        )

    def _dialogs(self) -> QWidget:
        ask = Button("Perguntar")
        ask.clicked.connect(lambda: _confirm(self).open())
        form = Button("Formulário")
        form.clicked.connect(lambda: _form(self).open())
        stage = QWidget()
        stage.setMinimumHeight(210)
        stack = ToastStack(stage)
        tell = Button("Avisar")
        tell.clicked.connect(lambda: stack.show_toast("Contato salvo.", "good"))
        stack.show_toast("Conversa resolvida.", "good", lambda: None)
        stack.show_toast("Três contatos ficaram de fora.", "info")
        stack.show_toast("A chave foi recusada (401). Verifique e salve de novo.", "bad")
        return _section("Diálogos e avisos", row(ask, form, tell, STRETCH), stage)


def _section(title: str, *items: QWidget | QLayout) -> QWidget:
    return holder(column(Text(title, "heading"), rule(), *items, gap="m"))


def _types() -> QWidget:
    roles = ("title", "heading", "strong", "body", "small", "meta", "chip", "kpi")
    shown = [Text(f"Ana Silva · {role}", role) for role in roles]
    cut = Text("Uma linha que não cabe e por isso termina em reticências, com o resto na dica", elided=True)
    cut.setFixedWidth(320)
    plain = Text("<img src=http://canary> é só texto", "small")
    return _section(
        "Letras", row(*shown[:4], STRETCH, gap="xl"), row(*shown[4:], cut, plain, STRETCH, gap="xl")
    )


def _badges() -> QWidget:
    states = []
    for one in LABELS[CampaignStateName].values():
        states.append(Badge())
        states[-1].show_label(one)
    colors = [Badge(color.value, color) for color in Color]
    people = [Avatar(name) for name in ("Ana Silva", "Bruno Souza", "João da Costa", "+55 31 98888-1234")]
    return _section(
        "Etiquetas e pessoas", row(*states, STRETCH), row(*colors, STRETCH), row(*people, STRETCH)
    )


def _cards() -> QWidget:
    good = Card("WhatsApp Cloud API (Meta)")
    good.header.insertWidget(1, Badge("Conectado", Color.GREEN, icon="check"))
    good.header.addWidget(Button("Gerenciar"))
    good.add(Text("+55 31 3333-0000 · qualidade alta", "small"))
    bad = Card("Twilio")
    bad.header.insertWidget(1, Badge("Parado", Color.RED, icon="circle-alert"))
    bad.header.addWidget(Button("Corrigir"))
    bad.add(Text("A chave foi recusada. Verifique e salve de novo.", "small", wrap=True))
    person = Card("Ana Maria da Silva e Souza de Albuquerque Cavalcanti")
    person.header.insertWidget(0, Avatar("Ana Cavalcanti", 36))
    person.header.addWidget(IconButton("ellipsis", "Mais ações"))
    person.add(row(Badge("VIP", Color.YELLOW), Badge("Orçamento", Color.BLUE), STRETCH))
    cards = row(good, bad, person, gap="m")
    for place in range(3):
        cards.setStretch(place, 1)
    return _section("Cartões", cards)


def _choices() -> QWidget:
    segments = Segmented([("all", "Todos"), ("active", "Ativos"), ("inactive", "Inativos")])
    for key, n in (("all", 1218), ("active", 12), ("inactive", 6)):
        segments.count(key, n)
    pager, cursor = Pager(), CursorPager()
    pager.show_page(2, 3)
    cursor.allow(newer=False, older=True)
    toggles = [Toggle(name) for name in ("Ligado", "Desligado", "Ligando", "Desligando")]
    for toggle, (on, busy) in zip(
        toggles, ((True, False), (False, False), (True, True), (False, True)), strict=True
    ):
        toggle.set_on(on)
        toggle.set_busy(busy)
    yes, no, wrong = Check("Enviar só em horário comercial"), Check("Repetir"), Check("Não disponível")
    yes.setChecked(True)
    wrong.setEnabled(False)
    now, later = Radio("Agora"), Radio("Agendar")
    now.setChecked(True)
    return _section(
        "Escolhas",
        row(segments, STRETCH, pager, cursor, *toggles),
        row(yes, no, wrong, now, later, STRETCH, gap="l"),
    )


def _fields() -> QWidget:
    filled = TextField()
    filled.setText("Loja da Ana")
    wrong = Field("Telefone", TextField("+55 31 98888-1234"), required=True)
    wrong.show_error("Faltam dígitos: um celular tem onze com o DDD.")
    off = TextField()
    off.setText("Só leitura")
    off.setEnabled(False)
    channel = Select([("wa", "WhatsApp"), ("sms", "SMS"), ("voice", "Voz")])
    area = Area("Escreva a mensagem")
    area.setFixedHeight(84)
    first = row(
        Field("Nome", filled, hint="Como seus clientes conhecem você."),
        wrong,
        Field("Chave", TextField("Cole aqui", secret=True)),
        Field("Conta", off),
        gap="l",
    )
    second = row(
        Field("Canal", channel),
        Field("Ritmo", Number(1, 1000, 20, unit="por minuto")),
        Field("Quando", Moment()),
        Field("Procurar", SearchField("Buscar (Ctrl+F)")),
        gap="l",
    )
    return _section("Campos", first, second, Field("Mensagem", area))


def _tables() -> QWidget:
    model: RowsModel[Sample] = RowsModel(
        [
            Column("Campanha", lambda one: one.name, stretch=3, cell=NameCell(lambda one: one.about)),
            Column("Etiquetas", lambda one: ", ".join(tag for tag, _ in one.tags), stretch=2, cell=_TAGS),
            Column("Estado", lambda one: words.t(label(one.state).message), width=130, cell=_STATE),
            Column("Progresso", _progress, width=260, cell=_PROGRESS, drops_below=760),
            Column("Custo", lambda one: formats.money(one.done * 0.35), width=110, right=True, cell=MUTED),
        ],
        key=lambda one: one.name,
    )
    model.replace_all(_SAMPLES)
    table = Table(row_height=56, pane="raised")
    model.setParent(table)
    table.show_rows(model)
    table.selectRow(1)
    table.setMinimumHeight(400)
    return _section("Tabelas", framed(table))


_TAGS = BadgesCell(lambda one: one.tags)
_STATE = BadgeCell(lambda one: label(one.state))
_PROGRESS = ProgressCell(lambda one: (one.done, one.total))


def _progress(one: Sample) -> str:
    return f"{words.number(one.done)} / {words.number(one.total)}"


def _waiting() -> QWidget:
    half, done, endless = Progress(), Progress(), Progress()
    half.show_share(312, 500)
    done.show_share(500, 500, color="green")
    skeleton = Skeleton()
    skeleton.setFixedHeight(220)
    nobody = EmptyState("inbox", "Nenhuma conversa", "Conecte o WhatsApp para receber.", action="Conectar")
    code = QrCode()
    code.show_payload("https://192.168.0.10:8443/parear#t=Zk3vXh1mQ8sT2bYw")
    return _section("Espera e vazio", row(half, done, endless, gap="l"), row(skeleton, nobody, code, gap="l"))


def _figures() -> QWidget:
    return _section(
        "Números",
        row(
            KpiCard("Mensagens enviadas", "12.480", "+8%", good=True),
            KpiCard("Taxa de resposta", "18,8%", "+1,2 p.p.", good=True),
            KpiCard("1ª resposta (mediana)", "2 min 14 s", "0 s"),
            KpiCard("Negócios ganhos", "R$ 48.900", "−3%", good=False),
            gap="m",
        ),
    )


def _charts() -> QWidget:
    days = [f"{day:02}/11" for day in range(1, 31)]
    received = [33 + (day * 7) % 41 + day for day in range(30)]
    sent = [25 + (day * 5) % 23 + day / 2 for day in range(30)]
    line = LineChart()
    over_time = ChartCard("Mensagens por dia", line)
    line.show_series(days, [Series("Recebidas", received), Series("Enviadas", sent, "blue")])
    funnel = FunnelChart()
    steps = ChartCard("Funil da campanha", funnel)
    funnel.show_series(
        ["Enviadas", "Entregues", "Lidas", "Responderam", "Ganhos"],
        [Series("Pessoas", [5000, 4820, 3610, 940, 128])],
    )
    bars = BarChart()
    calls = ChartCard("Chamadas por dia", bars)
    bars.show_series(
        ["seg", "ter", "qua", "qui", "sex"],
        [
            Series("Atendidas", [41, 52, 38, 60, 47], "green"),
            Series("Sem resposta", [9, 12, 7, 15, 11], "orange"),
        ],
    )
    for card in (over_time, steps, calls):
        card.setMinimumHeight(320)
    return _section("Gráficos", over_time, row(steps, calls, gap="m"))


def _menu() -> Menu:
    menu = Menu()
    menu.add("Abrir", lambda: None, "external-link", "Enter")
    menu.add("Duplicar", lambda: None, "copy")
    menu.addSeparator()
    menu.add("Excluir", lambda: None, "trash-2", "Del", danger=True)
    return menu


def _confirm(parent: QWidget) -> Dialog:
    text = "A campanha para e quem ainda não recebeu fica sem a mensagem. Isso não pode ser desfeito."
    return Confirm("Cancelar a campanha?", text, verb="Cancelar a campanha", danger=True, parent=parent)


def _form(parent: QWidget) -> Dialog:
    dialog = Dialog("Novo contato", parent=parent)
    dialog.add(Field("Nome", TextField("Ana Silva"), required=True))
    dialog.add(Field("Telefone", TextField("+55 31 98888-1234"), hint="Com o código do país."))
    dialog.add(Check("A pessoa aceitou receber mensagens da loja por este canal e pode mudar de ideia."))
    dialog.add_button("Voltar", Kind.PLAIN, Dialog.DialogCode.Rejected)
    dialog.add_button("Salvar", Kind.PRIMARY, Dialog.DialogCode.Accepted)
    return dialog


async def _show(shot: Path | None) -> None:
    gallery = Gallery()
    gallery.resize(*_SIZE)
    gallery.show()
    if shot is None:
        await gallery.closed.wait()
        return
    gallery.resize(_SIZE[0], gallery.page.heightForWidth(_SIZE[0]))
    await asyncio.sleep(0.2)
    gallery.grab().save(str(shot))


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m desktop.gallery")
    options.add_argument("--theme", type=Mode, choices=list(Mode), default=Mode.SYSTEM)
    options.add_argument("--shot", type=Path, help="save a picture of the whole page and end")
    given = options.parse_args()
    application = QApplication(sys.argv[:1])
    words.use("pt_BR")
    install(application, given.theme)
    with qasync.QEventLoop(application) as loop:
        loop.run_until_complete(_show(given.shot))
    return 0


if __name__ == "__main__":
    sys.exit(main())
