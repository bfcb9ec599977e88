"""The embedded runtime: asyncio on SQLite or PostgreSQL. Built here, for the program and tests."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from tocsin.directories.choosing import Directory
from tocsin.forms.load import load_forms
from tocsin.ledger import reads
from tocsin.ledger.backend import Backend
from tocsin.ledger.keys import KeyRing
from tocsin.ledger.ledger import Ledger
from tocsin.ledger.roster import Rosters
from tocsin.ledger.sqlite import Sqlite
from tocsin.notifiers.public_address import PublicAddress
from tocsin.rules.limits import Limits
from tocsin.runtimes.alarms import AlarmBook, OfficerBells
from tocsin.runtimes.books import Cases, DraftBook, DutyBook, Papers
from tocsin.runtimes.channels import hears_back, ladder, open_channels
from tocsin.runtimes.clock import Clock, WallClock
from tocsin.runtimes.code_pools import CodePools
from tocsin.runtimes.delivery_books import LaneBook, ReturnBook, RoundBook
from tocsin.runtimes.door import Door
from tocsin.runtimes.earlier_books import EarlierBook, SoughtBook
from tocsin.runtimes.fallen_book import FallenBook
from tocsin.runtimes.heartbeat import Heart
from tocsin.runtimes.leftovers import Leftovers
from tocsin.runtimes.packet_press import PacketBook, PacketPress
from tocsin.runtimes.polling import Receipts
from tocsin.runtimes.press import LOCALES, NoticePress
from tocsin.runtimes.public_files import PublicFiles, shown_senders
from tocsin.runtimes.readers import Readers
from tocsin.runtimes.report_book import ReportBook
from tocsin.runtimes.report_press import ReportPress
from tocsin.runtimes.returns_desk import ReturnsDesk
from tocsin.runtimes.settings import LedgerSection, Settings
from tocsin.runtimes.slots import Bell, Slots
from tocsin.runtimes.step import Step, Tap, quiet
from tocsin.runtimes.ways_out import Shelves, WaysOut
from tocsin.schemas.errors import Conflict, InvalidInput, Unavailable

_LEAVE_S = 1.0


@dataclass(frozen=True, slots=True)
class Runtime:
    """A runtime that is open: its ledger, directory, door and slots."""

    settings: Settings
    ledger: Ledger
    directory: Directory
    step: Step
    door: Door
    desk: ReturnsDesk
    slots: Slots

    async def work(self, *, until_idle: bool) -> None:
        """Work until stopped, or until nothing but timers is left."""

        async def idle() -> bool:
            return not await self.ledger.ask(reads.busy)

        async with Heart(self.step, self.settings.heartbeat).beating():
            await self.slots.run(idle if until_idle else None)


def _backend(places: LedgerSection) -> Backend:
    if places.url is None:
        return Sqlite(places.path, Rosters(places.rosters))
    try:
        from tocsin.ledger.postgres import Postgres  # noqa: PLC0415  # an optional driver
    except ImportError:
        message = "the driver of PostgreSQL is not installed"
        raise InvalidInput(
            message, field="ledger.url", fix="pip install 'tocsin[postgres]'"
        ) from None
    return Postgres(places.url.get_secret_value())


async def _ledger(places: LedgerSection, limits: Limits) -> tuple[KeyRing, Ledger]:
    """Open the ledger, which holds to `limits`, and its keys.

    Unavailable where they cannot be used, Conflict where they do not belong together.
    """
    fix = "check that this user may write to its folder; `tocsin config check` looks"
    if places.url is not None:
        fix = "check that the database runs, and that this user may make tables in its schema"
    try:
        keys = KeyRing(places.keys)
        ledger = await Ledger.open(_backend(places), keys=keys, limits=limits)
        signed = await ledger.ask(reads.signatures)
        if signed and not any(keys.verifies(digest.encode(), by) for digest, by in signed):
            await ledger.close()
            message = f"the ledger was signed with another key than the one in {places.keys}"
            fix = "mount or restore the folder of the keys that it was begun with"
            raise Conflict(message, field="ledger.keys", fix=fix)
    except (OSError, DBAPIError) as error:
        message = f"the ledger cannot be opened ({type(error).__name__})"
        raise Unavailable(message, field="ledger", fix=fix) from None
    return keys, ledger


@asynccontextmanager
async def embedded(
    settings: Settings,
    *,
    clock: Clock | None = None,
    tap: Tap = quiet,
    bell: Bell | None = None,
    sending: bool = True,
) -> AsyncIterator[Runtime]:
    """Open the embedded runtime; `sending` False opens no way to a relay (for looking only)."""
    clock = clock or WallClock()
    organisations = {o.id: o for o in settings.organisations}
    async with AsyncExitStack() as stack:
        limits = settings.limits
        keys, ledger = await _ledger(settings.ledger, limits)
        stack.push_async_callback(ledger.close)
        directory = settings.directory.open()
        stack.push_async_callback(directory.close)
        bells = OfficerBells(settings, clock=clock)
        cases, papers, round_book = Cases(ledger), Papers(ledger), RoundBook(ledger)
        duty_book, lane_book = DutyBook(ledger), LaneBook(ledger)
        ports: dict[str, object] = {
            "cases": cases,
            "desk": duty_book,
            "detected": DraftBook(ledger),
            "duties": duty_book,
            "closings": cases,
            "leftovers": Leftovers(settings),
            "judgement": papers,
            "approvals": papers,
            "filings": ReportBook(ledger),
            "forms": load_forms(),
            "drafts": papers,
            "addresses": round_book,
            "batches": round_book,
            "letters": round_book,
            "standing": round_book,
            "owed": round_book,
            "silences": round_book,
            "lanes": lane_book,
            "purse": lane_book,
            "stages": lane_book,
            "returned": ReturnBook(ledger),
            "earlier": EarlierBook(ledger),
            "fallen": FallenBook(ledger),
            "sought": SoughtBook(ledger),
            "ladder": ladder(settings),
            "hears_back": hears_back(settings),
            "people": directory,
            "readers": Readers(settings.directory) if settings.directory.is_read() else None,
            "contact_book": directory,
            "suppression_lists": settings.directory.suppression_lists(),
            "round_keys": keys,
            "pools": CodePools(settings.code_pools, ledger),
            "press": NoticePress(),
            "public_press": NoticePress(),
            "report_press": ReportPress(),
            "packet_press": PacketPress(),
            "packets": PacketBook(ledger),
            "alarms": AlarmBook(ledger),
            "officers": tuple(section.officer() for section in settings.duty_officers),
            "bells": bells,
            "first": duty_book,
            "regimes": settings.law.pack(),
            "organisations": organisations,
            "policy": settings.policy,
            "limits": limits,
            "locales": LOCALES,
        }
        url = settings.output.announcements_url
        address = None if url is None else PublicAddress(url)
        public_files = PublicFiles(ledger, keys, address=address, senders=shown_senders(settings))
        shelves = Shelves(
            cases=cases,
            announcements=settings.output.announcements,
            address=address,
            reports=settings.output.reports,
            outbox=settings.output.outbox,
        )
        ports |= {"publisher": shelves, "cabinet": shelves, "place": shelves}
        ports |= {"public_book": public_files, "publications": public_files}
        if sending:
            await ledger.keep_to_limits(now=clock.now())
            bells.load()
            ways = await open_channels(settings, stack, clock=clock)
            ports["receipts"] = Receipts(ways)
            ports["mailers"] = WaysOut(
                cases=cases,
                organisations=organisations,
                ways=ways,
                outbox=settings.output.outbox,
                flush=settings.delivery.flush,
                dkim=None if settings.dkim is None else settings.dkim.signer(),
            )
        step = Step(
            ledger=ledger,
            ports=ports,
            clock=clock,
            lease_s=settings.delivery.lease_s,
            max_tries=settings.delivery.max_tries,
            most_of_a_lane=(settings.delivery.slots + 1) // 2,
            tap=tap,
        )
        slots = Slots(
            step,
            slots=settings.delivery.slots,
            small=settings.delivery.flush,
            bell=bell or Bell(),
        )
        door = Door(
            ledger=ledger,
            step=step,
            directory=directory,
            organisations=organisations,
            clock=clock,
            # a worker that hears and tells also tells what a command did
            leave_s=_LEAVE_S if settings.kafka is not None else 0,
        )
        desk = ReturnsDesk(ledger, keys, clock=clock)
        yield Runtime(settings, ledger, directory, step, door, desk, slots)
