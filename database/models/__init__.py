"""Typed tables of the stores. Importing this package registers every table with its store's metadata."""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
