"""Settings for a command, with a wrong one explained instead of traced."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from engine.errors import EngineError, Kind
from engine.settings import Settings


class WrongSetting(EngineError):
    """A setting in the environment cannot be understood."""

    kind = Kind.INVALID


def load(**chosen: Any) -> Settings:
    """The environment's settings, with those of the command line over them; None there means not given.

    Raises:
        WrongSetting: the message names every wrong one, never its value.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = [f"MASTERIA_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors()]
        raise WrongSetting("; ".join(wrong)) from None
    return settings.model_copy(update={name: value for name, value in chosen.items() if value is not None})
