"""What each channel tells a cohort: the words to read before approval, and what is handed over.

Open channels point at the notice (`open_words.py`), closed ones hold the notice of the e-mail, and
the list of a call centre holds what a person says after a check (`call_script.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from tocsin.rendering.advice_catalogue import catalogue
from tocsin.rendering.call_script import call_script
from tocsin.rendering.locales import messages, words
from tocsin.rendering.notice import render_notice
from tocsin.rendering.open_words import OpenWords
from tocsin.rendering.splicing import cut, cut_json
from tocsin.schemas.audience import Cohort
from tocsin.schemas.channels import DISCLOSURE, Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.notice import ChannelText, NoticeContext, Segments

_Rendered = tuple[str, Segments] | tuple[str, Segments, tuple[str, ...], tuple[str, ...]]
"""The text, what is handed over and, where it is the whole notice, the content codes."""


def channel_text(channel: Channel, cohort: Cohort, context: NoticeContext) -> ChannelText:
    """Return what a channel tells a cohort, in the cohort's language.

    The channel decides how much it says, whatever the cohort's e-mail may say. The content has the
    slots `reference` and, but for a text message, `code`. It is UTF-8: a text message as it is, or
    JSON with `lang`, `reference`, `code` and

    - pushes: `title`, `body`;
    - calls: `say` and `voicemail`, lists of sentences that hold the reference;
    - in-app and webhook: `title`, `body` (plain text), `html`;
    - call list: `script`, a list of which the first line is said to anybody and the second is the
      check that must be passed before the others are.

    Raises InvalidInput for a channel whose text is made elsewhere (e-mail, letter), and on
    `narratives.what_happened` as `render_notice` does.
    """
    render = _RENDER.get(channel)
    if render is None:
        message = f"the text of {channel.value} is not made here"
        fix = f"ask for one of {', '.join(_RENDER)}"
        raise InvalidInput(message, field="channel", fix=fix)
    text, content, *codes = render(replace(cohort, disclosure=DISCLOSURE[channel]), context)
    return ChannelText(channel, cohort, text, content, *codes)


def kind_names(locale: str) -> Mapping[DataKind, str]:
    """Return what each kind of data is called in the texts of a locale."""
    name = messages(locale).locale
    return {kind: words(entry.label, name) for kind, entry in catalogue().data_kinds.items()}


def _sms(cohort: Cohort, context: NoticeContext) -> _Rendered:
    text = OpenWords(cohort, context).text_message()
    return text, cut(text)


def _push(cohort: Cohort, context: NoticeContext, *, body: str) -> _Rendered:
    say = OpenWords(cohort, context)
    fields = {
        "title": say.marked(say.by_concern("push.title")),
        "body": say.by_concern(body),
        "lang": say.locale,
    }
    return f"{fields['title']}\n{fields['body']}", cut_json(fields)


def _app_push(cohort: Cohort, context: NoticeContext) -> _Rendered:
    return _push(cohort, context, body="push.app")


def _web_push(cohort: Cohort, context: NoticeContext) -> _Rendered:
    return _push(cohort, context, body="push.web")


def _call(cohort: Cohort, context: NoticeContext) -> _Rendered:
    say = OpenWords(cohort, context)
    spoken = say.sentences(
        say("call.who"),
        say("call.sales"),
        say.by_concern("concern"),
        say.by_concern("call.how"),
        say("call.reference"),
        say("call.again"),
        say("call.confirm"),
    )
    left = say.sentences(*(say(f"voicemail.{part}") for part in _VOICEMAIL))
    text = "\n".join((*spoken, "", f"== {say('call.machine')} ==", "", *left))
    return text, cut_json({"lang": say.locale, "say": spoken, "voicemail": left})


def _whole(cohort: Cohort, context: NoticeContext) -> _Rendered:
    notice = render_notice(cohort, context)
    lang = messages(cohort.locale).locale
    fields = {"title": notice.subject, "body": notice.plain, "html": notice.html, "lang": lang}
    text = f"{notice.subject}\n\n{notice.plain}"
    return text, cut_json(fields), notice.holds, notice.pending


def _script(cohort: Cohort, context: NoticeContext) -> _Rendered:
    lines, holds, pending = call_script(cohort, context)
    lang = messages(cohort.locale).locale
    return "\n".join(lines), cut_json({"lang": lang, "script": lines}), holds, pending


_VOICEMAIL = ("who", "how", "reference", "never")
_RENDER: Mapping[Channel, Callable[[Cohort, NoticeContext], _Rendered]] = MappingProxyType(
    {
        Channel.SMS: _sms,
        Channel.WEB_PUSH: _web_push,
        Channel.APP_PUSH: _app_push,
        Channel.CALL: _call,
        Channel.IN_APP: _whole,
        Channel.WEBHOOK: _whole,
        Channel.CALL_LIST: _script,
    }
)
CHANNELS: tuple[Channel, ...] = tuple(_RENDER)
"""The channels whose texts are made here."""
