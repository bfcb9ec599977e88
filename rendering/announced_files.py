"""How the public files of an incident are named: the same names for good, whatever round it is."""

INDEX = "index.html"
FEED = "feed.atom"
ALERT = "alert.cap.xml"
ENDED_SLOT = "{ended}"
"""Stands in a feed and an alert for the time at which the term ended."""
ENDED = "ended/"
"""Under it stand the files that take the place of the others when the term ends."""


def announcement_file(locale: str) -> str:
    """Return the name of the page in a locale."""
    return f"announcement.{locale}.html"


def genuine_file(locale: str) -> str:
    """Return the name of the page about the notices, "Is this notice real?"."""
    return f"genuine.{locale}.html"


def banner_file(locale: str) -> str:
    """Return the name of the fragment for the organisation's own front page."""
    return f"banner.{locale}.html"


def press_file(locale: str) -> str:
    """Return the name of the text for the media."""
    return f"press.{locale}.txt"
