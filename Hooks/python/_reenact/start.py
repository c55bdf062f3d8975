"""What happens at interpreter start. Quick: everything that can wait does."""
import os
import sys
import time

from . import channel

BORN = time.monotonic()


def hello():
    prefix = sys.prefix if sys.prefix != getattr(sys, "base_prefix", sys.prefix) else ""
    # sys.argv does not exist yet while site runs.
    argv = list(getattr(sys, "orig_argv", None) or getattr(sys, "argv", None) or [])
    if not argv:
        try:
            with open("/proc/self/cmdline", "rb") as file:
                argv = file.read(65536).decode("utf-8", "replace").split("\0")[:-1]
        except OSError:
            pass
    try:
        cwd = os.getcwd()
    except OSError:
        cwd = ""
    version = "%d.%d.%d" % sys.version_info[:3]
    channel.send(
        "hello", ppid=os.getppid(), runtime="python " + version, exe=sys.executable or "",
        argv=[a[:1000] for a in argv[:50]], prefix=prefix, cwd=cwd,
        hooks=["exceptions", "context", "sqlite", "lookup", "file"], trustsCA=bool(os.environ.get("REENACT_CA")),
    )


def after_fork():
    try:
        hello()
    except BaseException:
        channel.swallow()


def start():
    if not channel.connect():
        from . import imports, trust
        if os.environ.get("REENACT_CA"):
            imports.after("ssl", trust.patch)
            imports.install()
        return
    from . import audit, context, imports, leaving, reporting, sockets, trust
    hello()
    os.register_at_fork(after_in_child=after_fork)
    if os.environ.get("REENACT_PLACE"):
        from . import place
        place.install(imports)
    context.patch(imports)
    sockets.patch(imports)
    reporting.patch(imports)
    if os.environ.get("REENACT_CA"):
        imports.after("ssl", trust.patch)
    imports.install()
    leaving.install()
    audit.install(BORN)
