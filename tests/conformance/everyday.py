"""What happens every day: linking, writing, reading, files, groups, and what the phone tells."""

from __future__ import annotations

from functools import partial

from embedded_server.simulator.whatsapp import letters
from embedded_server.simulator.whatsapp.history import OldChat, OldMessage
from embedded_server.simulator.whatsapp.letters import Part
from embedded_server.simulator.whatsapp.node import LID, PN
from embedded_server.simulator.whatsapp.pen import Draft
from engine.providers.linked.protocol import EventName, Json, Phase
from tests.conformance.scenario import scenario
from tests.conformance.stage import Stage


@scenario
async def qr_link_and_log_in(stage: Stage) -> None:
    number = await stage.linked()
    linked = await number.event(EventName.LINKED)
    assert linked["jid"].split("@")[0].split(":")[0] == number.person.number
    await number.stop()
    since = len(number.heard)
    await number.connect()
    assert not [one for one in number.heard[since:] if one.name == EventName.QR]


@scenario
async def pairing_code(stage: Stage) -> None:
    number = stage.number()
    await number.start()
    await number.link.do("link_code", phone=f"+{number.person.number}")
    code = await number.event(EventName.PAIRING_CODE)
    number.device = await stage.server.enter(code["code"].replace("-", ""), number.person)
    await number.state(Phase.OPEN)


@scenario
async def text_both_ways_with_every_receipt(stage: Stage) -> None:
    number, ana = await stage.linked(), stage.server.someone()
    id_ = await number.send(ana, "Seu pedido chegou", token="t-1")
    await ana.phone.read(ana.phone.inbox[0])
    await ana.phone.play(ana.phone.inbox[0])
    for kind in ("delivered", "read", "played"):
        receipt = await number.event(EventName.RECEIPT, partial(_is_of, kind))
        assert (receipt["ids"], receipt["tokens"]) == ([id_], ["t-1"])
    await ana.phone.say(number.person, "Obrigada!")
    heard = await number.message("Obrigada!")
    assert not heard["from_me"]
    assert stage.server.ledger.texts(ana) == ["Seu pedido chegou"]


def _is_of(kind: str, data: Json) -> bool:
    return bool(data["kind"] == kind)


@scenario
async def words_written_on_the_phone(stage: Stage) -> None:
    number, ana = await stage.linked(), stage.server.someone()
    await number.person.phone.say(ana, "Respondi pelo celular")
    heard = await number.message("Respondi pelo celular")
    assert heard["from_me"]
    assert heard["chat"].split("@")[0] in (ana.lid, ana.number)


@scenario
async def both_forms_of_a_persons_address(stage: Stage) -> None:
    number = await stage.linked()
    for server in (LID, PN):
        who = stage.server.someone()
        await who.phone.say(number.person, f"por {server}", server=server)
        heard = await number.message(f"por {server}")
        forms = {form.split("@")[0] for form in (heard["chat"], heard["chat_alt"]) if form}
        assert forms == {who.number, who.lid}
        assert heard["chat"].endswith(f"@{server}")


@scenario
async def groups_are_read_and_answered(stage: Stage) -> None:
    number = await stage.linked()
    ana, bia = stage.server.someone("Ana"), stage.server.someone("Bia")
    group = stage.server.group("Vizinhos", [ana, bia, number.person], LID)
    await ana.phone.say_in(group, "Bom dia a todos")
    heard = await number.message("Bom dia a todos")
    assert (heard["chat"], heard["subject"]) == (group.jid, "Vizinhos")
    content = {"kind": "text", "body": "Bom dia, Ana"}
    await number.link.do("send", token="g-1", to=group.jid, content=content)
    assert [member.phone.inbox[-1].text for member in (ana, bia)] == ["Bom dia, Ana"] * 2
    told = await number.link.do("group", jid=group.jid)
    assert (told["subject"], len(told["members"])) == ("Vizinhos", 3)


