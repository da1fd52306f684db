"""A bare client loop: posts template messages on aiohttp and uvloop, and keeps nothing.

``python -m tests.benchmarks.peers.bare_loop URL COUNT`` prints one JSON line. Nothing that speaks HTTP by
aiohttp and also keeps a ledger can be faster.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator

import aiohttp
import orjson
import uvloop

IN_FLIGHT = 64
_PATH = "/v23.0/106540352242922/messages"
_HEADERS = {"authorization": "Bearer TOKEN", "content-type": "application/json"}


def main() -> None:
    url, count = sys.argv[1], int(sys.argv[2])
    seconds = uvloop.run(_post_all(url, count))
    print(json.dumps({"count": count, "seconds": seconds, "cpu_seconds": time.process_time()}))


async def _post_all(url: str, count: int) -> float:
    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    async with aiohttp.ClientSession(connector=connector, headers=_HEADERS) as session:
        start, numbers = time.perf_counter(), iter(range(count))
        await asyncio.gather(*(_post_some(session, url + _PATH, numbers) for _ in range(IN_FLIGHT)))
        return time.perf_counter() - start


async def _post_some(session: aiohttp.ClientSession, url: str, numbers: Iterator[int]) -> None:
    for number in numbers:
        async with session.post(url, data=_body(number)) as response:
            assert orjson.loads(await response.read())["messages"][0]["id"]


def _body(number: int) -> bytes:
    parameters = [{"type": "text", "text": f"Cliente {number}"}, {"type": "text", "text": "10%"}]
    template = {
        "name": "promo",
        "language": {"code": "pt_BR"},
        "components": [{"type": "body", "parameters": parameters}],
    }
    return orjson.dumps(
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": str(5511900000000 + number),
            "type": "template",
            "biz_opaque_callback_data": str(number),
            "template": template,
        }
    )


if __name__ == "__main__":
    main()
