"""Reads an HTML notice as its reader and their mail program would."""

import re
from html.parser import HTMLParser

_ACTIVE = frozenset(
    {"script", "img", "iframe", "form", "input", "object", "embed", "link", "video", "audio", "svg"}
)
_LOADS = re.compile(r"url\(|@import", re.IGNORECASE)
_INVISIBLE = frozenset({"style", "script", "head", "title"})


_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "code", "em", "i", "small", "span", "strong", "time", "wbr"}
)
_TARGETS = frozenset({"href", "src", "action", "background", "srcset", "ping"})


class Page(HTMLParser):
    """An HTML notice: its text on screen, where it points, and what of it loads or runs."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.targets: list[str] = []
        self.active: list[str] = []
        self._pieces: list[str] = []
        self._hidden: list[str] = []
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        """The text that stands on screen; blocks on lines of their own."""
        return "".join(self._pieces)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag loads, runs or points at."""
        if tag in _ACTIVE:
            self.active.append(tag)
        if tag in _INVISIBLE:
            self._hidden.append(tag)
        self._break_at(tag)
        for name, value in attrs:
            if name in _TARGETS and value:
                self.targets.append(value)
            loads = name == "style" and _LOADS.search(value or "")
            refreshes = name == "http-equiv" and (value or "").lower() == "refresh"
            if name.startswith("on") or loads or refreshes:
                self.active.append(name)

    def handle_endtag(self, tag: str) -> None:
        """Note that what was hidden ends."""
        if tag in self._hidden:
            self._hidden.remove(tag)
        self._break_at(tag)

    def handle_data(self, data: str) -> None:
        """Keep what a reader sees; look for what a style sheet loads."""
        if not self._hidden:
            self._pieces.append(data)
        elif "style" in self._hidden and _LOADS.search(data):
            self.active.append("style")

    def _break_at(self, tag: str) -> None:
        if tag not in _INLINE:
            self._pieces.append("\n")
