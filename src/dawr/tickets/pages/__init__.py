"""Tickets over HTTP: for their holders, for guards, for clerks, and for whoever verifies."""

from dawr.tickets.pages import counter, gate, holder

routes = [*holder.routes, *gate.routes, *counter.routes]
