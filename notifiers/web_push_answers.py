"""What a push service's answers mean (RFC 8030 sections 5, 7.3 and 8.4), translated once.

Beyond the RFC, from the services' own pages: Mozilla and Google say 404 or 410 for a subscription
that ended; Apple and Google say 403, and Mozilla 401, for a VAPID token that they do not take;
Microsoft says 406 when it throttles. Nothing of an answer's words is kept.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tocsin.schemas.outcome import Accepted, Deferred, InDoubt, Reason, Refused, SendOutcome

_OURS = Deferred(Reason.RELAY_REFUSED_US)  # the operator mends key or subject, and the notice goes
_GONE = Refused(Reason.NO_SUCH_MAILBOX)
_BUSY = Deferred(Reason.RATE_LIMITED)

MEANINGS: Mapping[int, SendOutcome] = MappingProxyType(
    {
        200: Accepted(),
        201: Accepted(),
        202: Accepted(),
        400: _OURS,
        401: _OURS,
        403: _OURS,
        404: _GONE,
        406: _BUSY,
        408: InDoubt(Reason.TIMED_OUT),
        410: _GONE,
        413: Refused(Reason.REFUSED_CONTENT),
        429: _BUSY,
        503: Deferred(Reason.RELAY_UNAVAILABLE),
    }
)
"""Status -> outcome. Location is a capability to change or delete the message: it is not kept."""
