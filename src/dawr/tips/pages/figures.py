"""How many tips there are of each office, for everybody."""

from litestar import Response, get

from dawr.db.pool import Pool, transaction
from dawr.tips import actions
from dawr.tips.model import FIGURE_MIN
from dawr.web.page import AnyRequest, page


@get("/tips/figures")
async def show_figures(request: AnyRequest, pool: Pool) -> Response[str]:
    """Counts by office, small ones as "fewer than"; no total, from which a small one could be worked out."""
    async with transaction(pool) as tx:
        figures = await actions.figures(tx)
    return page(request, "tips/figures.html", figures=figures, figure_min=FIGURE_MIN)


routes = [show_figures]
