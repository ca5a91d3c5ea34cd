"""The tip line over HTTP."""

from dawr.tips.pages import figures, following, inbox, incidents, poster, telling

routes = [*telling.routes, *following.routes, *figures.routes, *poster.routes, *inbox.routes, *incidents.routes]
