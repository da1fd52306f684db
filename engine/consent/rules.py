"""What a message says about being written to: stop, start again, or nothing of the kind.

A keyword alone, a short phrase around it, or one clear sentence ("não quero mais receber mensagens") stops.
An ordinary sentence that merely contains the word ("vou sair mais tarde") does not: whole clauses must match.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from itertools import chain, filterfalse

from engine.consent import phrases


class Intent(StrEnum):
    NONE = "none"
    STOP = "stop"
    START = "start"


#: Nobody needs more characters than this to be left alone; a longer text is conversation.
_LONGEST = 300


def intent(text: str) -> Intent:
    """What ``text``, exactly as a person sent it, asks for. Ordinary messages cost about 10 µs."""
    if len(text) > _LONGEST:
        return Intent.NONE
    spoken = [words for part in _CLAUSE.split(_fold(text)) if (words := _WORD.findall(part))]
    if not any(all(len(word) == 1 or word in phrases.WORDS for word in words) for words in spoken):
        return Intent.NONE
    clauses = [clause for words in spoken if (clause := _essence(words))]
    whole = _essence(list(chain.from_iterable(spoken)))  # "S.A.I.R" is one word, not four clauses
    if _says(clauses, whole, phrases.STOP_CLEAR, phrases.STOP_SHORT):
        return Intent.STOP
    if _says(clauses, whole, phrases.START_CLEAR, phrases.START_SHORT):
        return Intent.START
    return Intent.NONE


_CLAUSE = re.compile(r"[.,;:!?\n]+")
_WORD = re.compile(r"[^\W_]+")
_STRETCHED = re.compile(r"(.)\1+")


def _says(clauses: list[str], whole: str, clear: re.Pattern[str], short: re.Pattern[str]) -> bool:
    if any(clear.fullmatch(clause) for clause in (*clauses, whole)):
        return True
    if short.fullmatch(whole):
        return True
    return bool(clauses) and all(short.fullmatch(clause) for clause in clauses)


def _fold(text: str) -> str:
    """Without marks, case and stretched letters: ``SAAAIR`` is ``sair``."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    bare = folded if folded.isascii() else "".join(filterfalse(unicodedata.combining, folded))
    return _STRETCHED.sub(r"\1", bare)


def _essence(words: list[str]) -> str:
    """Without courtesies and repetitions, and what was spelled letter by letter as one word."""
    if len(words) > 2 and all(len(word) == 1 for word in words):
        words = [_STRETCHED.sub(r"\1", "".join(words))]
    kept: list[str] = []
    for word in words:
        if word not in phrases.FILLERS and kept[-1:] != [word]:
            kept.append(word)
    return " ".join(kept)
