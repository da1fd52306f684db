"""What people read, in their language: one catalogue for the desktop, the server and the companion app.

Message ids are English. :func:`use` opens the catalogue of a language; until then, and for what a catalogue
does not have, the English stands. Text is looked up when it is shown, never when a module is imported.
"""

from __future__ import annotations

import gettext
import locale
from pathlib import Path

LANGUAGES = ("pt_BR", "en")
DOMAIN = "master-ia"
HOME = Path(__file__).parent / "locale"

_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def use(language: str) -> None:
    """Speak this language from now on; what is neither of ours is Portuguese of Brazil, our users' own."""
    global _catalogue, _language  # noqa: PLW0603 - one process speaks one language
    _language = language if language in LANGUAGES else "pt_BR"
    _catalogue = gettext.translation(DOMAIN, HOME, [_language], fallback=True)


def spoken() -> str:
    """The language in use: ``pt_BR`` or ``en``."""
    return _language


def of_system() -> str:
    """The language to begin with: English where the system speaks it, else Portuguese of Brazil."""
    known = (locale.getlocale()[0] or "").lower()
    return "en" if known.startswith("en") else "pt_BR"


def t(message: str, /, **values: object) -> str:
    """Translate; ``{name}`` in the message stands for a value."""
    return _filled(_catalogue.gettext(message), values)


def tn(one: str, many: str, count: int, /, **values: object) -> str:
    """Translate by number; ``{count}`` stands for it, with the separators of the language."""
    return _filled(_catalogue.ngettext(one, many, count), {"count": number(count), **values})


def tp(context: str, message: str, /, **values: object) -> str:
    """Translate a word that means different things in different places."""
    return _filled(_catalogue.pgettext(context, message), values)


def mark(message: str, /) -> str:
    """Leave a message as it is and have it in the catalogue: for tables whose entries are shown later."""
    return message


def number(value: float, decimals: int = 0) -> str:
    """``1.234`` or ``18,8`` in Portuguese, ``1,234`` or ``18.8`` in English."""
    text = f"{value:,.{decimals}f}"
    return text if _language == "en" else text.translate(str.maketrans(",.", ".,"))


def _filled(text: str, values: dict[str, object]) -> str:
    return text.format(**values) if values else text
