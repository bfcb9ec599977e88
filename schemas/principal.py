"""Who may ask for what: principals, roles, commands."""

from enum import StrEnum

from pydantic import Field
from tocsin.schemas.record import Record


class Role(StrEnum):
    """What a principal may do (design section 8)."""

    RAISE = "raise"
    EDIT = "edit"
    APPROVE = "approve"
    OPERATE = "operate"
    PERSON = "person"
    VIEW = "view"
    DETECTOR = "detector"
    ADMIN = "admin"


class Principal(Record):
    """A person or machine with a token. The ledger keeps only the token's hash."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._@-]+$")
    roles: frozenset[Role] = Field(min_length=1)
    revoked: bool = False


class CommandType(StrEnum):
    """Every verb that changes something."""

    RAISE_INCIDENT = "raise_incident"
    REVISE_INCIDENT = "revise_incident"
    AMEND_INCIDENT = "amend_incident"
    FOLLOW_INCIDENT = "follow_incident"
    APPROVE = "approve"
    RETURN = "return"
    WITHDRAW = "withdraw"
    CLOSE = "close"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    RELEASE_LANE = "release_lane"
    EXPLAIN_LATE = "explain_late"
    RECORD_MET = "record_met"
    REPLAY = "replay"
    IMPORT_RESULTS = "import_results"
    IMPORT_EARLIER = "import_earlier"
    TEST_SEND = "test_send"
    EXPLAIN_DELAY = "explain_delay"
    RECORD_RECEIPT = "record_receipt"
    REVIEW_DECISION = "review_decision"
    DISMISS_DRAFT = "dismiss_draft"
    ADD_PRINCIPAL = "add_principal"
    REVOKE_PRINCIPAL = "revoke_principal"
