"""Protocol Buffers as bytes: enough of them for what WhatsApp and Signal put on the wire.

The client's own generated classes cannot be used here: importing them loads its native library.
"""

from __future__ import annotations

from collections.abc import Iterator

Value = int | str | bytes | None

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def pack(*fields: tuple[int, Value]) -> bytes:
    """One message of these (number, value) fields; those that are None are left out, numbers may repeat."""
    return b"".join(_field(number, value) for number, value in fields if value is not None)


class Fields:
    """A message as it was read. What is absent reads as 0, empty or None; of many the last one counts."""

    def __init__(self, data: bytes) -> None:
        self._values: dict[int, list[int | bytes]] = {}
        for number, value in _read(data):
            self._values.setdefault(number, []).append(value)

    def __contains__(self, number: int) -> bool:
        return number in self._values

    def numbers(self) -> list[int]:
        return sorted(self._values)

    def number(self, number: int) -> int:
        value = self._last(number)
        return value if isinstance(value, int) else 0

    def blob(self, number: int) -> bytes:
        value = self._last(number)
        return value if isinstance(value, bytes) else b""

    def text(self, number: int) -> str | None:
        return self.blob(number).decode() if number in self else None

    def inner(self, number: int) -> Fields | None:
        return Fields(self.blob(number)) if number in self else None

    def blobs(self, number: int) -> list[bytes]:
        return [value for value in self._values.get(number, []) if isinstance(value, bytes)]

    def _last(self, number: int) -> int | bytes | None:
        return self._values[number][-1] if number in self._values else None


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3 | _VARINT) + _varint(value)
    data = value.encode() if isinstance(value, str) else bytes(value)
    return _varint(number << 3 | _BYTES) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        if tag & 7 == _VARINT:
            value, at = _read_varint(data, at)
            yield tag >> 3, value
            continue
        size, at = _size(data, at, tag & 7)
        if at + size > len(data):
            raise ValueError("a field ends after its message")
        yield tag >> 3, data[at : at + size]
        at += size


def _size(data: bytes, at: int, kind: int) -> tuple[int, int]:
    if kind == _BYTES:
        return _read_varint(data, at)
    sizes = {_FIXED64: 8, _FIXED32: 4}
    if kind not in sizes:
        raise ValueError(f"wire type {kind}")
    return sizes[kind], at


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
