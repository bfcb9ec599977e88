"""Who may come in: principals, their tokens and keys, and who lets others in."""

import secrets

from tocsin.ledger import principals
from tocsin.ledger.ledger import Ledger
from tocsin.rules.permission import allowed, check_roles
from tocsin.runtimes.clock import Clock
from tocsin.schemas.commit import Fact, FactKind
from tocsin.schemas.errors import InvalidInput, NotAllowed
from tocsin.schemas.principal import CommandType, Principal, Role


class Admission:
    """Knows principals by their tokens."""

    def __init__(self, ledger: Ledger, *, clock: Clock) -> None:
        """Name where principals stand."""
        self._ledger = ledger
        self._clock = clock

    async def principal(self, token: str | None) -> Principal:
        """Return whose token this is; NotAllowed when it is nobody's."""
        found = None
        if token:
            found = await self._ledger.ask(principals.by_token, token)
        if found is None:
            message = "no principal has this token"
            fix = "set TOCSIN_TOKEN to the token that `tocsin principal add` printed"
            raise NotAllowed(message, field="token", fix=fix)
        return found

    async def add_principal(self, token: str | None, new: Principal, *, key: str = "") -> str:
        """Add a principal and return its token, shown this once. The first one needs no token.

        `key`: the public key by which the events of a detector are known.
        """
        check_roles(new.roles)
        if key and Role.DETECTOR not in new.roles:
            message = "only a detector signs events"
            raise InvalidInput(message, field="roles", fix="give it the role detector, or no key")
        known = await self._ledger.ask(principals.principals)
        if known:
            by = await self.principal(token)
            allowed(by, CommandType.ADD_PRINCIPAL, hands=frozenset())
        elif Role.ADMIN not in new.roles:
            message = "the first principal must be able to add others"
            raise InvalidInput(message, field="roles", fix="give it the role admin too")
        secret = secrets.token_urlsafe(32)
        await self._ledger.write(lambda db: principals.add(db, new, secret, key=key))
        await self._on_system_record("added", new.name, sorted(new.roles), key=key)
        return secret

    async def revoke_principal(self, token: str | None, name: str) -> None:
        """Make a principal's token worthless, and its key."""
        by = await self.principal(token)
        allowed(by, CommandType.REVOKE_PRINCIPAL, hands=frozenset())
        await self._ledger.write(lambda db: principals.revoke(db, name))
        await self._on_system_record("revoked", name, [])

    async def _on_system_record(
        self, what: str, name: str, roles: list[Role], *, key: str = ""
    ) -> None:
        named = {"public_key": key} if key else {}
        fact = Fact(FactKind.PRINCIPAL, name, {"what": what, "roles": roles, **named})
        await self._ledger.record([fact], now=self._clock.now(), about=f"principal {what}")
