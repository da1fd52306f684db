"""``python -m tests.desktop.xvfb.driver STORY FOLDER``: the real desktop and somebody at its keys."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path

from desktop import __main__ as entry
from desktop.shell import frame as shell_frame
from desktop.shell.frame import Frame


def main() -> int:
    name, folder = sys.argv[1], Path(sys.argv[2])
    failed: list[str] = []

    def load() -> Callable[[Frame], Awaitable[None]]:
        live = import_module("desktop.app").run
        # Only now: with the stories come all the screens, which the product loads after its window.
        stories = import_module("tests.desktop.xvfb.stories")
        told = stories.STORIES | import_module("tests.desktop.xvfb.link_story").STORIES

        async def both(frame: Frame) -> None:
            living = asyncio.create_task(live(frame))
            telling = asyncio.create_task(told[name](stories.Stage(frame, folder)))
            await asyncio.wait({living, telling}, return_when=asyncio.FIRST_COMPLETED)
            if telling.done() and (problem := telling.exception()) is not None:
                failed.append("".join(traceback.format_exception(problem)))
                frame.window.screen().grabWindow(0).save(str(folder / "failed.png"))
            for left in (living, telling):
                left.cancel()
            await asyncio.gather(living, telling, return_exceptions=True)

        return both

    code = shell_frame.run(entry.fetch, load)
    sys.stdout.write("\n".join(failed))
    return code or len(failed)


if __name__ == "__main__":
    sys.exit(main())
