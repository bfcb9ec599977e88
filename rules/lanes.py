"""The lane of an address: which mailbox provider it goes to, by domain."""

from collections.abc import Mapping
from types import MappingProxyType

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

LANES: frozenset[str] = frozenset({*_DOMAINS_OF, OTHER_LANE})
"""The closed set of lanes of `MAILBOX_PROVIDERS`."""


def lane_of(email: str, providers: Mapping[str, str] = MAILBOX_PROVIDERS) -> str:
    """Return the lane of a plausible address; `other` when its domain is in no table."""
    return providers.get(email.rpartition("@")[2].lower(), OTHER_LANE)
