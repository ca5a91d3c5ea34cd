"""Slots, bookings and their life: offered, confirmed, attended, cancelled, lapsed, missed."""
