"""The library's calls, as far as a host uses them. All of them block; none may be made before it lives.

Its ids are names: each connection of a process has one, and a call goes to the connection of that name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.providers.linked.jids import shaped
from engine.providers.linked.native import Library

_PREVIEW = False


class LibraryError(Exception):
    """The library said no; the text is its own."""


class Calls:
    """``name`` is the connection that calls go to; it changes when another one takes over."""

    def __init__(self, library: Library) -> None:
        self._go, self._wire = library.go, library.wire
        self.name = b""

    def send(self, chat: str, message: Any) -> Any:
        """Returns when the server has the message. One at a time: the library sends in turn."""
        said = self._ask("SendMessage", "SendMessageReturnFunction", *self._jid(chat), *_sized(message))
        return said.SendResponse

    def upload(self, data: bytes, kind: int) -> Any:
        return self._ask("Upload", "UploadReturnFunction", data, len(data), kind).UploadResponse

    def download(self, message: bytes) -> bytes:
        data: bytes = self._ask("DownloadAny", "DownloadReturnFunction", message, len(message)).Binary
        return data

    def lid_for(self, jid: str) -> Any:
        return self._ask("GetLIDFromPN", "GetJIDFromStoreReturnFunction", *self._jid(jid)).Jid

    def phone_for(self, jid: str) -> Any:
        return self._ask("GetPNFromLID", "GetJIDFromStoreReturnFunction", *self._jid(jid)).Jid

    def look_up(self, jid: str) -> None:
        """Ask the server about a person; the library keeps what it learns."""
        people = self._wire.JIDArray(JIDS=[shaped(self._wire.JID, jid)])
        self._ask("GetUserInfo", "GetUserInfoReturnFunction", *_sized(people))

    def resolve(self, phones: Sequence[str]) -> Sequence[Any]:
        said = self._ask("IsOnWhatsApp", "IsOnWhatsAppReturnFunction", " ".join(phones).encode())
        found: Sequence[Any] = said.IsOnWhatsAppResponse
        return found

    def group(self, jid: str) -> Any:
        return self._ask("GetGroupInfo", "GetGroupInfoReturnFunction", *self._jid(jid)).GroupInfo

    def picture(self, jid: str) -> Any:
        """None without one."""
        params = self._wire.GetProfilePictureParams(Preview=_PREVIEW, ExistingID="", IsCommunity=False)
        said = self._ask(
            "GetProfilePicture", "GetProfilePictureReturnFunction", *self._jid(jid), *_sized(params)
        )
        return said.Picture if said.HasField("Picture") else None

    def pair_phone(self, params: Any) -> str:
        code: str = self._ask("PairPhone", "PairPhoneReturnFunction", *_sized(params)).Code
        return code

    def me(self) -> Any:
        return self._wire.Device.FromString(self._go.GetMe(self.name))

    def mark_read(self, chat: str, ids: Sequence[str], sender: str, at: int) -> None:
        arguments = (" ".join(ids).encode(), at, *self._jid(chat), *self._jid(sender), b"read")
        self._done(self._go.MarkRead(self.name, *arguments))

    def type(self, chat: str, state: int, media: int) -> None:
        self._done(self._go.SendChatPresence(self.name, *self._jid(chat), state, media))

    def appear(self, state: bytes) -> None:
        self._done(self._go.SendPresence(self.name, state))

    def logout(self) -> None:
        self._done(self._go.Logout(self.name))

    def disconnect(self) -> None:
        self._go.Disconnect(self.name)

    def is_connected(self) -> bool:
        return bool(self._go.IsConnected(self.name))

    def _ask(self, function: str, shape: str, *arguments: Any) -> Any:
        said = getattr(self._wire, shape).FromString(getattr(self._go, function)(self.name, *arguments))
        if said.Error:
            raise LibraryError(said.Error)
        return said

    def _jid(self, jid: str) -> tuple[bytes, int]:
        return _sized(shaped(self._wire.JID, jid))

    @staticmethod
    def _done(error: bytes) -> None:
        if error:
            raise LibraryError(error.decode(errors="replace"))


def _sized(message: Any) -> tuple[bytes, int]:
    data = message.SerializeToString()
    return data, len(data)
