"""The demo city: a year of a district's treasury that never was, built from a fixed seed."""

from importers.demo.founding import TREASURY_ID
from importers.demo.run import EVENTS, build_demo, has_demo

__all__ = ["EVENTS", "TREASURY_ID", "build_demo", "has_demo"]
