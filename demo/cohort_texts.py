"""The texts of the demo, one set of files per cohort, as people got them."""

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.demo.stage import Stage
from tocsin.runtimes.delivery_books import RoundBook
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.preview import Preview
from tocsin.schemas.audience import Cohort
from tocsin.schemas.notice import Segments

_REFERENCE, _SLOT = "XXXXX-XXXXX", "{reference}"


@dataclass(frozen=True, slots=True)
class CohortText:
    """The files of one cohort's text, by their common name."""

    incident: str
    """The name of the incident."""
    stem: str
    cohort: Cohort
    subject: str
    notices: int


async def write_texts(
    runtime: Runtime, stage: Stage, previews: Mapping[str, Preview]
) -> tuple[CohortText, ...]:
    """Write each cohort's text as .html, .txt and .eml; a sample stands for the reference.

    The e-mail is spliced from the segments in the ledger: but for recipient, reference and
    Message-ID it is what left, byte for byte.
    """
    written = []
    for name, seen in previews.items():
        segments = await RoundBook(runtime.ledger).texts(seen.round.id)
        for notice in seen.notices:
            cohort = notice.cohort
            if cohort.id in seen.decision.replaced:
                continue  # the announcement tells them
            stem = f"{name}-{cohort.id:02d}-{cohort.locale}-{cohort.recipient}"
            path = stage.folder / "texts" / stem
            html, plain = (t.replace(_SLOT, _REFERENCE) for t in (notice.html, notice.plain))
            path.with_suffix(".html").write_text(html, "utf-8")
            path.with_suffix(".txt").write_text(plain, "utf-8")
            text = segments[f"{seen.round.id}#{cohort.id}"]
            path.with_suffix(".eml").write_bytes(_sample(Segments.from_text(text)))
            count = seen.counts.by_cohort.get(cohort.id, 0)
            written.append(CohortText(name, stem, cohort, notice.subject, count))
    return tuple(written)


def _sample(segments: Segments) -> bytes:
    values = {"recipient": _REFERENCE, "reference": _REFERENCE, "message_id": "<sample>"}
    pieces = [segments.parts[0]]
    for slot, part in zip(segments.slots, segments.parts[1:], strict=True):
        pieces += (values[slot].encode(), part)
    return b"".join(pieces)
