"""The notice: the e-mail text of one cohort, as plain text and as HTML."""

from collections.abc import Iterable, Sequence

from tocsin.rendering.advice import Advice, Step, select_advice
from tocsin.rendering.advice_catalogue import catalogue
from tocsin.rendering.contact import country_of
from tocsin.rendering.environment import paragraphs, printable, render
from tocsin.rendering.frame import frame_of
from tocsin.rendering.instants import date_words
from tocsin.rendering.locales import Messages, messages, words
from tocsin.rendering.marks import Marks, common
from tocsin.rendering.opening import opening_of, speaks_of
from tocsin.rendering.told import told_to
from tocsin.schemas.audience import Cohort, RecipientKind
from tocsin.schemas.canonical import canonical, sha256_hex
from tocsin.schemas.channels import Disclosure
from tocsin.schemas.data_kinds import SENSITIVITY, DataKind, Sensitivity
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.notice import NoticeContext, RenderedNotice
from tocsin.schemas.rounds import RoundKind

MOST_STEPS_FOR_MINORS = 4


def render_notice(cohort: Cohort, context: NoticeContext) -> RenderedNotice:
    """Return the notice of a cohort in its language; `{reference}` stays a slot in both forms.

    So does `{enrolment}` where a remedy comes with a code of a pool. The same values give the same
    bytes. Raises InvalidInput on `narratives.what_happened` when the incident tells in no language
    what happened.
    """
    require_story(context)
    t = messages(cohort.locale).speaking_to(cohort.recipient.value, context.kind)
    told = told_to(cohort, context, t)
    special = holds_protected(speaks_of(cohort, context))
    discreet = special and cohort.disclosure is not Disclosure.SEALED
    advice = select_advice(
        cohort.kinds,
        confirmed_actions=context.incident.confirmed_actions,
        country=country_of(cohort.regimes),
        recipient=cohort.recipient,
        discreet=discreet,
    )
    if cohort.recipient is RecipientKind.MINOR:
        advice = advice.first(MOST_STEPS_FOR_MINORS)
    us = told.us
    subject = t(
        "notice.subject_neutral" if special else "notice.subject",
        org=us.brand,
        code=context.public_code,
    )
    frame = frame_of(
        cohort.regimes,
        context.rules,
        t,
        title=t("notice.title_neutral" if special else "notice.title"),
    )
    kinds = kind_labels(cohort.kinds, t, disclosure=cohort.disclosure)
    view = {
        "t": t,
        "frame": frame,
        "lang": t.locale,
        "dir": t("dir"),
        "drill": context.drill,
        "title": frame.title,
        "summary": cohort.recipient is not RecipientKind.MINOR and not frame.fixed,
        "us": us,
        "opening": opening_of(context, t),
        "undo": t.names("retraction.undo_steps"),
        "story": told.story,
        "around": told.around,
        "happened": told.happened(frame, t),
        "measures_heading": told.measures(frame),
        "kinds": kinds,
        "names_kinds": kinds != (t("notice.special"),),
        "kinds_note": _kinds_note(cohort, t, special=discreet),
        "harms": tuple(words(harm, t.locale) for harm in advice.harms),
        **advice_view(advice, t, org=us.brand, site=us.site, code=context.public_code),
        "rights": told.rights,
        "advice_codes": advice_codes(advice),
        "help": told.help,
        "code": context.public_code,
        "dated": date_words(context.dated, t),
    }
    page = "retraction" if context.kind is RoundKind.RETRACTION else "notice"
    in_plain, in_html = Marks(), Marks()
    plain = render(f"notice/{page}.txt", **view, mark=in_plain)
    html = render(f"notice/{page}.html", **view, mark=in_html)
    holds, pending = common(in_plain, in_html)
    return RenderedNotice(
        cohort=cohort,
        subject=printable((t("drill.prefix") if context.drill else "") + subject),
        plain=plain,
        html=html,
        holds=holds,
        pending=pending,
    )


_OWN_PASSWORD = frozenset(
    {"RESET_PASSWORD_HERE", "CHANGE_PASSWORD_HERE", "CHANGE_SECURITY_ANSWERS"}
)


def advice_codes(advice: Advice) -> tuple[str, ...]:
    """Return the content codes that the steps have words for.

    Advice on passwords covers the account here and any other with the same password.
    """
    named = {step.id for _, steps in advice.tiers for step in steps}
    elsewhere = named & {"RESET_PASSWORD_ELSEWHERE", "CHANGE_SECURITY_ANSWERS"}
    passwords = bool(elsewhere) and bool(named & _OWN_PASSWORD)
    codes = {"SELF_PROTECT": bool(named) or bool(advice.closing), "PASSWORD_ADVICE": passwords}
    return tuple(code for code, is_told in codes.items() if is_told)


def require_story(context: NoticeContext) -> None:
    """Raise InvalidInput unless the incident tells in some language what happened."""
    if not any(map(paragraphs, context.incident.narratives.what_happened.values())):
        message = "no language says what happened"
        fix = "write the story in at least one language"
        raise InvalidInput(message, field="narratives.what_happened", fix=fix)


def holds_protected(kinds: Iterable[DataKind]) -> bool:
    """Whether one of the kinds is specially protected: then open texts are neutral."""
    return any(SENSITIVITY[kind] is Sensitivity.S3 for kind in kinds)


def kind_labels(
    kinds: Sequence[DataKind], t: Messages, *, disclosure: Disclosure
) -> tuple[str, ...]:
    """Return the kinds as a channel may name them: in a closed one the protected kinds as one."""
    book = catalogue().data_kinds
    if disclosure is Disclosure.OPEN:
        return ()
    names = [
        t("notice.special")
        if SENSITIVITY[kind] is Sensitivity.S3 and disclosure is Disclosure.CLOSED
        else words(book[kind].label, t.locale)
        for kind in sorted(kinds, key=list(DataKind).index)
    ]
    special_last = sorted(dict.fromkeys(names), key=lambda name: name == t("notice.special"))
    return tuple(special_last)


def advice_view(
    advice: Advice, t: Messages, *, org: str, site: str, code: str
) -> dict[str, object]:
    """Return the advice as templates print it: tiers of steps, and the closing steps."""

    def told(step: Step) -> dict[str, str]:
        takes = t("notice.takes", effort=t(f"effort.{step.effort}"), cost=t(f"cost.{step.cost}"))
        return {
            "text": words(step.text, t.locale).format(org=org, site=site, code=code),
            "why": t("notice.why", why=words(step.why, t.locale)),
            "takes": takes,
            "caveat": step.caveat.get(t.locale, ""),
        }

    book = catalogue().tiers
    return {
        "tiers": tuple(
            (words(book[tier].label, t.locale), tuple(map(told, steps)))
            for tier, steps in advice.tiers
        ),
        "closing": tuple(map(told, advice.closing)),
    }


def _kinds_note(cohort: Cohort, t: Messages, *, special: bool) -> str:
    if cohort.disclosure is Disclosure.OPEN:
        return t("notice.kinds_not_here")
    if not cohort.kinds:
        return t("notice.kinds_none")
    return t("notice.special_how") if special else ""


def text_hash(notices: Sequence[RenderedNotice]) -> str:
    """Return the SHA-256 of a round's texts, in any order: what an approval binds to."""
    rows = sorted((n.cohort.key, n.subject, n.plain, n.html) for n in notices)
    return sha256_hex(canonical(rows))
