"""The books of a city's treasury: money, charts, limits, vouchers and who may post them."""