@scenario
async def files_both_ways(stage: Stage) -> None:
    number, ana = await stage.linked(), stage.server.someone()
    await ana.phone.send_file(number.person, Part.DOCUMENT, b"recibo" * 50, "text/plain")
    heard = await number.event(EventName.MESSAGE, lambda data: data["kind"] == "document")
    target = stage.folder / "fetched"
    await number.link.do("download", media=heard["media"], path=str(target))
    assert target.read_bytes() == b"recibo" * 50
    source = stage.folder / "nota.txt"
    source.write_bytes(b"nota" * 50)
    content = {
        "kind": "media",
        "type": "document",
        "path": str(source),
        "mime": "text/plain",
        "filename": "n.txt",
    }
    await number.link.do("send", token="f-1", to=f"{ana.number}@s.whatsapp.net", content=content)
    assert ana.phone.open_file(ana.phone.inbox[-1]) == b"nota" * 50


@scenario
async def answers_reactions_edits_and_taking_back(stage: Stage) -> None:
    number, ana = await stage.linked(), stage.server.someone()
    sent = await number.send(ana, "Fica pronto às 18h")
    await ana.phone.reply(ana.phone.inbox[0], "Ótimo")
    assert (await number.message("Ótimo"))["reply_to"] == sent
    await ana.phone.react(ana.phone.inbox[0], "👍")
    reaction = await number.event(EventName.MESSAGE, lambda data: data["kind"] == "reaction")
    assert (reaction["payload"]["message_id"], reaction["payload"]["emoji"]) == (sent, "👍")
    said = await ana.phone.say(number.person, "Quero dios bolos")
    await ana.phone.edit(number.person, said, "Quero dois bolos")
    edit = await number.event(EventName.MESSAGE, lambda data: data["kind"] == "edit")
    assert (edit["payload"]["original_message_id"], edit["text"]) == (said, "Quero dois bolos")
    await ana.phone.take_back(number.person, said)
    gone = await number.event(EventName.MESSAGE, lambda data: data["kind"] == "revoke")
    assert gone["payload"]["original_message_id"] == said


@scenario
async def history_comes_over_with_pairs_of_addresses(stage: Stage) -> None:
    number, ana = stage.number(), stage.server.someone("Ana")
    number.person.past = [OldChat(ana, [OldMessage("Vocês abrem domingo?", "OLD1")])]
    await number.scan()
    old = await number.message("Vocês abrem domingo?")
    assert old["origin"] == "history"
    pair = [str(ana.jid(LID)), str(ana.jid(PN))]
    await number.event(EventName.PAIRS, lambda data: pair in data["pairs"])


@scenario
async def a_message_that_cannot_be_read_is_asked_for_again(stage: Stage) -> None:
    number, ana = await stage.linked(), stage.server.someone()
    await ana.phone.write(number.person, Draft(letters.text("estragada"), is_damaged=True))
    await number.message("estragada")
    assert ana.phone.receipts[0].kind == "retry"


@scenario
async def a_phone_that_cannot_read_gets_the_same_message_again(stage: Stage) -> None:
    number, ana = await stage.linked(), stage.server.someone()
    ana.phone.unreadable = 1
    id_ = await number.send(ana, "de novo")
    await number.until(lambda: stage.server.ledger.texts(ana) == ["de novo"])
    assert stage.server.ledger.times_accepted(id_) == 1


@scenario
async def numbers_are_looked_up(stage: Stage) -> None:
    number, ana = await stage.linked(), stage.server.someone()
    found = await number.link.do("resolve", phones=[f"+{ana.number}", "+551140028922"])
    assert [one["exists"] for one in found] == [True, False]
    assert found[0]["jid"].split("@")[0] == ana.number


@scenario
async def two_linked_numbers_write_to_each_other(stage: Stage) -> None:
    shop, supplier = await stage.linked(), await stage.linked("Fornecedor")
    await shop.send(supplier.person, "Preciso de farinha")
    await supplier.message("Preciso de farinha")
    await supplier.send(shop.person, "Segue amanhã")
    await shop.message("Segue amanhã")
