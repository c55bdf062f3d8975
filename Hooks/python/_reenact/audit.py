"""Files that are read, exceptions that end the program, and the moment to tell which packages there are."""
import os
import sys
import time

from . import channel

_seen = set()
_sent = set()
_left = 200
_busy = False
_packages_at = None
# An exception is being looked at, perhaps near the recursion limit: no moment for long work.
waits = False
_prefixes = ()
_suffixes = (".py", ".pyc", ".so", ".pth", ".dist-info", ".egg-info", ".zip", ".egg")


def install(born):
    global _packages_at, _prefixes
    if not hasattr(sys, "addaudithook"):
        return
    roots = {sys.prefix, sys.exec_prefix, getattr(sys, "base_prefix", sys.prefix), os.path.dirname(os.__file__)}
    # A prefix of /usr or / holds data as well: then only its libraries count as code.
    roots = {r if r.count("/") > 1 else os.path.join(r, "lib") for r in roots}
    hooks = os.path.dirname(os.path.dirname(channel.HERE))
    _prefixes = tuple(r.rstrip("/") + "/" for r in sorted(roots)) + (
        "/proc/", "/sys/", "/dev/", "/usr/share/zoneinfo", "/etc/ld.so", "/etc/mime.types", hooks + "/")
    _packages_at = born + 0.2
    sys.addaudithook(_hook)
    import atexit
    atexit.register(_at_exit)


def _hook(event, arguments):
    global _busy
    if _packages_at is not None and not _busy and not waits and time.monotonic() > _packages_at:
        _tell_packages()
    if event == "open":
        if _left:
            path = arguments[0]
            if type(path) is str and path not in _seen and not _busy:
                if len(_seen) > 5000:
                    _seen.clear()
                _seen.add(path)
                _busy = True
                try:
                    _opened(path, arguments[1], arguments[2])
                except BaseException:
                    channel.swallow()
                finally:
                    _busy = False
    elif event == "sys.excepthook":
        try:
            from . import reporting
            reporting.unhandled(arguments[2], arguments[3])
        except BaseException:
            channel.swallow()


def _opened(path, mode, flags):
    global _left
    if type(flags) is int and flags & 3 == os.O_WRONLY or type(mode) is str and mode[:1] in "wax" and mode:
        return
    full = os.path.abspath(path)
    if full.startswith(_prefixes) or full.endswith(_suffixes) or "/site-packages/" in full \
            or "/dist-packages/" in full:
        return
    import stat
    try:
        if not stat.S_ISREG(os.stat(full).st_mode):
            return
    except OSError:
        return
    if full in _sent:
        return
    _sent.add(full)
    _left -= 1
    channel.send("file", path=full)


def _tell_packages():
    global _packages_at, _busy
    _packages_at = None
    _busy = True
    try:
        from . import packages
        channel.send("packages", packages=packages.installed())
    except BaseException:
        channel.swallow()
    finally:
        _busy = False


def _at_exit():
    if _packages_at is not None and time.monotonic() > _packages_at:
        _tell_packages()
