"""One file per noun with CASES (endpoint → case) and, where a route names a record nobody made yet,
RECORDS (name → maker). All of them are collected here."""

import importlib
import pkgutil

from tests.web.outsider_cases import Case, Maker

CASES: dict[str, Case] = {}
RECORDS: dict[str, Maker] = {}

for _found in sorted(module.name for module in pkgutil.iter_modules(__path__)):
    _module = importlib.import_module(f"{__name__}.{_found}")
    _twice = CASES.keys() & _module.CASES.keys()
    assert not _twice, f"two cases for {_twice}"
    CASES.update(_module.CASES)
    RECORDS.update(getattr(_module, "RECORDS", {}))
