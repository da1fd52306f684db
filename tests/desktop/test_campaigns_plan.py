"""Templates, plans and words: what is filled in comes back, and every code has a sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QObject

from desktop.campaigns import wording
from desktop.campaigns.copying import copy_of
from desktop.campaigns.gathering import Gathering
from desktop.campaigns.wizard import forms
from desktop.campaigns.wizard.counting import sms_length
from desktop.campaigns.wizard.keeper import Keeper
from desktop.campaigns.wizard.plan import Plan, Reach, first_start, plan_of, take_template
from desktop.client.errors import Refused, Unreachable
from desktop.shell.presenter import Presenter
from embedded_server.contract.base import Problem
from embedded_server.contract.campaigns import CampaignIn, CampaignOut
from embedded_server.contract.channels import ChannelKindName, ChannelOut
from embedded_server.contract.labels import STANDINGS
from embedded_server.contract.templates import TemplateOut
from embedded_server.simulator.templates import seeded
from engine.campaigns import Standing, content, rules
from engine.campaigns.audience import Left
from engine.ids import new_id
from tests.fakes.poll import until

NOW = datetime(2027, 1, 11, 12, 0, tzinfo=UTC)
SEEDS = {seed["name"]: seed for seed in seeded().values()}
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.text("aA€^ç😀{}\n", max_size=400)


def template(name: str) -> TemplateOut:
    seed = SEEDS[name]
    told = {
        key: seed[key] for key in ("name", "language", "category", "status", "components", "parameter_format")
    }
    beside = {"quality": None, "rejected_reason": None, "synced_at": NOW}
    return TemplateOut(id=new_id(), channel_id=new_id(), provider_template_id=seed["id"], **told, **beside)


def channel(kind: str = "whatsapp", rate: float = 1.0) -> ChannelOut:
    """As far as a plan looks at one."""
    known: dict[str, Any] = {"id": new_id(), "kind": ChannelKindName(kind), "name": "Loja", "rate": rate}
    return ChannelOut.model_construct(**known)


def as_kept(draft: CampaignIn, state: str = "draft") -> CampaignOut:
    """The draft as the appliance answers with it."""
    told = draft.model_dump(mode="json")
    told["content"] = told["content"] or {}
    gone = {"due_at": None, "stop_reason": None, "started_at": None, "finished_at": None}
    return CampaignOut(id=new_id(), state=state, planned=0, created_at=NOW, **gone, **told)


@given(TEXTS)
def test_the_window_counts_sms_as_the_appliance_bills_them(text: str) -> None:
    assert sms_length(text).parts == rules.sms_segments(text)


@pytest.mark.parametrize("name", list(SEEDS))
def test_what_is_filled_into_a_template_comes_back(name: str) -> None:
    chosen = template(name)
    values = {slot.key: f"{{{{nome|{slot.name}}}}}" for slot in forms.slots(chosen)}

    components = forms.components(chosen, values)

    assert forms.values_in(chosen, components) == values
    stored = {"type": "template", "name": name, "language": "pt_BR", "components": components, "body": "x"}
    assert len(content.read(stored).slots) == sum(slot.kind == "text" for slot in forms.slots(chosen))


def test_named_parameters_carry_their_names_and_buttons_their_place() -> None:
    order, track = template("pedido_enviado"), template("rastrear_pedido")

    named = forms.components(order, {"body:0:nome": "Ana", "body:0:pedido": "481"})
    placed = forms.components(track, {"body:0:1": "Ana", "button:0:url": "r/481"})

    assert named[0]["parameters"][0] == {"type": "text", "parameter_name": "nome", "text": "Ana"}
    assert placed[1] == {
        "type": "button",
        "index": "0",
        "sub_type": "url",
        "parameters": [{"type": "text", "text": "r/481"}],
    }


def test_a_file_at_the_top_is_an_address_for_everybody() -> None:
    invoice = template("nota_fiscal")

    file, name = forms.slots(invoice)
    components = forms.components(invoice, {file.key: "https://loja.example/nf.pdf", name.key: "Ana"})

    link = {"link": "https://loja.example/nf.pdf"}
    assert components[0] == {"type": "header", "parameters": [{"type": "document", "document": link}]}


def test_what_is_not_filled_in_yet_is_seen_in_the_preview() -> None:
    promo = template("promocao_semana")

    assert forms.shown(promo, {"body:0:1": "Ana"}).startswith("Olá Ana, nesta semana […] está com desconto.")
    assert forms.shown(promo, {}).endswith("Loja Ipê")
    assert forms.buttons(promo) == ["Parar promoções"]
    assert [slot.example for slot in forms.slots(promo)] == ["Ana", "café"]


def test_a_part_nobody_knows_cannot_be_filled_in() -> None:
    strange = template("boas_vindas").model_copy(update={"components": [{"type": "CAROUSEL"}]})
    button = {"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Abrir"}]}
    flow = template("boas_vindas").model_copy(update={"components": [button]})

    assert not forms.is_fillable(strange)
    assert not forms.is_fillable(flow)


@pytest.mark.parametrize("reach", list(Reach))
def test_38_a_plan_comes_back_from_its_draft(reach: Reach) -> None:
    where, one = channel(), new_id()
    plan = Plan("Natal", "America/Sao_Paulo", where, reach, {one}, one, {one: "Ana"}, text="Oi {{nome}}")
    plan.pace, plan.quiet, plan.starts = 20, ("21:30", "07:00"), datetime(2100, 1, 1, 9, 0)  # noqa: DTZ001

    again = plan_of(as_kept(plan.draft()), where)

    assert again.draft() == plan.draft()
    assert (again.reach, again.pace, again.quiet, again.starts) == (reach, 20, plan.quiet, plan.starts)


def test_38_a_template_comes_back_with_its_values() -> None:
    promo, where = template("promocao_semana"), channel()
    plan = Plan("Natal", "America/Sao_Paulo", where, uses_template=True, template=promo)
    plan.values = {"body:0:1": "{{nome}}", "body:0:2": "café"}

    again = plan_of(as_kept(plan.draft()), where)
    gone = again.draft()
    take_template(again, [promo])

    assert gone.content == again.draft().content == plan.draft().content
    assert (again.values, again.kept) == (plan.values, None)


def test_a_template_that_is_gone_is_kept_until_another_is_chosen() -> None:
    promo, where = template("promocao_semana"), channel()
    plan = Plan("Natal", "America/Sao_Paulo", where, uses_template=True, template=promo)

    again = plan_of(as_kept(plan.draft()), where)
    take_template(again, [template("boas_vindas")])

    assert again.template is None
    assert again.kept.name == "promocao_semana"


def test_nobody_is_no_draft_and_a_pace_never_exceeds_the_number() -> None:
    plan = Plan("", "America/Sao_Paulo", channel("sms", rate=0.5), Reach.TAGS)
    assert (plan.draft(), list(plan.gaps())) == (None, ["no_audience"])

    plan.reach, plan.pace = Reach.EVERYONE, 600

    assert (plan.draft().pace, plan.draft().name, plan.most_a_minute) == (0.5, "Loja", 30)


def test_a_copy_is_a_draft_without_a_time() -> None:
    plan = Plan("Natal", "America/Sao_Paulo", channel(), text="Oi")
    plan.starts = datetime(2100, 1, 1, 9, 0)  # noqa: DTZ001

    copied = copy_of(as_kept(plan.draft(), "completed"))

    assert (copied.name, copied.scheduled_local) == ("Natal (cópia)", None)
    assert copied.content == plan.draft().content


class Appliance:
    """Takes drafts under keys as the real one does, and loses the answers it is told to lose."""

    def __init__(self) -> None:
        self.made: dict[str, tuple[CampaignOut, CampaignIn]] = {}
        self.replaced: list[CampaignIn] = []
        self.trouble: Exception | None = None

    async def make(self, draft: CampaignIn, key: str) -> CampaignOut:
        if isinstance(self.trouble, Refused):
            raise self.trouble
        kept, first = self.made.setdefault(key, (as_kept(draft), draft))
        assert first == draft, "one key, one body"
        if self.trouble:
            raise self.trouble
        return kept

    async def replace(self, campaign_id: UUID, draft: CampaignIn) -> CampaignOut:
        self.replaced.append(draft)
        return as_kept(draft)


async def test_38_a_lost_answer_makes_no_second_draft() -> None:
    appliance, plan = Appliance(), Plan("Natal", "America/Sao_Paulo", channel(), text="Oi")
    keeper, appliance.trouble = Keeper(plan), Unreachable()
    with pytest.raises(Unreachable):
        await keeper.keep(appliance.make, appliance.replace)
    plan.text, appliance.trouble = "Oi, tudo bem?", None

    await keeper.keep(appliance.make, appliance.replace)

    assert len(appliance.made) == 1
    assert [draft.content.body for draft in appliance.replaced] == ["Oi, tudo bem?"]
    assert not keeper.is_due


async def test_a_refused_draft_is_tried_under_another_key() -> None:
    appliance, plan = Appliance(), Plan("Natal", "America/Sao_Paulo", channel(), text="Oi")
    problem = Problem(type="x", title="x", status=422, detail="Não.", code="channel_missing")
    keeper, appliance.trouble = Keeper(plan), Refused(problem)
    with pytest.raises(Refused):
        await keeper.keep(appliance.make, appliance.replace)
    keeper.forget_try()
    plan.text, appliance.trouble = "Olá", None

    await keeper.keep(appliance.make, appliance.replace)

    assert [draft.content.body for _, draft in appliance.made.values()] == ["Olá"]


def test_every_code_of_the_appliance_has_words(qapp: QObject) -> None:
    for reason in Left:
        assert wording.left_out(reason.value, 2).startswith("2 ")
        assert reason.value not in wording.left_out(reason.value, 2)
        assert wording.person_reason(reason.value, None) not in ("", reason.value)
    assert {word.value for word in Standing} <= STANDINGS.keys()


def test_a_code_nobody_knows_is_shown_with_the_operators_own_words() -> None:
    assert wording.person_reason("999", "Try later") == "Try later (999)"
    assert wording.person_reason("999", None) == "Código da operadora 999"
    assert wording.person_reason(None, None) == ""
    assert "999" in wording.standstill("999")


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2027-01-11T18:10", "15:10"),
        ("2027-01-12T12:00", "12/01 09:00"),
        ("2028-01-12T12:00", "12/01/2028 09:00"),
    ],
)
def test_41_the_end_is_said_as_short_as_it_can_be(moment: str, said: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    assert wording.day_and_clock(at, "America/Sao_Paulo", NOW) == said
    assert wording.city("America/Sao_Paulo") == "São Paulo"
    assert wording.zone_of("Mars/Olympus").key == "America/Sao_Paulo"


def test_a_later_start_is_offered_for_the_next_morning() -> None:
    early, late = datetime(2027, 1, 11, 7, 0), datetime(2027, 1, 11, 9, 0)  # noqa: DTZ001

    assert first_start(early) == datetime(2027, 1, 11, 9, 0)  # noqa: DTZ001
    assert first_start(late) == datetime(2027, 1, 12, 9, 0)  # noqa: DTZ001


def test_wishes_while_something_runs_make_one_more_run(run_qt) -> None:
    runs: list[int] = []

    async def scenario() -> None:
        presenter = Presenter()

        async def work() -> None:
            runs.append(1)
            if len(runs) == 1:
                for _ in range(50):
                    gathering.wish()

        gathering = Gathering(presenter, "look", work, wait_ms=10)
        for _ in range(50):
            gathering.wish()
        await until(lambda: len(runs) == 2 and gathering.is_settled)

    run_qt(scenario())
    assert len(runs) == 2
