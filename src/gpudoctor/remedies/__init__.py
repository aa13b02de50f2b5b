"""Repairs, each worded once: exact steps for this machine, their price, and their proof.

Split by what is repaired; a check imports from the module that it needs.
"""
