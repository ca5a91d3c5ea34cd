"""Tickets over HTTP: for their holders, for guards, for clerks, and for whoever verifies."""

from dawr.tickets.pages import counter, delegating, gate, hall, holder, keys, printing, status_lists

routes = [
    *holder.routes,
    *keys.routes,
    *gate.routes,
    *counter.routes,
    *delegating.routes,
    *printing.routes,
    *hall.routes,
    *status_lists.routes,
]
