"""Pure values shared by every feature: no I/O, no clock, no chance."""
