"""upstream.py PORT: answers /call/ID/K after 0 to 5 ms, on keep-alive connections."""

import asyncio
import random
import sys


async def serve(reader, writer):
    choice = random.Random(writer.get_extra_info("peername")[1])
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            await asyncio.sleep(choice.random() * 0.005)
            body = head.split()[1]
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), backlog=256)
    await server.serve_forever()


asyncio.run(main())
