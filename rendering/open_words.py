"""Words of the channels that anybody may read or hear: text messages, pushes, calls.

They say that there is a notice and where to read it. They name no kind of data, no person, no link
and no number to call; when protected data is concerned they do not even say what the notice is of.
"""

from tocsin.rendering.contact import brand_in
from tocsin.rendering.environment import REFERENCE_SLOT, printable
from tocsin.rendering.locales import Messages, messages
from tocsin.rendering.notice import holds_protected
from tocsin.rendering.opening import speaks_of
from tocsin.rendering.told import is_silent
from tocsin.schemas.audience import Cohort
from tocsin.schemas.notice import NoticeContext

_PROMISES = frozenset({"push.app", "push.web", "call.how"})
"""Texts that say that what happened is to be read where they point to."""


class OpenWords:
    """The open texts of one cohort, filled in with who writes and where the notice is."""

    def __init__(self, cohort: Cohort, context: NoticeContext) -> None:
        """Take a cohort and what its texts may say."""
        t = messages(cohort.locale).speaking_to(cohort.recipient.value, context.kind)
        self._t: Messages = t
        self._neutral = holds_protected(speaks_of(cohort, context))
        self._silent = is_silent(cohort, context)
        self._drill = context.drill
        self._values = {
            "org": printable(brand_in(context.organisation, cohort.locale)),
            "site": context.organisation.site,
            "reference": REFERENCE_SLOT,
        }

    @property
    def locale(self) -> str:
        """The locale of the catalogue that the words are from (BCP 47)."""
        return self._t.locale

    def __call__(self, key: str) -> str:
        """Return a text of the catalogue's branch `channel`."""
        return self._t(f"channel.{key}", **self._values)

    def by_concern(self, key: str) -> str:
        """Return a text that has a neutral form beside it: `push.title`, `push.title_neutral`.

        Where a law forbids to tell what happened, no text promises it.
        """
        neutral = self._neutral or (self._silent and key in _PROMISES)
        form = f"{key}_neutral" if neutral else key
        values = {**self._values, "concern": self("concern")}
        return self._t(f"channel.{form}", **values)

    def text_message(self) -> str:
        """Return the text message, which is as short as it can be."""
        concern = self("concern_neutral" if self._neutral else "concern_sms")
        return self.marked(self._t("channel.sms", **self._values, concern=concern))

    def marked(self, text: str) -> str:
        """Return a text with the mark of an exercise before it, if it is one."""
        return (self._t("drill.prefix") if self._drill else "") + text

    def sentences(self, *texts: str) -> tuple[str, ...]:
        """Return what is spoken, sentence by sentence; an exercise says first that it is one."""
        return (*((self._t("drill.spoken"),) if self._drill else ()), *texts)
