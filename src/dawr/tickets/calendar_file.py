"""The appointment as a calendar file (RFC 5545) that a phone takes in, and takes back when it is cancelled."""

from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from dawr.tickets.model import Appointment, TicketStatus


def calendar_file(shown: Appointment, *, host: str, summary: str, location: str, description: str) -> bytes:
    """One event with the office's time zone and its rules; the same UID for the booking's whole life."""
    zone = ZoneInfo(shown.office.timezone)
    is_cancelled = shown.ticket.status is TicketStatus.CANCELLED
    event = Event()
    event.add("uid", f"{shown.booking.booking_id}@{host}")
    event.add("dtstamp", shown.ticket.issued_at)
    event.add("dtstart", shown.booking.starts_at.astimezone(zone))
    event.add("dtend", shown.booking.ends_at.astimezone(zone))
    event.add("sequence", shown.ticket.sequence + is_cancelled)
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("summary", summary)
    event.add("location", location)
    event.add("geo", (shown.office.latitude, shown.office.longitude))
    event.add("description", description)
    calendar = Calendar()
    calendar.add("prodid", "-//Dawr//Appointments//AR")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_cancelled else "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written
