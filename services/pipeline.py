"""The pipeline: which handler answers which event, in both runtimes."""

from collections.abc import AsyncIterator, Callable

from tocsin.schemas.commit import Commit
from tocsin.services import (
    announcing,
    assessment,
    clocks,
    closing,
    commands,
    delivery,
    dispatch,
    earlier,
    escalation,
    evidence,
    first_told,
    following,
    gathering,
    media,
    planning,
    preparing,
    relooking,
    replanning,
    reporting,
    ringing,
    settlement,
    silence,
    staging,
    taking_down,
    waiting,
    watching,
)

Handler = Callable[..., AsyncIterator[Commit]]
"""`handler(event, checkpoint, *, <the ports it names>)`."""

PIPELINE: dict[str, Handler] = {
    "command.given": commands.carry_out,
    "assessment.due": assessment.assess_incident,
    "resolution.due": following.find_people,
    "planning.due": planning.plan,
    "preparation.due": preparing.prepare,
    "artefact.approved": dispatch.on_approved,
    "dispatch.due": dispatch.dispatch,
    "batch.due": delivery.deliver,
    "stage.due": staging.look,
    "silence.due": silence.look,
    "escalation.due": escalation.escalate,
    "evidence.heard": evidence.take_in,
    "gathering.due": gathering.gather,
    "settlement.due": settlement.settle,
    "sharing.due": settlement.share,
    "earlier.told": earlier.take_earlier,
    "replanning.due": replanning.look,
    "relook.due": relooking.look_regularly,
    "publication.due": announcing.publish,
    "announcement.watch": watching.watch,
    "announcement.end": taking_down.take_down,
    "report.due": reporting.draft_report,
    "press.due": media.lay_press,
    "filing.due": reporting.file_report,
    "clock.due": clocks.watch,
    "alarm.due": ringing.ring,
    "told.due": first_told.look,
    "wait.due": waiting.look,
    "round.emptied": closing.close_round,
    "closing.due": closing.close_round,
}
