"""Faults that somebody could plant in good faith, as data. `make planted` plants each in a copy of the tree
and says which test caught it."""

from tests.faults.plant import Planted
from tests.faults.planted_incoming import INCOMING
from tests.faults.planted_rules import RULES
from tests.faults.planted_sending import SENDING

__all__ = ["FAULTS", "Planted"]

FAULTS = (*INCOMING, *SENDING, *RULES)
