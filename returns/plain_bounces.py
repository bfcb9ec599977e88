"""Bounces that say in words what RFC 3464 says in fields: qmail, older Exim, many providers.

Read with caution. Somebody is taken for not reached only when a mail system wrote, says that it
gave up, and quotes a permanent reply or names the failed recipients in a field. Words count up to
where the copy of our own notice begins.
"""

import html
import re
from collections.abc import Sequence

from tocsin.returns.bounce_reasons import reason_of, replies_in
from tocsin.returns.mime_parts import Part
from tocsin.schemas.outcome import Reason

_LONGEST_TEXT = 32 * 1024
_DAEMON = re.compile(
    r"(?:^|[<\s\"])(?:mailer-daemon|mail-daemon|mdaemon|postmaster|mail\.delivery\.system)@",
    re.IGNORECASE,
)
_COPY = re.compile(
    r"^[-> =\t]*(?:below this line is a copy|this is a copy of|original message|return-path:"
    r"|received: from|原邮件|原始邮件)",
    re.IGNORECASE | re.MULTILINE,
)
_GAVE_UP = re.compile(
    r"permanent (?:fatal )?error|g[ai]ven? up|giving up|not going to try again|could ?n[o']t be "
    r"delivered|unable to deliver|undeliver(?:able|ed)|delivery (?:has |to [^\n]{1,100} )?failed"
    r"|(?:was|were) not delivered|failure notice|returned to sender"
    r"|退信|被退回|无法投递|不能投递|投递失败|未能送达|无法送达|发送失败",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"not yet been delivered|has been delayed|(?:is|was) delayed|delivery attempts will continue"
    r"|will (?:be retried|keep trying|continue to (?:be )?tr[yi])|still being retried"
    r"|you do not need to resend|warning message only|继续尝试|稍后重试|尚未送达",
    re.IGNORECASE,
)
_IN_VAIN = re.compile(
    r"retry timeout exceeded|queue too long|not going to try again|giving up|gave up", re.IGNORECASE
)
_TAG = re.compile(r"(<[^<>]*>)")
_NAME = re.compile(r"</?([a-z]{1,10})", re.IGNORECASE)
_UNSEEN = frozenset({"head", "script", "style", "title"})
_IN_LINE = frozenset({"a", "b", "em", "font", "i", "span", "strong", "u"})


def is_automatic(message: Part) -> bool:
    """Whether a machine replied in a person's name (RFC 3834): a vacation, a display receipt.

    Exim says `auto-replied` in its bounces too, which name the failed recipients in a field.
    """
    fields = message.fields
    if "x-failed-recipients" in fields:
        return False
    return (
        fields.get("auto-submitted", "").lower().startswith("auto-replied")
        or fields.get("precedence", "").strip().lower() == "auto_reply"
        or any(name in fields for name in ("x-autoreply", "x-autorespond", "x-autoresponder"))
        or message.parameter("report-type").lower() == "disposition-notification"
    )


def failure_in(message: Part, parts: Sequence[Part]) -> Reason | None:
    """Return why a bounce in words says that the notice failed; None where it does not say so."""
    named = "x-failed-recipients" in message.fields
    if not (named or _DAEMON.search(message.fields.get("from", "")[:1000])):
        return None
    said = _words(parts)
    if _GOES_ON.search(said):
        return None
    codes = replies_in(said)
    final = next((code for code in codes if code.startswith("5")), "")
    if named:
        return reason_of(final, said)
    if not _GAVE_UP.search(message.fields.get("subject", "")[:1000] + "\n" + said):
        return None
    if final:
        return reason_of(final, said)
    return Reason.RETRIES_EXHAUSTED if codes and _IN_VAIN.search(said) else None


def _words(parts: Sequence[Part]) -> str:
    """Return what the mail system itself wrote, as plain text without its recipient's notice."""
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.kind == kind:
                text = part.text()[:_LONGEST_TEXT]
                text = _visible(text) if kind == "text/html" else text
                copy = _COPY.search(text)
                return text[: copy.start()] if copy else text
    return ""


def _visible(page: str) -> str:
    """Return what a reader of an HTML page sees, a line for each block; in one pass."""
    seen: list[str] = []
    hiding = ""
    for piece in _TAG.split(page):
        tag = _NAME.match(piece)
        if tag is None:
            seen.append("" if hiding else piece)
            continue
        name = tag[1].lower()
        if hiding:
            hiding = "" if name == hiding and piece.startswith("</") else hiding
        elif name in _UNSEEN and not piece.startswith("</"):
            hiding = name
        elif name not in _IN_LINE:
            seen.append("\n")
    return html.unescape("".join(seen))
