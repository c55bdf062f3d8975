"""16 requests in flight, three outgoing calls each over a pool that keeps connections alive. `streams` or `protocol`."""
import asyncio
import os
import random
import sys

import truth

COUNT, CONNECTIONS = 160, 16
pool = []
port = 0


async def call(rid):
    await asyncio.sleep(random.uniform(0, 0.005))
    if pool:
        there = pool.pop()
    else:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        ino = os.fstat(writer.get_extra_info("socket").fileno()).st_ino
        there = [reader, writer, ino, 0]
    request = b"GET /b/%s HTTP/1.1\r\nHost: b\r\n\r\n" % rid
    truth.sent(there[2], there[3], len(request), rid.decode())
    there[3] += len(request)
    there[1].write(request)
    await there[0].readuntil(b"\r\n\r\n")
    await there[0].readexactly(2)
    pool.append(there)


async def work(rid):
    await call(rid)
    await asyncio.gather(call(rid), asyncio.create_task(call(rid)))


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def serve(reader, writer):
    ino = os.fstat(writer.get_extra_info("socket").fileno()).st_ino
    received = 0
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return writer.close()
        received += len(head)
        rid = head.split(b" ")[1].split(b"/")[2]
        truth.taken(ino, received, rid.decode())
        await work(rid)
        writer.write(ANSWER)


class Server(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.ino = os.fstat(transport.get_extra_info("socket").fileno()).st_ino
        self.received = 0

    def data_received(self, data):
        self.received += len(data)
        rid = data.split(b" ")[1].split(b"/")[2]
        truth.taken(self.ino, self.received, rid.decode())
        self.task = asyncio.get_running_loop().create_task(self.work(rid))

    async def work(self, rid):
        await work(rid)
        self.transport.write(ANSWER)


async def main():
    global port
    child, port = truth.backend()
    if sys.argv[1] == "streams":
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
    else:
        server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    driver = truth.driver(server.sockets[0].getsockname()[1], COUNT, CONNECTIONS)
    while driver.poll() is None:
        await asyncio.sleep(0.02)
    child.kill()
    truth.finish()


asyncio.run(main())
