"""WhatsApp's binary form of nodes: a dictionary of tokens, packed digits, addresses of their own kind.

The dictionary (version 3, which a client names in the ``WA\\x06\\x03`` it opens a connection with) is in
``tokens.json``: 236 words of one byte, and four tables of words of two bytes.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

from embedded_server.simulator.whatsapp.node import LID, PN, Jid, Node

_TOKENS = json.loads((Path(__file__).parent / "tokens.json").read_text("utf-8"))
_WORDS: list[str] = _TOKENS["single"]
_TABLES: list[list[str]] = _TOKENS["double"]

_EMPTY, _TABLE_0, _DEVICE_JID, _LIST8, _LIST16 = 0, 236, 247, 248, 249
_JID, _HEX, _BYTES8, _BYTES20, _BYTES32, _NIBBLES = 250, 251, 252, 253, 254, 255

_CODES = {word: bytes([code]) for code, word in enumerate(_WORDS) if word}
_CODES |= {
    word: bytes([_TABLE_0 + t, code]) for t, table in enumerate(_TABLES) for code, word in enumerate(table)
}

#: How an address with a device names its server, in one byte.
_DOMAINS = {PN: 0, LID: 1, "hosted": 128, "hosted.lid": 129}
_SERVERS = {domain: server for server, domain in _DOMAINS.items()}

_ALPHABETS = {_NIBBLES: "0123456789-.", _HEX: "0123456789ABCDEF"}
_COMPRESSED = 2


def encode(node: Node) -> bytes:
    """A node behind its byte of flags (none: not compressed)."""
    return b"\0" + _node(node)


def decode(data: bytes) -> Node:
    """Raises:
    ValueError: it is no node.
    """
    return _Reader(zlib.decompress(data[1:]) if data[0] & _COMPRESSED else data[1:]).node()


def _node(node: Node) -> bytes:
    out = _list(1 + 2 * len(node.attrs) + (node.content is not None)) + _string(node.tag)
    for key, value in node.attrs.items():
        out += _string(key) + _value(value)
    if node.content is None:
        return out
    if isinstance(node.content, bytes):
        return out + _length(len(node.content)) + node.content
    if isinstance(node.content, str):
        return out + _value(node.content)
    return out + _list(len(node.content)) + b"".join(map(_node, node.content))


def _value(text: str) -> bytes:
    """A client takes an address for one only in the form of its own, not as a string."""
    if "@" not in text or text in _CODES:
        return _string(text)
    try:
        jid = Jid.parse(text)
    except ValueError:
        return _string(text)
    if jid.device and jid.server in _DOMAINS:
        return bytes([_DEVICE_JID, _DOMAINS[jid.server], jid.device]) + _string(jid.user)
    return bytes([_JID]) + (_string(jid.user) if jid.user else bytes([_EMPTY])) + _string(jid.server)


def _string(text: str) -> bytes:
    if text in _CODES:
        return _CODES[text]
    if 0 < len(text) < 128:
        for kind, alphabet in _ALPHABETS.items():
            if set(text) <= set(alphabet):
                return _packed(kind, alphabet, text)
    data = text.encode()
    return _length(len(data)) + data


def _packed(kind: int, alphabet: str, text: str) -> bytes:
    """Two characters a byte; an odd one is filled up with 15 and said so in the first bit of the length."""
    digits = [alphabet.index(character) for character in text] + [15] * (len(text) % 2)
    pairs = bytes(digits[at] << 4 | digits[at + 1] for at in range(0, len(digits), 2))
    return bytes([kind, len(pairs) | (0x80 if len(text) % 2 else 0)]) + pairs


def _length(size: int) -> bytes:
    if size < 1 << 8:
        return bytes([_BYTES8, size])
    if size < 1 << 20:
        return bytes([_BYTES20]) + size.to_bytes(3, "big")
    return bytes([_BYTES32]) + size.to_bytes(4, "big")


def _list(size: int) -> bytes:
    if size == 0:
        return bytes([_EMPTY])
    return bytes([_LIST8, size]) if size < 1 << 8 else bytes([_LIST16]) + size.to_bytes(2, "big")


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def node(self) -> Node:
        size = self._list_size(self._byte())
        tag = self._string(self._byte())
        attrs = {self._string(self._byte()): self._string(self._byte()) for _ in range((size - 1) // 2)}
        return Node(tag, attrs, self._content() if size % 2 == 0 else None)

    def _content(self) -> list[Node] | bytes | str:
        kind = self._byte()
        if kind in (_EMPTY, _LIST8, _LIST16):
            return [self.node() for _ in range(self._list_size(kind))]
        if kind in (_BYTES8, _BYTES20, _BYTES32):
            return self._bytes(kind)
        return self._string(kind)

    def _string(self, kind: int) -> str:
        if kind in (_BYTES8, _BYTES20, _BYTES32):
            return self._bytes(kind).decode()
        if kind in _ALPHABETS:
            return self._unpacked(kind)
        if kind == _JID:
            return f"{self._string(self._byte())}@{self._string(self._byte())}"
        if kind == _DEVICE_JID:
            domain, device = self._byte(), self._byte()
            return str(Jid(self._string(self._byte()), _SERVERS.get(domain, PN), device))
        return self._word(kind)

    def _word(self, kind: int) -> str:
        if _TABLE_0 <= kind < _TABLE_0 + len(_TABLES):
            return _TABLES[kind - _TABLE_0][self._byte()]
        if kind >= len(_WORDS):
            raise ValueError(f"unknown token {kind}")
        return _WORDS[kind]

    def _unpacked(self, kind: int) -> str:
        size = self._byte()
        digits = [digit for byte in self._take(size & 0x7F) for digit in (byte >> 4, byte & 15)]
        if size & 0x80:
            digits.pop()
        return "".join(_ALPHABETS[kind][digit] for digit in digits)

    def _bytes(self, kind: int) -> bytes:
        return self._take(self._number({_BYTES8: 1, _BYTES20: 3, _BYTES32: 4}[kind]))

    def _list_size(self, kind: int) -> int:
        return {_EMPTY: 0, _LIST8: 1, _LIST16: 2}[kind] and self._number(kind - _LIST8 + 1)

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def _byte(self) -> int:
        return self._take(1)[0]

    def _take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise ValueError("the node ends too early")
        self._at += size
        return taken
