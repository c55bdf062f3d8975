"""Event loops that are not asyncio's own."""
from . import context


def _patch_uvloop(module):
    """uvloop writes after its callbacks, from C: nothing that the loop's thread sends is attributed. What the code
    works for is still known, from the protocols that the server makes."""
    loop = module.Loop
    run = loop.run_forever
    serve = loop.create_server

    def patched_run(self):
        context.native["mute"](1)
        try:
            return run(self)
        finally:
            context.native["mute"](0)

    async def patched_serve(self, protocol_factory, *args, **kwargs):
        return await serve(self, _watched(protocol_factory), *args, **kwargs)

    loop.run_forever = context.like(patched_run, run)
    loop.create_server = context.like(patched_serve, serve)


def _watched(factory):
    import os

    def make():
        protocol = factory()
        try:
            made, received = protocol.connection_made, protocol.data_received
            connection = context.Connection(0)

            def connection_made(transport):
                there = transport.get_extra_info("socket")
                # Under TLS the lengths seen here are not those on the wire.
                if there is not None and transport.get_extra_info("sslcontext") is None:
                    connection.ino = os.fstat(there.fileno()).st_ino
                    context.VALUE.set((connection, 0, False))
                return made(transport)

            def data_received(data):
                if connection.ino:
                    connection.received += len(data)
                    context.VALUE.set((connection, connection.received, False))
                return received(data)

            protocol.connection_made = connection_made
            protocol.data_received = data_received
        except Exception:
            pass
        return protocol

    return make


def _patch_green(module):
    context.disable()


def patch(imports):
    imports.after("uvloop", _patch_uvloop)
    # Greenlets switch in the middle of a call, where no hook of ours looks.
    imports.after("gevent.monkey", _patch_green)
    imports.after("gevent.hub", _patch_green)
    imports.after("eventlet.hubs", _patch_green)
