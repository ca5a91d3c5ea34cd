"""Figures of this machine in this hour; ratios count, not absolute numbers of two different runs."""
