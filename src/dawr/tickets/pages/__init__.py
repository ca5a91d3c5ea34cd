"""Tickets over HTTP: for their holders, for guards, for clerks, and for whoever verifies."""

from dawr.tickets.pages import counter, gate, holder, status_lists

routes = [*holder.routes, *gate.routes, *counter.routes, *status_lists.routes]
