"""app-asyncio.py PORT UPSTREAM: one thread, many tasks; outgoing connections are shared by all of them."""

import asyncio
import random
import sys

UPSTREAM = int(sys.argv[2])
free = []


async def call(path: str) -> bytes:
    await asyncio.sleep(random.random() * 0.005)
    reader, writer = free.pop() if free else await asyncio.open_connection("127.0.0.1", UPSTREAM)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: upstream\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    body = await reader.readexactly(length)
    free.append((reader, writer))
    return body


async def serve(reader, writer):
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            _, kind, number = head.split()[1].decode().split("/")
            body = b" ".join(await asyncio.gather(*(call(f"/call/{number}/{k}") for k in range(3))))
            status = b"500 Failed" if kind == "fail" else b"200 OK"
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), backlog=128)
    await server.serve_forever()


asyncio.run(main())
