"""Charts: round axes, and the same numbers by mouse, by key, as a table and as CSV."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from desktop.widgets.charts.as_table import ChartCard, as_csv
from desktop.widgets.charts.bars import BarChart
from desktop.widgets.charts.chart import Chart, Series
from desktop.widgets.charts.funnel import FunnelChart
from desktop.widgets.charts.line import LineChart
from desktop.widgets.charts.scale import every, nice_ticks, percent, plain, short
from embedded_server.contract import words

DAYS = ["01/11", "02/11", "03/11", "04/11"]
SERIES = [Series("Recebidas", [10, 1250, 3, 0]), Series("Enviadas", [7.5, 40, 900, 12], "blue")]
KINDS = [LineChart, BarChart, FunnelChart]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def chart(request, show) -> Chart:
    made = show(request.param("Mensagens"), 600, 300)
    made.show_series(DAYS, SERIES)
    return made


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        (101, [0, 25, 50, 75, 100, 125]),
        (3, [0, 1, 2, 3]),
        (1, [0, 1]),
        (0, [0, 1]),
        (float("nan"), [0, 1]),
        (48_900, [0, 10_000, 20_000, 30_000, 40_000, 50_000]),
        (0.5, [0, 0.1, 0.2, 0.3, 0.4, 0.5]),
    ],
)
def test_axes_have_few_round_numbers(highest: float, ticks: list[float]) -> None:
    assert nice_ticks(highest) == pytest.approx(ticks)


@pytest.mark.parametrize("highest", [1, 7, 13, 99, 100, 101, 5000, 12_480, 1e9])
def test_axes_reach_above_the_highest_value_in_whole_steps(highest: float) -> None:
    ticks = nice_ticks(highest)
    assert ticks[0] == 0
    assert ticks[-2] < highest <= ticks[-1]
    assert all(tick == int(tick) for tick in ticks)
    assert len(ticks) <= 8


def test_numbers_are_said_as_in_the_language() -> None:
    assert [plain(1234), plain(2.5), short(12_000), short(1_500_000)] == ["1.234", "2,5", "12 mil", "1,5 mi"]
    assert [percent(1, 3), percent(0, 0)] == ["33,3%", "–"]
    words.use("en")
    assert [plain(1234.5), short(12_000)] == ["1,234.5", "12k"]


def test_labels_keep_their_distance() -> None:
    assert every(30, 600, 50) == 3
    assert every(4, 600, 50) == 1


def test_tooltip_and_table_say_the_same_numbers(chart) -> None:
    for place, line in enumerate(chart.table()):
        expected = [f"{name}: {value}" for name, value in zip(chart.header(), line[1:], strict=True)]
        assert chart.tip(place) == [line[0], *expected]


def test_the_arrow_keys_walk_the_values_and_say_them(chart, qtbot) -> None:
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart.pointed == 1
    assert "1.250" in chart.accessibleDescription()
    qtbot.keyClick(chart, Qt.Key.Key_End)
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart.pointed == 3
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert chart.pointed == 0


def test_the_mouse_points_at_what_is_under_it(chart, qtbot) -> None:
    spots = {LineChart: (595, 150), BarChart: (560, 150), FunnelChart: (100, 220)}
    before = chart.grab().toImage()
    qtbot.mouseMove(chart, QPoint(*spots[type(chart)]))
    assert chart.pointed == 3
    assert chart.grab().toImage() != before


def test_without_numbers_a_chart_says_so(show, qtbot) -> None:
    for kind in KINDS:
        chart = show(kind(), 400, 200)
        qtbot.keyClick(chart, Qt.Key.Key_Right)
        chart.grab()
        assert (chart.pointed, chart.table()) == (None, [])


@pytest.mark.parametrize("values", [[0], [5]])
def test_one_day_and_nothing_but_zeros_are_painted_too(show, values: list[float]) -> None:
    for kind in KINDS:
        chart = show(kind(), 400, 200)
        chart.show_series(["hoje"], [Series("Mensagens", values)])
        chart._point(0)
        assert not chart.grab().isNull()


def test_numbers_without_a_label_are_a_mistake(chart) -> None:
    with pytest.raises(ValueError, match="one value for each label"):
        chart.show_series(DAYS, [Series("Enviadas", [1, 2])])


def test_a_funnel_says_the_share_of_the_step_before_and_of_the_first(show) -> None:
    funnel = show(FunnelChart())
    funnel.show_series(["Enviadas", "Lidas", "Responderam"], [Series("Pessoas", [5000, 4000, 1000])])
    assert funnel.table() == [
        ["Enviadas", "5.000", "100%", "100%"],
        ["Lidas", "4.000", "80%", "80%"],
        ["Responderam", "1.000", "25%", "20%"],
    ]


def test_a_chart_turns_into_a_table_and_back(show) -> None:
    chart = LineChart()
    card = show(ChartCard("Mensagens por dia", chart))
    chart.show_series(DAYS, SERIES)
    card.switch.click()
    model = card.table.model()
    shown = [[model.index(r, c).data() for c in range(3)] for r in range(model.rowCount())]
    assert card.shows_table
    assert shown == chart.table()
    assert card.switch.text() == "Ver como gráfico"
    card.switch.click()
    assert card.pages.currentWidget() is chart


def test_the_numbers_can_be_taken_along(show) -> None:
    chart = BarChart()
    card = show(ChartCard("Mensagens", chart))
    chart.show_series(DAYS, SERIES)
    card.copy.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[:3] == [";Recebidas;Enviadas", "01/11;10;7,5", "02/11;1.250;40"]


def test_a_label_never_becomes_a_formula() -> None:
    written = as_csv(["", "Total"], [["=HYPERLINK(1)", "-3"], ["a;b", "1"]])
    assert written.splitlines() == [";Total", "'=HYPERLINK(1);-3", '"a;b";1']
