"""What an app, or the service worker of a site, says of a push: that it was shown.

POST /receipts/{code}   the code stands in the push, and nobody can guess one

Neither push services nor Firebase tell the sender of it, so whatever shows the push does. That it
was shown is a receipt of delivery; opening it confirms nothing.
"""

from aiohttp import web
from tocsin.returns.desk import Desk
from tocsin.schemas.errors import Unavailable
from tocsin.schemas.evidence import Heard, Receipt
from tocsin.schemas.identifiers import ReturnCode

SOURCE = "push"
"""What stands as the source in every receipt."""
_HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
"""Any origin: a service worker speaks for its own site, and the code is the proof."""


def receipt_routes(desk: Desk) -> list[web.RouteDef]:
    """Return the route for pushes that were shown; the request's body is not read."""

    async def shown(request: web.Request) -> web.Response:
        code = ReturnCode.read(request.match_info["code"])
        try:
            if code is None or not await desk.knows(code):
                return web.Response(status=404, headers=_HEADERS)
            await desk.take([Receipt(code, Heard.DELIVERED, source=SOURCE)])
        except Unavailable:
            return web.Response(status=503, headers=_HEADERS | {"Retry-After": "30"})
        return web.Response(status=204, headers=_HEADERS)

    return [web.post("/receipts/{code}", shown)]
