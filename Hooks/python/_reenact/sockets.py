"""Accepted connections: whose bytes are received, and whether the answer says that something failed."""
import os

from . import context
from .channel import swallow

inbound = {}
listening = set()


def _patch(module):
    import _socket
    cls, base = module.socket, _socket.socket
    fileno = base.fileno
    peek = module.MSG_PEEK
    put, Connection, VALUE = context.put, context.Connection, context.VALUE
    streams = {getattr(module, n) for n in ("AF_INET", "AF_INET6", "AF_UNIX") if hasattr(module, n)}

    def accepted(sock):
        if sock.family not in streams or not sock.type & module.SOCK_STREAM:
            return
        fd = fileno(sock)
        connection = Connection(os.fstat(fd).st_ino)
        inbound[fd] = connection
        if context.enabled:
            put((connection, 0, False))

    def received(sock, connection, count):
        fd = fileno(sock)
        if os.fstat(fd).st_ino != connection.ino:
            inbound.pop(fd, None)
            return
        connection.received += count
        if context.enabled:
            put((connection, connection.received, False))

    def gone(sock):
        connection = inbound.pop(fileno(sock), None)
        value = VALUE.get()
        if connection is not None and value is not None and value[0] is connection:
            put(None)

    accept = cls.accept

    def patched_accept(self):
        try:
            result = accept(self)
        except BlockingIOError:
            # Whoever accepts in a loop has taken all there were: what it does next is for none of them.
            if context.enabled and VALUE.get() is not None:
                put(None)
            raise
        try:
            accepted(result[0])
        except BaseException:
            swallow()
        return result

    def receiving(name, count, flags_at):
        original = getattr(cls, name)

        def patched(self, *args, **kwargs):
            result = original(self, *args, **kwargs)
            if inbound:
                connection = inbound.get(fileno(self))
                if connection is not None:
                    try:
                        flags = args[flags_at] if len(args) > flags_at else kwargs.get("flags", 0)
                        n = count(result)
                        if n and not flags & peek:
                            received(self, connection, n)
                    except BaseException:
                        swallow()
            return result

        setattr(cls, name, context.like(patched, original))

    def sending(name, first):
        original = getattr(cls, name)

        def patched(self, *args, **kwargs):
            if inbound:
                connection = inbound.get(fileno(self))
                if connection is not None:
                    try:
                        start = first(args[0])
                        if start[:7] == b"HTTP/1." and start[9:10] == b"5":
                            from . import reporting
                            reporting.answered(connection)
                        elif start[:7] == b"HTTP/1.":
                            from . import reporting
                            reporting.settle(connection)
                    except BaseException:
                        swallow()
                    return original(self, *args, **kwargs)
            # Which request this is sent for is certain here, however the program came here.
            context.tell(VALUE.get() if context.enabled else None)
            return original(self, *args, **kwargs)

        setattr(cls, name, context.like(patched, original))

    cls.accept = context.like(patched_accept, accept)
    receiving("recv", len, 1)
    receiving("recvfrom", lambda r: len(r[0]), 1)
    receiving("recvmsg", lambda r: len(r[0]), 2)
    receiving("recv_into", int, 2)
    receiving("recvfrom_into", lambda r: r[0], 2)
    receiving("recvmsg_into", lambda r: r[0], 2)
    sending("send", lambda data: bytes(memoryview(data)[:10]))
    sending("sendall", lambda data: bytes(memoryview(data)[:10]))
    sending("sendmsg", lambda parts: b"".join([bytes(memoryview(p)[:10]) for p in parts[:2]]) if hasattr(
        parts, "__getitem__") else b"")

    close, detach = cls._real_close, cls.detach

    def patched_close(self, *args, **kwargs):
        if inbound:
            gone(self)
        return close(self, *args, **kwargs)

    def patched_detach(self):
        # Also where TLS is put around it: from then on the bytes on the wire are not seen here.
        if inbound:
            gone(self)
        return detach(self)

    cls._real_close = context.like(patched_close, close)
    cls.detach = context.like(patched_detach, detach)


def _patch_ssl(module):
    """TLS sends from C: say for whom first."""
    cls = module.SSLSocket

    def telling(name):
        original = getattr(cls, name)

        def patched(self, *args, **kwargs):
            context.tell(context.VALUE.get() if context.enabled else None)
            return original(self, *args, **kwargs)

        setattr(cls, name, context.like(patched, original))

    for name in ("do_handshake", "send", "write", "unwrap"):
        telling(name)


def _patch_selectors(module):
    """A thread that waits for accepted connections or listening sockets hands requests out: it works for none."""
    cls = module._BaseSelectorImpl
    register = cls.register

    def patched_register(self, fileobj, events, data=None):
        key = register(self, fileobj, events, data)
        try:
            if "_reenact" not in self.__dict__ and _serves(key.fd):
                self.__dict__["_reenact"] = True
        except BaseException:
            swallow()
        return key

    cls.register = context.like(patched_register, register)
    for name in ("SelectSelector", "PollSelector", "EpollSelector"):
        selector = getattr(module, name, None)
        if selector is not None:
            _patch_select(selector)


def _patch_select(selector):
    select = selector.select

    def patched_select(self, timeout=None):
        if "_reenact" in self.__dict__ and context.VALUE.get() is not None:
            context.put(None)
        return select(self, timeout)

    selector.select = context.like(patched_select, select)


def _serves(fd):
    if fd in inbound:
        return True
    import _socket
    try:
        probe = _socket.socket(fileno=os.dup(fd))
    except OSError:
        return False
    try:
        return bool(probe.getsockopt(_socket.SOL_SOCKET, _socket.SO_ACCEPTCONN))
    except OSError:
        return False
    finally:
        probe.close()


def patch(imports):
    imports.after("socket", _patch)
    imports.after("ssl", _patch_ssl)
    imports.after("selectors", _patch_selectors)
