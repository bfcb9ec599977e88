"""The lane of a contact: which mailbox provider, or which other set of destinations, it goes to."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from tocsin.schemas.channels import Channel

OTHER_LANE = "other"
"""The lane of every domain that the table does not name."""

_DOMAINS_OF = {
    "gmail": ("gmail.com", "googlemail.com"),
    "outlook": (
        "outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.de", "outlook.fr",
        "outlook.es", "outlook.it", "hotmail.de", "hotmail.fr", "hotmail.it", "hotmail.es",
        "hotmail.co.uk", "live.de", "live.fr", "live.it", "live.nl", "live.be", "live.se",
        "live.dk", "live.cn", "live.co.uk",
    ),
    "yahoo": (
        "yahoo.com", "ymail.com", "rocketmail.com", "yahoo.de", "yahoo.fr", "yahoo.it",
        "yahoo.es", "yahoo.gr", "yahoo.ie", "yahoo.pl", "yahoo.se", "yahoo.ro", "yahoo.co.uk",
        "aol.com", "aol.de", "aol.fr",
    ),
    "icloud": ("icloud.com", "me.com", "mac.com"),
    "qq": ("qq.com", "vip.qq.com", "foxmail.com"),
    "netease": (
        "163.com", "126.com", "yeah.net", "vip.163.com", "vip.126.com", "188.com", "163.net",
    ),
    "sina": ("sina.com", "sina.cn", "vip.sina.com", "vip.sina.cn", "sina.com.cn"),
    "sohu": ("sohu.com", "vip.sohu.com"),
    "aliyun": ("aliyun.com",),
    "tom": ("tom.com", "vip.tom.com"),
    "china-mobile": ("139.com",),
    "china-telecom": ("189.cn",),
    "china-unicom": ("wo.cn",),
    "gmx": ("gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com", "gmx.eu", "gmx.fr"),
    "web.de": ("web.de", "email.de"),
    "t-online": ("t-online.de", "magenta.de"),
    "freenet": ("freenet.de",),
    "orange": ("orange.fr", "wanadoo.fr"),
    "free": ("free.fr",),
    "sfr": ("sfr.fr", "neuf.fr"),
    "laposte": ("laposte.net",),
    "libero": ("libero.it", "virgilio.it", "inwind.it", "iol.it"),
    "tim": ("tim.it", "alice.it", "tin.it"),
    "wp": ("wp.pl", "o2.pl"),
    "onet": ("onet.pl", "onet.eu", "op.pl", "poczta.onet.pl", "vp.pl"),
    "interia": ("interia.pl", "interia.eu", "poczta.fm"),
    "seznam": ("seznam.cz", "email.cz", "post.cz"),
    "centrum": ("centrum.cz", "centrum.sk", "atlas.cz"),
    "ziggo": ("ziggo.nl", "home.nl"),
    "kpn": ("kpnmail.nl", "planet.nl", "hetnet.nl"),
    "telenet": ("telenet.be",),
    "proximus": ("skynet.be", "proximus.be"),
    "bluewin": ("bluewin.ch",),
    "freemail": ("freemail.hu", "citromail.hu"),
    "abv": ("abv.bg",),
    "sapo": ("sapo.pt",),
    "proton": ("proton.me", "protonmail.com", "pm.me"),
    "mail.ru": ("mail.ru", "bk.ru", "inbox.ru", "list.ru"),
    "yandex": ("yandex.ru", "yandex.com", "ya.ru"),
    "fastmail": ("fastmail.com", "fastmail.fm"),
    "zoho": ("zoho.com", "zohomail.com", "zohomail.eu"),
}  # fmt: skip

MAILBOX_PROVIDERS: Mapping[str, str] = MappingProxyType(
    {domain: lane for lane, domains in _DOMAINS_OF.items() for domain in domains}
)
"""Domain -> lane. Paths to the same servers share a lane, because they share their patience."""

_ALONE: Mapping[Channel, str] = MappingProxyType(
    {
        Channel.IN_APP: "in-app",
        Channel.WEB_PUSH: "web-push",
        Channel.APP_PUSH: "app-push",
        Channel.WEBHOOK: "webhook",
        Channel.CALL_LIST: "call-list",
    }
)
"""Channels that are one lane each."""
_BY_COUNTRY: Mapping[Channel, str] = MappingProxyType(
    {Channel.SMS: "sms-", Channel.CALL: "call-", Channel.LETTER: "post-"}
)
"""Channels with a lane per country, and what their names begin with."""
_TWO_DIGITS = frozenset(
    map(
        str,
        (
            *(20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53),
            *(54, 55, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94),
            *(95, 98),
        ),
    )
)
"""Country codes of two digits (ITU-T E.164, list of assigned codes); +1 and +7 have one digit."""
_NOWHERE = "zz"
_LONGEST_CODE = 3
_WAITS = "~"
"""Between where a lane leads and the regimes under which it may have to wait."""

LANES: frozenset[str] = frozenset({*_DOMAINS_OF, OTHER_LANE})
"""The closed set of lanes of `MAILBOX_PROVIDERS`."""


def lane_of(email: str, providers: Mapping[str, str] = MAILBOX_PROVIDERS) -> str:
    """Return the lane of a plausible address; `other` when its domain is in no table."""
    return providers.get(email.rpartition("@")[2].lower(), OTHER_LANE)


def lane_on(channel: Channel, detail: str) -> str:
    """Return the lane of a usable detail on a channel: `gmail`, `sms-49`, `post-cn`, `web-push`."""
    if channel in _ALONE:
        return _ALONE[channel]
    match channel:
        case Channel.SMS | Channel.CALL:
            return _BY_COUNTRY[channel] + _calling_code(detail)
        case Channel.LETTER:
            last = detail.strip().rpartition("\n")[2].strip().lower()
            known = len(last) == len(_NOWHERE) and last.isascii() and last.isalpha()
            return _BY_COUNTRY[channel] + (last if known else _NOWHERE)
        case _:
            return lane_of(detail)


def is_lane(name: str) -> bool:
    """Whether a name is one of a lane, without what its people may wait for."""
    if name in LANES or name in _ALONE.values():
        return True
    for channel, start in _BY_COUNTRY.items():
        if name.startswith(start):
            rest = name.removeprefix(start)
            if channel is Channel.LETTER:
                return len(rest) == len(_NOWHERE) and rest.isascii() and rest.islower()
            return rest.isascii() and rest.isdigit() and len(rest) <= _LONGEST_CODE
    return False


def waiting_lane(lane: str, regimes: Iterable[str]) -> str:
    """Return the lane of those who may have to wait under some regimes: `gmail~us-ca_us-md`.

    It goes into return codes as it is, which know no capitals.
    """
    names = sorted(name.lower() for name in regimes)
    return f"{lane}{_WAITS}{'_'.join(names)}" if names else lane


def waits_under(lane: str) -> tuple[str, ...]:
    """Return the regimes under which a lane may have to wait; none for most."""
    named = lane.partition(_WAITS)[2]
    return tuple(named.upper().split("_")) if named else ()


def base_of(lane: str) -> str:
    """Return a lane without what it waits for: where it leads."""
    return lane.partition(_WAITS)[0]


def channel_of(lane: str) -> Channel:
    """Return the channel on which a lane's obligations are told first."""
    lane = base_of(lane)
    for channel, name in _ALONE.items():
        if lane == name:
            return channel
    for channel, start in _BY_COUNTRY.items():
        if lane.startswith(start):
            return channel
    return Channel.EMAIL


def _calling_code(number: str) -> str:
    """Return the country code of an E.164 number, such as 49 or 1."""
    digits = number.removeprefix("+")
    if digits[:1] in {"1", "7"}:
        return digits[:1]
    return digits[:2] if digits[:2] in _TWO_DIGITS else digits[:3]
