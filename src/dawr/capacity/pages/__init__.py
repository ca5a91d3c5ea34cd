"""How many people an office takes, for everybody to follow, and the forms by which officers decide it."""

from dawr.capacity.pages import ordering, staffing, withdrawing

routes = [*staffing.routes, *withdrawing.routes, *ordering.routes]
