"""Authorities, offices, services, fees, calendars and quota orders: dated facts, each with its source."""
