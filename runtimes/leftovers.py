"""What a round leaves outside the ledger that holds contact details: removed when it closes."""

from tocsin.runtimes.settings import Settings


class Leftovers:
    """The lists of a call centre; print folders are the print house's to delete."""

    def __init__(self, settings: Settings) -> None:
        """Take the configuration, which says where they are."""
        self._section = settings.call_list

    async def forget(self, round_id: str) -> None:
        """Remove what is left of a round; again does no harm."""
        if self._section is None:
            return
        from tocsin.notifiers.call_list import CallList  # noqa: PLC0415  # an optional channel
        from tocsin.notifiers.call_list_settings import CallListSettings  # noqa: PLC0415

        async with CallList(CallListSettings(self._section.folder)) as lists:
            await lists.forget(round_id)
