"""Plug-ins are found, not listed: every module of a package that holds a subclass is one."""

import importlib
import inspect
import pkgutil
from typing import TypeVar

T = TypeVar("T")


def discover(package: str, base: type[T], key: str = "name") -> dict[str, type[T]]:
    """Return the concrete subclasses of `base` in the package's modules, by their `key` attribute.

    Raises ImportError for a package that is not there, ValueError when two plug-ins bear one name.
    """
    found: dict[str, type[T]] = {}
    for module_info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        module = importlib.import_module(f"{package}.{module_info.name}")
        for _name, cls in inspect.getmembers(module, inspect.isclass):
            if cls.__module__ != module.__name__ or not issubclass(cls, base) or key not in vars(cls):
                continue
            name = getattr(cls, key)
            if name in found:
                raise ValueError(f"two plug-ins of {package} are named {name!r}")
            found[name] = cls
    return found
