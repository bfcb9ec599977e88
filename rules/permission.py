"""Who may do what: the one decision behind every door."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from tocsin.schemas.errors import InvalidInput, NotAllowed
from tocsin.schemas.principal import CommandType, Principal, Role

ROLES_FOR: Mapping[CommandType, tuple[Role, ...]] = MappingProxyType(
    {
        CommandType.RAISE_INCIDENT: (Role.RAISE, Role.DETECTOR),
        CommandType.REVISE_INCIDENT: (Role.EDIT,),
        CommandType.AMEND_INCIDENT: (Role.EDIT,),
        CommandType.FOLLOW_INCIDENT: (Role.EDIT,),
        CommandType.APPROVE: (Role.APPROVE,),
        CommandType.RETURN: (Role.APPROVE,),
        # Withdrawing and closing decide that nobody else is told: an approver's word.
        CommandType.WITHDRAW: (Role.APPROVE,),
        CommandType.CLOSE: (Role.APPROVE,),
        # Holding back is the safe direction, so whoever may let go may also hold.
        CommandType.PAUSE: (Role.OPERATE, Role.APPROVE),
        CommandType.STOP: (Role.OPERATE, Role.APPROVE),
        CommandType.RESUME: (Role.OPERATE,),
        # The governor asks whether more shall be sent: an approver's word.
        CommandType.RELEASE_LANE: (Role.APPROVE,),
        # A reason is an account of what happened: whoever works on the incident may give it.
        # What was done outside counts as done from then on: an approver's word.
        CommandType.RECORD_MET: (Role.APPROVE,),
        CommandType.EXPLAIN_LATE: (Role.RAISE, Role.EDIT, Role.OPERATE, Role.APPROVE),
        CommandType.REPLAY: (Role.OPERATE,),
        CommandType.IMPORT_RESULTS: (Role.OPERATE,),
        CommandType.IMPORT_EARLIER: (Role.OPERATE,),
        # It goes to our own addresses and is no notice, so whoever works on one may look at it.
        CommandType.TEST_SEND: (Role.RAISE, Role.APPROVE, Role.OPERATE),
        # The reason stands in the report: whoever gives it has a hand in it and cannot approve it.
        CommandType.EXPLAIN_DELAY: (Role.RAISE, Role.EDIT, Role.OPERATE),
        CommandType.RECORD_RECEIPT: (Role.RAISE, Role.EDIT, Role.OPERATE, Role.APPROVE),
        # Not telling anybody is an approver's word, and so is leaving it at that.
        CommandType.REVIEW_DECISION: (Role.APPROVE,),
        # What is dismissed is not told to anybody either, but nothing was promised yet.
        CommandType.DISMISS_DRAFT: (Role.RAISE, Role.APPROVE),
        CommandType.ADD_PRINCIPAL: (Role.ADMIN,),
        CommandType.REVOKE_PRINCIPAL: (Role.ADMIN,),
    }
)
"""Command -> the roles of which one is needed. No role holds another."""
_OTHERS_ALONE = frozenset({CommandType.APPROVE, CommandType.REVIEW_DECISION})
"""What nobody may do with what they raised or edited."""
_FOR_PEOPLE_ONLY = frozenset({Role.APPROVE, Role.OPERATE, Role.ADMIN})


def allowed(
    principal: Principal,
    command: CommandType,
    *,
    hands: frozenset[str],
    after_governor: bool = False,
) -> None:
    """Return if the principal may give the command, else raise `NotAllowed` with the reason.

    `hands` are the names of those who raised or edited the object: none of them may approve
    or review it.
    `after_governor`: resuming what a governor paused needs the role approve.
    """
    if principal.revoked:
        message = f"{principal.name} is revoked"
        raise NotAllowed(message, field="principal", fix="ask an admin for a new principal")
    needed = ROLES_FOR[command]
    if command is CommandType.RESUME and after_governor:
        needed = (Role.APPROVE,)
    if principal.roles.isdisjoint(needed):
        roles = " or ".join(role.value for role in needed)
        message = f"{principal.name} may not {_spoken(command)}"
        raise NotAllowed(message, field="principal", fix=f"ask someone with the role {roles}")
    if command in _OTHERS_ALONE and principal.name in hands:
        verb = "approve" if command is CommandType.APPROVE else "review"
        message = f"{principal.name} raised or edited this and so cannot {verb} it"
        raise NotAllowed(message, field="principal", fix="ask another approver")


def check_roles(roles: frozenset[Role]) -> None:
    """Raise InvalidInput for a machine that could approve or send: a person must stand between.

    An admin could add an approver, so no detector is one.
    """
    deciding = roles & _FOR_PEOPLE_ONLY
    if Role.DETECTOR in roles and deciding:
        held = " and ".join(sorted(deciding))
        message = f"a detector is a machine and cannot be given {held}"
        raise InvalidInput(message, field="roles", fix=f"add a principal of its own for {held}")


def can_send_for_real(principals: Iterable[Principal]) -> bool:
    """Whether one active principal may raise and another may approve: two people at least."""
    active = [principal for principal in principals if not principal.revoked]
    raisers = {p.name for p in active if Role.RAISE in p.roles}
    approvers = {p.name for p in active if Role.APPROVE in p.roles}
    # One of each, and not one and the same.
    return bool(raisers and approvers and len(raisers | approvers) > 1)


def _spoken(command: CommandType) -> str:
    return command.value.replace("_", " ")
