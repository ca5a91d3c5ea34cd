"""Persons, officers and their roles, sign-in at the national ID, and who looked at whom."""
