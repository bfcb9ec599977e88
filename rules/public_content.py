"""The gates of what each regime asks of an announcement's content."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from tocsin.rules.content_gates import is_asked, lacks
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.finding import Finding
from tocsin.schemas.notice import NoticeContext
from tocsin.schemas.notice_law import monitoring_months


def public_findings(
    regimes: Sequence[str],
    kinds: Sequence[DataKind],
    context: NoticeContext,
    said: Mapping[str, tuple[Collection[str], Collection[str]]],
) -> Iterator[Finding]:
    """Yield what the page of a locale lacks of what its regimes ask.

    `said` is, by locale, the content codes for which its page has words, and those left open. A
    number without charge has a gate of its own (`PublicRule.toll_free`).
    """
    months = monitoring_months(regimes, context.rules)
    for locale, (holds, pending) in said.items():
        for regime in regimes:
            public, rule = context.public_rules.get(regime), context.rules.get(regime)
            for code in () if public is None else public.content:
                if code in holds or code == "TOLL_FREE":
                    continue
                if is_asked(
                    code,
                    kinds,
                    context.incident,
                    rule,
                    organisation=context.organisation,
                    late=regime in context.late,
                ):
                    cite = "" if public is None else public.cite
                    found = lacks(code, regime, cite, waits=code in pending, months=months)
                    yield found.at(f"announcement/{locale}")
