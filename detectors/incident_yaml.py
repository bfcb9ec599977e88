"""Writing an incident file for a person to complete: the facts known, and what is still unknown."""

import textwrap
from collections.abc import Sequence
from typing import Any

import yaml
from tocsin.schemas.fact import Fact, FactState
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.incident_facts import IncidentFacts

_WIDTH = 98
ASKED = {
    "started": "when it began",
    "ended": "when it ended",
    "detected": "when it was first noticed",
    "aware": "when the organisation became aware of it: most clocks start here",
    "cause": "who or what brought it about",
    "confidentiality": "how far the data got",
    "integrity": "whether data was changed",
    "availability": "whether data can still be used",
    "identifiability": "how easily the data leads to a person",
    "unintelligible": "whether the data is useless to whoever has it (true or false)",
    "exfiltration": "whether data was taken: excluded, possible or confirmed",
    "recipients_trusted": "whether who got the data can be relied on (true or false)",
    "deletion_confirmed": "whether they confirmed that it is deleted (true or false)",
    "encrypted": "whether the data was encrypted by the state of the art (true or false)",
    "key_exposed": "whether the key may have been taken too (true or false)",
    "hashing": "how it was hashed: salted_slow, salted, unsalted or none",
    "backup": "whether an intact copy exists (true or false)",
    "restored": "whether what was lost is in use again (true or false)",
    "minors": "whether children are among the people concerned (true or false)",
    "role": "controller, joint_controller or processor",
    "established_in": "where the organisation is established: DE, US-NY",
    "harm_averted": "whether measures make harm unlikely (true or false)",
    "persons": "how many people",
    "records": "how many records",
    "systems": "which systems",
    "critical_infrastructure": "whether it concerns critical infrastructure (true or false)",
    "sectors": "what the organisation does: some laws hold for one sector alone",
    "network_grade": "the grade by China's Grading Guide, where people in China are concerned",
    "direct_loss_cny": "direct economic loss in yuan, where people in China are concerned",
    "important_data": "whether it is important data in China's sense (true or false)",
    "low_probability": "whether an assessment of HIPAA's four factors clears it (true or false)",
    "bad_contacts": "of how many people the contact details are missing or out of date",
    "notice_cost_usd": "what telling everybody one by one would cost, in US dollars",
    "unidentifiable": "whether it cannot be found out who exactly is concerned (true or false)",
    "law_enforcement_delay": "whether law enforcement held the notice back (true or false)",
    "was_source": "whether the organisation itself was the source of the breach (true or false)",
    "mailboxes_ours": "whether the e-mail accounts are the organisation's own (true or false)",
}
"""The facts that a drafted file names while they are unknown, and what each means."""


class _Dumper(yaml.SafeDumper):
    """Writes no aliases: reading an incident file refuses them."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _quoted_if_odd(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Write text with characters that YAML takes for line ends, or folds, within double quotes."""
    odd = any(not c.isprintable() and c != "\n" for c in text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if odd else None)


_Dumper.add_representer(str, _quoted_if_odd)


def dump_incident(incident: IncidentFile, *, notes: Sequence[str]) -> str:
    """Return the incident as YAML that `read_incident` reads back to the same incident.

    Comments before it list every fact that is still unknown, and the `notes`.
    """
    lines = _comment("Notes:", notes)
    lines += _comment(
        "Still unknown. Add what you learn under facts; if it cannot be found out, say so, as in "
        "`ended: {state: cannot_be_determined}`:",
        unknown_facts(incident.facts, besides=notes),
    )
    body = yaml.dump(
        _written(incident), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH
    )
    return "".join(f"{line}\n" for line in lines) + body


def unknown_facts(facts: IncidentFacts, *, besides: Sequence[str] = ()) -> tuple[str, ...]:
    """Return a line per fact that is still being determined: `facts.ended: when it ended`.

    Of the facts that most laws ask for; `tocsin schema incident` has them all. Left out are those
    that a line of `besides` begins with, because it says more.
    """
    named = {line.partition(":")[0] for line in besides}
    return tuple(
        f"facts.{name}: {ASKED[name]}"
        for name in ASKED
        if getattr(facts, name).state is FactState.BEING_DETERMINED and f"facts.{name}" not in named
    )


def _comment(heading: str, entries: Sequence[str]) -> list[str]:
    if not entries:
        return []
    lines = textwrap.wrap(heading, _WIDTH, initial_indent="# ", subsequent_indent="# ")
    for entry in entries:
        # a note must not break out of its comment, whatever it holds
        text = "".join(c for c in " ".join(entry.split()) if c.isprintable())
        lines += textwrap.wrap(text, _WIDTH, initial_indent="#   - ", subsequent_indent="#     ")
    return [*lines, "#"]


def _written(incident: IncidentFile) -> dict[str, Any]:
    data = incident.model_dump(mode="json", exclude_defaults=True)
    facts = data.get("facts", {})
    for name, fact in facts.items():
        value = fact.get("value")
        if isinstance(value, dict) and value.keys() == {"at"}:
            value = fact["value"] = value["at"]
        known = fact.keys() == {"state", "value"} and fact["state"] == FactState.KNOWN
        if known and not _reads_as_fact(value):
            facts[name] = value
    return data


def _reads_as_fact(value: object) -> bool:
    """Whether a bare value would be taken for the fact itself."""
    return isinstance(value, dict) and value.keys() <= Fact.model_fields.keys()
