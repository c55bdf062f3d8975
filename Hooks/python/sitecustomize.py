# Runs at every interpreter's start while recording. Must stay readable for any Python, and must never fail.
import sys


def _chain():
    # Whoever else has a sitecustomize gets it run as if this one were not there.
    import os
    here = os.path.dirname(os.path.abspath(__file__))
    paths = [p for p in sys.path if os.path.abspath(p or ".") != here]
    try:
        # importlib's own modules under the names that need no import: importlib.util takes 5 ms.
        from _frozen_importlib import module_from_spec
        from _frozen_importlib_external import PathFinder
    except ImportError:
        return
    spec = PathFinder.find_spec("sitecustomize", paths)
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    mine = sys.modules.get("sitecustomize")
    sys.modules["sitecustomize"] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules["sitecustomize"] = mine
        raise


if sys.version_info >= (3, 7):
    try:
        from _reenact import start as _start
        _start.start()
    except Exception:
        pass
_chain()
