"""The tables: append-only facts under the chain, and mutable events and projections.

Facts carry the number of the chain link that holds them. Times of facts are canonical text; times
that are compared (`due`, `lease_until`) are integer microseconds since 1970.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

METADATA = MetaData()
# By code points everywhere: an order that depends on the cluster's locale changes with its library.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
LONG = Integer().with_variant(BigInteger, "postgresql")


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, TEXT, nullable=null)


def _int(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=null)


def _time(name: str) -> Column[int]:
    return Column(name, LONG, nullable=False)


# Facts: appended under the chain, never changed and never deleted.
fact = Table(
    "fact",
    METADATA,
    Column("id", LONG, primary_key=True),
    _text("incident"),
    _text("round"),
    _text("kind"),
    _text("name"),
    _text("body"),
    _text("at"),
    _int("link"),
    Index("fact_by_name", "incident", "kind", "name", "id"),
    Index("fact_by_round", "round", "kind"),
)
person = Table(
    "person",
    METADATA,
    _int("round"),
    _int("number"),
    _text("pseudonym"),
    _text("residence"),
    _text("regimes"),
    _int("obligations"),
    _int("link"),
    PrimaryKeyConstraint("round", "number"),
    sqlite_with_rowid=False,
)
obligation = Table(
    "obligation",
    METADATA,
    _int("round"),
    _text("lane"),
    _int("seq"),
    _int("person"),
    _text("recipient"),
    _int("cohort"),
    _text("address"),
    _text("obstacle"),
    _text("covered_by"),
    _text("barred"),
    _int("link"),
    PrimaryKeyConstraint("round", "lane", "seq"),
    Index("obligation_by_person", "round", "person"),
    sqlite_with_rowid=False,
)
_IS_COVERED = obligation.c.covered_by != ""
Index(
    "obligation_by_cover",
    obligation.c.round,
    obligation.c.covered_by,
    sqlite_where=_IS_COVERED,
)
outcome = Table(
    "outcome",
    METADATA,
    _int("round"),
    _text("lane"),
    _int("seq"),
    _int("rung"),
    _int("attempt"),
    _text("channel"),
    _text("result"),
    _text("level"),
    _text("reason"),
    _text("ref"),
    _int("person"),
    _text("at"),
    _int("link"),
    PrimaryKeyConstraint("round", "lane", "seq", "rung", "attempt"),
    sqlite_with_rowid=False,
)
SETTLES = text("result IN ('accepted', 'covered', 'excluded', 'unreachable', 'announced')")
Index(
    "one_settlement_per_rung",
    outcome.c.round,
    outcome.c.lane,
    outcome.c.seq,
    outcome.c.rung,
    unique=True,
    sqlite_where=SETTLES,
)
evidence = Table(
    "evidence",
    METADATA,
    _int("round"),
    _text("lane"),
    _int("seq"),
    _int("rung"),
    _text("heard"),
    _text("reason"),
    _text("source"),
    _int("person"),
    _text("at"),
    _int("link"),
    PrimaryKeyConstraint("round", "lane", "seq", "rung", "heard"),
    Index("evidence_by_person", "round", "person"),
    sqlite_with_rowid=False,
)
# No fact: whoever waits to be told together with others, until their batch is made.
awaiting = Table(
    "awaiting",
    METADATA,
    _int("round"),
    _int("rung"),
    _text("lane"),
    _int("seq"),
    _text("residence"),
    PrimaryKeyConstraint("round", "rung", "lane", "seq"),
    sqlite_with_rowid=False,
)
# No fact: whom a round that follows looks for in the directory, until they are found.
sought = Table(
    "sought",
    METADATA,
    _int("round"),
    _text("digest"),
    _text("origin"),
    _int("person"),
    _text("recipients"),
    PrimaryKeyConstraint("round", "digest"),
    sqlite_with_rowid=False,
)
link = Table(
    "link",
    METADATA,
    _text("incident"),
    _int("n"),
    _text("at"),
    _text("about"),
    _int("rows"),
    _text("root"),
    _text("previous"),
    _text("hash"),
    _text("signature"),
    PrimaryKeyConstraint("incident", "n"),
    sqlite_with_rowid=False,
)

# Events: what is still to be done, and whose turn it is; mutable, never evidence.
EVENT_BY_WEIGHT = "event_by_weight"
event = Table(
    "event",
    METADATA,
    _text("id"),
    _text("incident"),
    _text("round"),
    _text("type"),
    _text("lane"),
    _int("rung"),
    _text("channel"),
    _text("payload"),
    _time("due"),
    _int("weight"),
    _text("state"),
    _int("epoch"),
    _time("lease_until"),
    _text("checkpoint", null=True),
    _int("tries"),
    _text("error"),
    PrimaryKeyConstraint("id"),
    Index("event_to_claim", "incident", "state", "due", "id"),
    # with channel and lane, so that what waits for its turn is passed over within the index
    Index("event_by_state", "state", "due", "channel", "lane"),
    Index(EVENT_BY_WEIGHT, "state", "weight", "due"),
)
turn = Table(
    "turn",
    METADATA,
    _text("incident"),
    _int("turn"),
    PrimaryKeyConstraint("incident"),
)

# From when a lane or a channel that is held to a limit may be told again, and to which limit.
pace = Table(
    "pace",
    METADATA,
    _text("name"),
    _time("free_at"),
    _text("held_to"),
    PrimaryKeyConstraint("name"),
)

# Projections: where things stand now; mutable, never evidence.
head = Table(
    "head",
    METADATA,
    _text("incident"),
    _int("n"),
    _text("hash"),
    PrimaryKeyConstraint("incident"),
)
incident = Table(
    "incident",
    METADATA,
    _text("id"),
    _text("title"),
    _text("organisation"),
    _int("drill"),
    _text("state"),
    _text("raised_by"),
    _int("revision"),
    _text("opened_at"),
    PrimaryKeyConstraint("id"),
)
round_ = Table(
    "round",
    METADATA,
    Column("n", Integer, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    _text("incident"),
    _int("revision"),
    _text("kind"),
    _text("state"),
    _text("opened_at"),
    _int("in_scope", null=True),
    _text("audience_root"),
    _text("counts"),
    _text("follows"),
    _text("takes_over"),
)
artefact = Table(
    "artefact",
    METADATA,
    _text("incident"),
    _text("name"),
    _text("round"),
    _text("state"),
    _text("body"),
    PrimaryKeyConstraint("incident", "name"),
)
progress = Table(
    "progress",
    METADATA,
    _int("round"),
    _text("lane"),
    _int("rung"),
    _text("result"),
    _text("reason"),
    _int("count"),
    PrimaryKeyConstraint("round", "lane", "rung", "result", "reason"),
)
# `handed_over` and `hard`: what a lane had come to when it was let go, -1 before.
lane_hold = Table(
    "lane_hold",
    METADATA,
    _text("round"),
    _text("lane"),
    _int("rung"),
    _text("channel"),
    _text("state"),
    _text("reason"),
    _int("handed_over"),
    _int("hard"),
    PrimaryKeyConstraint("round", "lane", "rung"),
)
standing = Table(
    "standing",
    METADATA,
    _int("round"),
    _text("state"),
    _int("count"),
    PrimaryKeyConstraint("round", "state"),
)
# Written once beside its fact, and read to give no code twice.
code_range = Table(
    "code_range",
    METADATA,
    _text("pool"),
    _int("first"),
    _int("count"),
    Column("round", TEXT, nullable=False, unique=True),
    _text("digest"),
    PrimaryKeyConstraint("pool", "first"),
)
draft = Table(
    "draft",
    METADATA,
    Column("n", Integer, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    _text("asset"),
    _text("rule"),
    _time("first_seen"),
    _time("last_seen"),
    _text("state"),
    _text("incident"),
    _text("opened_at"),
    _text("body"),
    Index("draft_by_place", "asset", "rule", "last_seen"),
    Index("draft_by_state", "state"),
)
# The number of its draft, not the id: that one changes when an earlier event comes late.
detection = Table(
    "detection",
    METADATA,
    _text("detector"),
    _text("event_id"),
    _time("observed_at"),
    _text("rule"),
    _text("asset"),
    Column("concerns", Boolean, nullable=True),
    _int("draft", null=True),
    _time("taken_in"),
    _text("body"),
    PrimaryKeyConstraint("detector", "event_id"),
)
_IN_DRAFT, _IN_NO_DRAFT = detection.c.draft.is_not(None), detection.c.draft.is_(None)
Index(
    "detection_by_draft",
    detection.c.draft,
    detection.c.observed_at,
    sqlite_where=_IN_DRAFT,
)
Index(
    "detection_to_prune",
    detection.c.taken_in,
    sqlite_where=_IN_NO_DRAFT,
)
# Workers and when they were last at work, by the database's clock.
heartbeat = Table(
    "heartbeat",
    METADATA,
    _text("worker"),
    _time("seen"),
    _int("ended"),
    PrimaryKeyConstraint("worker"),
)
principal = Table(
    "principal",
    METADATA,
    _text("name"),
    _text("roles"),
    _text("token_hash"),
    _int("revoked"),
    Column("public_key", TEXT, nullable=False, server_default=""),
    PrimaryKeyConstraint("name"),
)

FACT_TABLES = (fact, person, obligation, outcome, evidence, link)
APPEND_ONLY_TABLES = (*FACT_TABLES, code_range)
