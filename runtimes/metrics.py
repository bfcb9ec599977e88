"""A worker's figures in the exposition format of Prometheus; made anew for each scrape."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from tocsin.runtimes.distributed import Worker
from tocsin.schemas.views import Backlog


@dataclass(frozen=True, slots=True)
class LedgerFigures:
    """What every worker of a deployment reads alike: take the maximum, not the sum."""

    backlog: Backlog
    open_people: Sequence[tuple[str, str, int]]


def exposition(worker: Worker, ledger: LedgerFigures | None) -> bytes:
    """Return a scrape's answer; without `ledger` when it could not be asked."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once([*_of_worker(worker), *_of_ledger(ledger)]))
    return generate_latest(registry)


class _Once:
    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Sequence[Metric]:
        return self._metrics


def _counter(name: str, about: str, label: str, counts: dict[str, int]) -> Metric:
    metric = CounterMetricFamily(name, about, labels=[label])
    for value, count in sorted(counts.items()):
        metric.add_metric([value], count)
    return metric


def _of_worker(worker: Worker) -> Iterator[Metric]:
    tallies, lifecycle, teller = worker.tallies, worker.lifecycle, worker.teller
    yield _counter("tocsin_claims", "Events claimed.", "event", dict(tallies.claims))
    yield _counter("tocsin_commits", "Commits applied.", "event", dict(tallies.commits))
    yield _counter("tocsin_outcomes", "Outcomes recorded.", "result", dict(tallies.outcomes))
    rates = GaugeMetricFamily(
        "tocsin_outcomes_per_second",
        "Outcomes that this worker heard of, over the last minute; sum over workers.",
        labels=["incident", "lane", "result"],
    )
    for place, rate in sorted(lifecycle.per_second().items()):
        rates.add_metric([place.incident, place.lane, place.result.value], rate)
    yield rates
    counts = worker.listening.counts
    fates = {fate: counts[fate] for fate in ("new", "repeated", "dead")}
    yield _counter("tocsin_detections", "Messages of detectors taken in.", "fate", fates)
    opened = "Drafts that detections opened."
    yield CounterMetricFamily("tocsin_drafts_opened", opened, value=counts["drafts"])
    told = {"told": teller.told, "given_up": teller.given_up}
    heard = {"heard": lifecycle.heard, "unreadable": lifecycle.unreadable}
    yield _counter("tocsin_lifecycle_told", "Lifecycle events told.", "fate", told)
    yield _counter("tocsin_lifecycle_heard", "Lifecycle events heard.", "fate", heard)
    waiting = "Lifecycle events that wait to be told."
    yield GaugeMetricFamily("tocsin_lifecycle_waiting", waiting, value=teller.waiting)
    up = "Whether the streams are being heard."
    yield GaugeMetricFamily("tocsin_streams_up", up, value=worker.streams.up)
    starts = "How often the streams were started."
    yield CounterMetricFamily("tocsin_streams_starts", starts, value=worker.streams.starts)


def _of_ledger(ledger: LedgerFigures | None) -> Iterator[Metric]:
    up = "Whether the ledger answered."
    yield GaugeMetricFamily("tocsin_ledger_up", up, value=ledger is not None)
    if ledger is None:
        return
    backlog = ledger.backlog
    events = GaugeMetricFamily(
        "tocsin_events", "Events in the ledger that are not done.", labels=["state"]
    )
    counts = {"waiting": backlog.waiting, "claimed": backlog.claimed, "dead": backlog.dead}
    for state, count in counts.items():
        events.add_metric([state], count)
    yield events
    oldest = "Seconds since the oldest waiting event came due."
    yield GaugeMetricFamily("tocsin_oldest_due_seconds", oldest, value=backlog.oldest_s)
    people = GaugeMetricFamily(
        "tocsin_people_open",
        "People of a round who are not told, announced to or settled yet.",
        labels=["incident", "round"],
    )
    for incident, round_id, count in ledger.open_people:
        people.add_metric([incident, round_id], count)
    yield people
