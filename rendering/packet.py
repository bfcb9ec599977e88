"""What a controller is told by its processor: drafted from the facts, as JSON, page, PDF and text.

One order of content for all laws: what the controller needs for its own report and its own notices
(GDPR Art. 33(2) and (3), EDPB 9/2022 par. 44; 45 CFR 164.410(c) with 164.404(c); 16 CFR 318.3(b)).
The laws of the United States ask for each person by name as well: that list is personal data, so
the packet says that it is handed over apart.
"""

import json
from collections.abc import Iterator
from typing import Any

from tocsin.rendering.environment import paragraphs, printable, render
from tocsin.rendering.instants import moment_words
from tocsin.rendering.locales import Messages, messages
from tocsin.rendering.report_form import label_of
from tocsin.rendering.report_sheet import Block, clean, headline, table
from tocsin.rendering.report_values import value_of
from tocsin.rendering.report_words import reported
from tocsin.schemas.canonical import canonical
from tocsin.schemas.packet import Packet, PacketContext, PacketGround
from tocsin.schemas.report import ReportContext, ReportField

_OWN_LABELS = {"ntc.advice": "packet.steps", "ppl.by_place": "packet.by_place"}
_CONTENT = (
    *("A_NATURE", "A_CAUSE", "A_TIME_OCCURRED", "A_TIME_AWARE", "A_SUBJECT_CATEGORIES"),
    *("A_COUNT_SUBJECTS", "ppl.by_place", "A_COUNT_RECORDS", "A_DATA_CATEGORIES"),
    *("A_SECURITY_MEASURES", "A_CONSEQUENCES", "ntc.advice", "A_MEASURES_TAKEN"),
    *("A_MEASURES_PLANNED", "A_CONTACT"),
)


def draft_packet(context: PacketContext) -> Packet:
    """Return what a controller is told; what is unknown says so."""
    t = messages(context.locale)
    return Packet(
        incident_id=context.incident_id,
        artefact=context.artefact,
        revision=context.revision,
        number=context.number,
        controller=context.party.name,
        contact=context.party.contact,
        processor=context.organisation.legal_name,
        locale=t.locale,
        drafted_at=context.drafted_at,
        drill=context.drill,
        grounds=tuple(
            PacketGround(duty=d.id, cite=d.cite, due_at=d.due_at, due_source=d.due_source)
            for d in context.duties
        ),
        counted=context.counted,
        fields=_fields(context, t),
        measures=tuple(reported(measure, t) for measure in context.incident.measures),
    )


def _fields(context: PacketContext, t: Messages) -> tuple[ReportField, ...]:
    asked = ReportContext(
        incident_id=context.incident_id,
        artefact=context.artefact,
        revision=context.revision,
        incident=context.incident,
        organisation=context.organisation,
        duty=context.duties[0],
        severity=context.severity,
        authority=context.party.name,
        figures=None,
        residences={},
        drafted_at=context.drafted_at,
        drill=context.drill,
        locale=context.locale,
    )
    fields = []
    for number, key in enumerate(_CONTENT, 1):
        value = value_of(key, asked, t)
        label = t(_OWN_LABELS[key]) if key in _OWN_LABELS else label_of(key, t)
        text = value.text
        if key == "A_COUNT_SUBJECTS":
            text = f"{text}\n{t(f'packet.number_from.{context.counted.value}')}"
        fields.append(
            ReportField(
                n=str(number),
                key=key,
                label=label,
                label_en=label,
                value=text,
                raw=value.raw,
                state=value.state.value,
            )
        )
    return tuple(fields)


def packet_json(packet: Packet) -> bytes:
    """Return the packet for a machine: its values, indented for a reader."""
    values = json.loads(canonical(packet.model_dump()))
    for field in values["fields"]:
        for name in ("options", "chosen", "multiple", "required", "shown", "section", "published"):
            field.pop(name)
    return (json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def packet_html(packet: Packet) -> bytes:
    """Return the packet as one accessible page."""
    return render("report/report.html", **packet_sheet(packet)).encode()


def packet_sheet(packet: Packet) -> dict[str, Any]:
    """Return what the page and the PDF of a packet are set from."""
    t = messages(packet.locale)
    mark = t("drill.prefix") if packet.drill else ""
    reference = f"{packet.incident_id}/{packet.artefact}"
    return {
        "lang": t.locale,
        "dir": t("dir"),
        "told": "",
        "title": f"{mark}{t('packet.title')} - {packet.processor}",
        "heading": t("packet.title"),
        "foot": f"{mark}{reference} · {moment_words(packet.drafted_at, t)}",
        "drill": t("drill.prefix") + t("drill.public") if packet.drill else "",
        "blocks": [clean(block) for block in _blocks(packet, t)],
    }


def _blocks(packet: Packet, t: Messages) -> Iterator[Block]:
    yield {"text": t("packet.cover")}
    rows = [
        (t("report.to"), f"{packet.controller}\n{packet.contact}"),
        (t("report.from"), packet.processor),
        (t("report.filing.reference"), f"{packet.incident_id}/{packet.artefact}"),
        (t("report.drafted"), moment_words(packet.drafted_at, t)),
    ]
    columns = [t("report.item"), t("report.value")]
    yield table(columns, rows, widths=(44, 0))
    yield headline(t("packet.grounds"))
    yield {"items": [_ground(ground, t) for ground in packet.grounds]}
    yield headline(t("packet.content"))
    yield table(columns, [(f.label, f.value) for f in packet.fields], widths=(52, 0))
    if packet.measures:
        yield headline(t("report.measures"))
        heads = [t("report.measure"), t("report.status"), t("report.when")]
        done = [(m.what, m.status, m.on or "-") for m in packet.measures]
        yield table(heads, done, widths=(0, 28, 28))
    yield headline(t("packet.people"))
    yield {"text": t("packet.people_apart")}
    yield headline(t("packet.next"))
    yield {"text": t("packet.yours")}


def _ground(ground: PacketGround, t: Messages) -> str:
    if ground.due_at is None:
        return ground.cite
    return t("packet.by", cite=ground.cite, due=moment_words(ground.due_at, t))


def packet_text(packet: Packet) -> str:
    """Return the packet as plain text, for the body of a message."""
    sheet = packet_sheet(packet)
    lines = [sheet["drill"]] if sheet["drill"] else []
    lines += [sheet["heading"], ""]
    for block in sheet["blocks"]:
        lines += _lines(block)
    return "\n".join(lines).rstrip() + "\n"


def _lines(block: Block) -> list[str]:
    if "heading" in block:
        return [block["heading"].upper(), ""]
    if "text" in block:
        return [*paragraphs(block["text"]), ""]
    if "items" in block:
        return [*(f"- {item}" for item in block["items"]), ""]
    made = []
    for first, *rest in block["rows"]:
        answer = [line for cell in rest for line in cell]
        made += [f"{' '.join(first)}:", *(f"  {printable(line)}" for line in answer)]
    return [*made, ""]
