"""Has a module run as another syntax tree says than its file: with calls put in (`probes`)."""
import os
import sys

from . import channel

# The module's code, once it was imported from its file.
_code = None


def mark(tree, file):
    """When the file is imported as a module, the tree is what is run."""
    external = sys.modules.get("_frozen_importlib_external")
    loader = getattr(external, "SourceFileLoader", None)
    if loader is None:
        return
    original, name = loader.get_code, os.path.basename(file)

    def get_code(self, fullname):
        global _code
        if _code is not None or not self.path.endswith(name) or os.path.abspath(self.path) != file:
            return original(self, fullname)
        try:
            _code = compile(tree, self.path, "exec", 0, True)
        except BaseException:
            channel.swallow()
            return original(self, fullname)
        del loader.get_code
        return _code

    loader.get_code = get_code


def is_marked(code):
    return code is _code
