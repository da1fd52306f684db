"""The statuses that follow an accepted message, and what people answer."""

from __future__ import annotations

from random import Random

from embedded_server.simulator.behavior import Behavior
from embedded_server.simulator.fates import Ending, Fate

_REPLIES = (
    "Oi! Recebi sim, obrigado 😊",
    "Quanto fica o frete para o meu endereço?",
    "Pode me mandar mais informações?",
    "Adorei, quero dois!",
    "Vocês abrem amanhã?",
    "Ainda não chegou aqui não...",
    "Confirmado 👍",
    "Qual é o prazo de entrega?",
    "Boa tarde, aceita pix?",
    "Obrigada pelo aviso!",
)
_NAMES = (
    "Ana Souza",
    "Bruno Lima",
    "Célia Araújo",
    "Davi Nascimento",
    "Eduarda Conceição",
    "Fábio Gonçalves",
    "Graça Magalhães",
    "Heitor Brandão",
    "Inês Falcão",
    "João Pedro Reis",
)


def climb(behavior: Behavior, rng: Random, fate: Fate) -> list[tuple[float, str]]:
    """The statuses of one message, each with its delay in seconds after the acceptance."""
    if fate.ending is Ending.SILENT:
        return []
    if fate.statuses is not None:
        step = rng.uniform(*behavior.sent_after)
        return [(step * place, status) for place, status in enumerate(fate.statuses, 1)]
    at = rng.uniform(*behavior.sent_after)
    steps = [(at, "sent")]
    at += rng.uniform(*behavior.delivered_after)
    if fate.ending is Ending.FAIL:
        return [*steps, (at, "failed")]
    steps.append((at, "delivered"))
    if rng.random() < behavior.read:
        steps.append((at + rng.uniform(*behavior.read_after), "read"))
    return steps


def reply(behavior: Behavior, rng: Random, steps: list[tuple[float, str]]) -> tuple[float, str] | None:
    """When and what the person answers; nobody answers what did not arrive."""
    if not steps or steps[-1][1] not in {"delivered", "read"} or rng.random() >= behavior.reply:
        return None
    text = "SAIR" if rng.random() < behavior.opt_out else rng.choice(_REPLIES)
    return steps[-1][0] + rng.uniform(*behavior.reply_after), text


def name_of(key: str) -> str:
    """A name that belongs to a match key."""
    return _NAMES[int(key[-3:] or 0) % len(_NAMES)] if key[-3:].isdecimal() else _NAMES[0]
