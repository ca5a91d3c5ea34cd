"""The brake at the door: who may ask how often, and what is answered when more is asked than can be served.

Buckets and pressure belong to each web process alone, and their limits are stated for one process: a brake may forget,
so nothing important lives here. What must not be forgotten (challenges that are spent, how much was stopped) is in
PostgreSQL.
"""
