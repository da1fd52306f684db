"""Nodes and addresses: the XML-like stanzas everything on a connection is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: The servers of addresses: phone numbers, hidden ids, groups.
PN, LID, GROUP = "s.whatsapp.net", "lid", "g.us"
#: The server itself.
SERVER = f"@{PN}"

Content = list["Node"] | bytes | str | None


class Node:
    """One stanza or part of one. Attributes are strings; those given as None are left out."""

    __slots__ = ("attrs", "content", "tag")

    def __init__(
        self,
        tag: str,
        attrs: Mapping[str, object] | None = None,
        content: Sequence[Node] | bytes | str | None = None,
    ) -> None:
        self.tag = tag
        self.attrs = {key: str(value) for key, value in (attrs or {}).items() if value is not None}
        self.content: Content = content if isinstance(content, bytes | str | None) else list(content)

    def children(self, tag: str | None = None) -> list[Node]:
        nodes = self.content if isinstance(self.content, list) else []
        return [node for node in nodes if tag is None or node.tag == tag]

    def child(self, *path: str) -> Node | None:
        """The first at this path of tags."""
        node: Node | None = self
        for tag in path:
            node = next(iter(node.children(tag)), None) if node else None
        return node

    def need(self, *path: str) -> Node:
        """Raises:
        LookupError: there is none.
        """
        found = self.child(*path)
        if found is None:
            raise LookupError(f"no {'/'.join(path)} in {self!r}")
        return found

    @property
    def data(self) -> bytes:
        """The content as bytes, whichever way the sender wrote it."""
        if isinstance(self.content, str):
            return self.content.encode()
        return self.content if isinstance(self.content, bytes) else b""

    def __repr__(self) -> str:
        attrs = "".join(f' {key}="{value}"' for key, value in self.attrs.items())
        if self.content is None:
            return f"<{self.tag}{attrs}/>"
        inside = "".join(map(repr, self.children())) or f"[{len(self.data)}]"
        return f"<{self.tag}{attrs}>{inside}</{self.tag}>"


@dataclass(frozen=True, slots=True)
class Jid:
    """Who a stanza is from or for. Device 0 is the phone, and is not written."""

    user: str
    server: str
    device: int = 0

    @classmethod
    def parse(cls, text: str) -> Jid:
        """Raises:
        ValueError: it is no address.
        """
        user, at, server = text.rpartition("@")
        if not at:
            raise ValueError(f"no address: {text!r}")
        user, _, device = user.partition(":")
        return cls(user, server, int(device or 0))

    def __str__(self) -> str:
        device = f":{self.device}" if self.device else ""
        return f"{self.user}{device}@{self.server}"
