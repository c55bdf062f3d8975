"""The recording's certificate authority is trusted besides what the program trusts."""
import os

from . import channel


def patch(module):
    path = os.environ.get("REENACT_CA")
    if not path:
        return
    cls = module.SSLContext
    server = getattr(module, "PROTOCOL_TLS_SERVER", None)

    def trusting(name):
        original = getattr(cls, name)

        def patched(self, *args, **kwargs):
            result = original(self, *args, **kwargs)
            # A server's context decides which clients are let in: that stays as it is.
            if self.protocol != server:
                try:
                    load(self, cafile=path)
                    if name == "load_verify_locations":
                        tell(*args, **kwargs)
                except Exception:
                    pass
            return result

        patched.__name__ = name
        patched.__qualname__ = "SSLContext." + name
        patched.__doc__ = original.__doc__
        setattr(cls, name, patched)

    load = cls.load_verify_locations
    for name in ("load_verify_locations", "load_default_certs", "set_default_verify_paths"):
        if hasattr(cls, name):
            trusting(name)


def tell(cafile=None, capath=None, cadata=None):
    """The recorder checks the real servers as the program would: it needs to know whom the program trusts."""
    files = [os.path.realpath(os.fsdecode(each)) for each in (cafile, capath) if each]
    pem = cadata if isinstance(cadata, str) and len(cadata) < 100000 else ""
    channel.send("trust", files=files, pem=pem)
