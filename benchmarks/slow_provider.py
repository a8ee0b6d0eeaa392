"""A provider that takes 50 ms for each call, and little of the machine: what is measured is the worker.

It answers as Twilio and Resend do and checks nothing: what a provider refuses is what tests/fakes are for.
`python -m benchmarks.slow_provider PORT`.
"""

import asyncio
import json
import sys
import uuid
from typing import Any

SECONDS = 0.05


class Provider(asyncio.Protocol):
    def connection_made(self, transport: Any) -> None:
        self.transport, self.data = transport, b""

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, separator, rest = self.data.partition(b"\r\n\r\n")
        if not separator:
            return
        lines = head.split(b"\r\n")
        fields = {name.lower(): value for name, _, value in (line.partition(b": ") for line in lines[1:])}
        length = int(fields.get(b"content-length", 0))
        if len(rest) < length:
            return
        body, self.data = rest[:length], rest[length:]
        asyncio.get_running_loop().call_later(SECONDS, self.answer, lines[0].split()[1], body)

    def answer(self, path: bytes, body: bytes) -> None:
        status, content = b"200 OK", {"id": str(uuid.uuid4())}
        if path.endswith(b"/batch"):
            content = {"data": [{"id": str(uuid.uuid4())} for _ in json.loads(body)]}
        elif path.endswith(b"Messages.json"):
            status, content = b"201 CREATED", {"sid": "SM" + uuid.uuid4().hex, "status": "queued"}
        data = json.dumps(content).encode()
        head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(data))
        self.transport.write(head + data)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", port, backlog=256)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
