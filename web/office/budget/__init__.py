"""Zero-based budgets at the desk: from standards and packages to released indicators and what is left of them."""
