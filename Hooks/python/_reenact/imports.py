"""Calls back when a module has been imported, so that nothing is imported only to be patched."""
import sys

from .channel import swallow

_waiting = {}


def after(name, patch):
    module = sys.modules.get(name)
    if module is not None:
        _apply(patch, module)
    else:
        _waiting.setdefault(name, []).append(patch)


def _apply(patch, module):
    try:
        patch(module)
    except BaseException:
        swallow()


class _Loader:
    """The module's own loader, with a look afterwards."""

    def __init__(self, inner, name):
        self._reenact_inner = inner
        self._reenact_name = name

    def __getattr__(self, attribute):
        return getattr(self._reenact_inner, attribute)

    def create_module(self, spec):
        return self._reenact_inner.create_module(spec)

    def exec_module(self, module):
        inner = self._reenact_inner
        # The program sees the loader that it would have seen.
        module.__loader__ = inner
        if module.__spec__ is not None:
            module.__spec__.loader = inner
        inner.exec_module(module)
        for patch in _waiting.pop(self._reenact_name, ()):
            _apply(patch, module)


class _Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in _waiting:
            return None
        for finder in sys.meta_path:
            if finder is _Finder or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader, name)
                return spec
        return None


def install():
    if _waiting:
        sys.meta_path.insert(0, _Finder)
