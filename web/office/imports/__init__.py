"""Imports at the desk: a budget workbook shown before it is taken, the register, and undoing as a whole."""
