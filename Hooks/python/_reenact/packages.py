"""Which packages are installed, read off the directories: importlib.metadata costs 30 ms and a lock at a bad moment."""
import os
import sys


def installed():
    found = {}
    for place in list(sys.path):
        if type(place) is not str or not place:
            continue
        try:
            names = os.listdir(place)
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")):
                stem = name.rsplit(".", 1)[0].split("-")
                if len(stem) >= 2:
                    proper = _name(os.path.join(place, name)) or stem[0]
                    found.setdefault(proper, stem[1])
        if len(found) > 1500:
            break
    return found


def _name(directory):
    for file in ("METADATA", "PKG-INFO"):
        try:
            fd = os.open(os.path.join(directory, file), os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            head = os.read(fd, 300)
        finally:
            os.close(fd)
        for line in head.split(b"\n"):
            if line[:5].lower() == b"name:":
                return line[5:].strip().decode("utf-8", "replace")
    return None
