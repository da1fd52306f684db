"""Asking to be left alone: understood from words, bound to the address, and provable."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from engine import clock, consent
from engine.consent import Intent, Method, Wish
from engine.context import Engine
from engine.events import OptedOut
from engine.ids import new_id
from engine.models import ChannelKind, Contact, ContactIdentity, IdentityKind

STOPS = """
SAIR|Sair!|s a i r|S.A.I.R|saaaair|*SAIR*|ＳＡＩＲ|sair 🙏|Sair, obrigado|quero sair|Quero SAIR da lista
sair do grupo|PARAR|parar por favor|pode parar por favor|pare!|para de me mandar mensagem
pare de enviar mensagens|parem de mandar msg|eu quero parar de receber mensagens|STOP|stop!!
Stop please|STOP STOP|stopall|CANCELAR|quero cancelar|cancelar inscrição
gostaria de cancelar o recebimento|DESCADASTRAR|descadastrár|descadastre-me|quero me descadastrar
bom dia, pode me descadastrar?|não quero mais receber|nao quero mais receber mensagens
Não quero receber mais mensagens de vocês|não desejo receber mais propaganda
nao quero mais mensagens|Quem é? não quero mais receber mensagens!|não me mande mais mensagens
não envie mais|me tira da lista|me tire dessa lista por favor|tira meu numero da lista
remover meu contato da lista|unsubscribe|don't message me|please stop sending me messages
remove me from this list|stop\tobrigada
"""

SENTENCES = """
vou sair mais tarde, pode entregar?|quanto custa parar na loja|pode parar na frente da loja?|ok|🙂
quero cancelar meu pedido|cancelar a consulta de amanhã|não quero sair da lista|para amanhã
que horas posso sair?|o ônibus vai parar ai?|stop motion
quero receber mais informações sobre o produto|não vou parar de comprar|obrigado|cancelamos ontem
sair de casa agora|preciso sair agora, mas volto|não quero mais o bolo|quero sair daqui a pouco
pode parar com o molho|pode cancelar, vou comprar outro|não me mande o azul, mande o verde
me manda mais fotos|como faço para cancelar meu agendamento?|vocês param no feriado?
não quero receber mensagens de manhã, só à tarde
"""

STARTS = "VOLTAR|start|Start!|quero voltar|quero voltar a receber|voltar a receber mensagens|UNSTOP"


def each(block: str) -> list[str]:
    return [phrase.replace("\t", "\n\n") for line in block.strip().split("\n") for phrase in line.split("|")]


@pytest.mark.parametrize("phrase", each(STOPS))
def test_a_wish_to_stop_is_understood(phrase: str) -> None:
    assert consent.intent(phrase) is Intent.STOP


@pytest.mark.parametrize("sentence", each(SENTENCES))
def test_an_ordinary_sentence_stops_nothing(sentence: str) -> None:
    assert consent.intent(sentence) is Intent.NONE


@pytest.mark.parametrize("phrase", each(STARTS))
def test_a_wish_to_return_is_understood(phrase: str) -> None:
    assert consent.intent(phrase) is Intent.START


def test_a_hostile_text_is_read_at_once() -> None:
    assert consent.intent("nao quero mais receber " * 10_000) is Intent.NONE
    assert consent.intent("me " * 99) is Intent.NONE


KEY = "5531988887777"


def a_wish(**changes: object) -> Wish:
    values = {"channel_kind": ChannelKind.WHATSAPP, "match_key": KEY, "method": Method.KEYWORD} | changes
    return Wish(**values)  # type: ignore[arg-type]


async def a_contact(engine: Engine, company_id: UUID, **addresses: str) -> UUID:
    contact = Contact(company_id=company_id, id=new_id(), name="Ana")
    async with engine.unit_of_work(company_id) as uow:
        uow.session.add(contact)
        await uow.session.flush()
        uow.session.add_all(
            ContactIdentity(
                company_id=company_id,
                contact_id=contact.id,
                kind=IdentityKind(kind),
                value=key,
                match_key=key,
            )
            for kind, key in addresses.items()
        )
    return contact.id


async def stopped(engine: Engine, company_id: UUID, kind: ChannelKind = ChannelKind.WHATSAPP) -> set[str]:
    async with engine.unit_of_work(company_id) as uow:
        return set(await consent.opted_out(uow, kind, [KEY, "BR.1", "other"]))


async def test_an_opt_out_is_in_force_for_its_company_and_channel_only(
    engine: Engine, company_id: UUID, make_company
) -> None:
    neighbor = await make_company(engine)

    async with engine.unit_of_work(company_id) as uow:
        assert await consent.record_opt_out(uow, a_wish())

    assert await stopped(engine, company_id) == {KEY}
    assert await stopped(engine, company_id, ChannelKind.SMS) == set()
    assert await stopped(engine, neighbor) == set()


async def test_repeating_an_opt_out_changes_nothing(engine: Engine, company_id: UUID) -> None:
    async with engine.unit_of_work(company_id) as uow:
        assert await consent.opt_out_many(uow, [a_wish(), a_wish(), a_wish(match_key="other")]) == 2
        assert await consent.opt_out_many(uow, [a_wish(), a_wish(match_key="other")]) == 0
        assert await consent.opt_out_many(uow, []) == 0


async def test_a_stop_on_one_address_stops_them_all(engine: Engine, company_id: UUID) -> None:
    ana = await a_contact(engine, company_id, phone=KEY, bsuid="BR.1")

    async with engine.unit_of_work(company_id) as uow:
        await consent.record_opt_out(uow, a_wish(match_key="BR.1", contact_id=ana))

    assert await stopped(engine, company_id) == {KEY, "BR.1"}


async def test_a_return_lifts_every_address_and_is_proved(engine: Engine, company_id: UUID) -> None:
    ana = await a_contact(engine, company_id, phone=KEY, bsuid="BR.1")
    async with engine.unit_of_work(company_id) as uow:
        await consent.record_opt_out(uow, a_wish(contact_id=ana, evidence={"text": "SAIR"}))

    async with engine.unit_of_work(company_id) as uow:
        assert await consent.record_opt_in(uow, a_wish(match_key="BR.1", contact_id=ana))
        kept = await consent.history(uow, ana)

    assert await stopped(engine, company_id) == set()
    assert [(proof.granted, proof.evidence) for proof in kept] == [(False, {"text": "SAIR"}), (True, {})]


async def test_the_latest_wish_wins_in_any_order_of_arrival(engine: Engine, company_id: UUID) -> None:
    noon = clock.now()
    async with engine.unit_of_work(company_id) as uow:
        await consent.record_opt_out(uow, a_wish(at=noon))
        assert not await consent.record_opt_in(uow, a_wish(at=noon - timedelta(minutes=5)))
        assert await consent.record_opt_in(uow, a_wish(at=noon + timedelta(minutes=5)))
        assert not await consent.record_opt_out(uow, a_wish(at=noon + timedelta(minutes=1)))
        assert await consent.opted_out(uow, ChannelKind.WHATSAPP, [KEY]) == frozenset()
        assert await consent.record_opt_out(uow, a_wish(at=noon + timedelta(minutes=9)))

    assert await stopped(engine, company_id) == {KEY}


async def test_the_company_hears_of_an_opt_out_after_the_commit(engine: Engine, company_id: UUID) -> None:
    heard: list[OptedOut] = []

    async def listen(event: OptedOut) -> None:
        heard.append(event)

    engine.bus.subscribe(OptedOut, listen)

    async with engine.unit_of_work(company_id) as uow:
        await consent.opt_out_many(uow, [a_wish(), a_wish()])
        assert heard == []

    assert [event.channel_kind for event in heard] == [ChannelKind.WHATSAPP]


async def test_evidence_can_be_added_and_never_changed(engine: Engine, company_id: UUID) -> None:
    ana = await a_contact(engine, company_id, phone=KEY)
    async with engine.unit_of_work(company_id) as uow:
        await consent.record_consent(
            uow,
            consent.Evidence(
                contact_id=ana,
                channel_kind=ChannelKind.SMS,
                granted=True,
                method=Method.FORM,
                text_shown="Aceito receber ofertas",
            ),
        )
        (proof,) = await consent.history(uow, ana)
        assert proof.evidence == {"text_shown": "Aceito receber ofertas"}

    with pytest.raises(ProgrammingError) as refused:
        async with engine.unit_of_work(company_id) as uow:
            await uow.session.execute(text("DELETE FROM consent"))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
