"""An API that lets one wait and bounds its calls: `python -m bench.slow SECONDS CALLS PAGES`; prints its port."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque


async def serve(latency: float, limit: int, pages: int) -> None:
    """`/sNN?page=N`: a hundred rows after a while; 429 beyond so many calls of any one second."""
    calls: deque[float] = deque()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            now = time.monotonic()
            while calls and calls[0] < now - 1:
                calls.popleft()
            refused = len(calls) >= limit
            if not refused:
                calls.append(now)
                await asyncio.sleep(latency)
            page = int(head.partition(b"page=")[2].split(b" ")[0].split(b"&")[0] or 1)
            count = 100 if page < pages else 99  # a page that is not full is the last
            rows = [{"id": page * 100 + row, "name": f"n{row}", "amount": row / 4} for row in range(count)]
            body = b"{}" if refused else json.dumps({"results": rows}).encode()
            status = b"429 Too Many Requests\r\nRetry-After: 1" if refused else b"200 OK"
            writer.write(
                b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
            )
            writer.write(body)
            await writer.drain()

    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(quietly, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
