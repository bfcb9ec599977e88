"""What happened, told from the facts of a breach record, in plain English and Chinese.

Written in the organisation's voice, for people to complete; nothing in it stems from the record's
own description, and it names no other domain.
"""

from datetime import date
from enum import StrEnum

from tocsin.schemas.organisation import LocalizedText

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


class Origin(StrEnum):
    """Where the data of a record comes from, as far as the record says."""

    SERVICE = "service"
    MALWARE = "malware"
    SPAM_LIST = "spam_list"
    PARTLY_INVENTED = "partly_invented"


_OPENING: dict[Origin, tuple[str, str]] = {
    Origin.SERVICE: (
        (
            "Personal data of people who use our service got into the hands of others."
            " This happened on or about {date}."
        ),
        "我们用户的个人信息已被他人获取。事情大约发生在{date}。",
    ),
    Origin.MALWARE: (
        (
            "Harmful software on people's own devices collected personal data."
            " Some of it is data of people who use our service. The data dates from about {date}."
        ),
        (
            "恶意软件从用户自己的设备上收集了个人信息。其中有我们用户的信息。"
            "这批数据大约形成于{date}。"
        ),
    ),
    Origin.SPAM_LIST: (
        (
            "A list that is used to send unwanted messages holds personal data of people who use"
            " our service. The list dates from about {date}."
        ),
        "有人用一份名单发送垃圾信息。名单中有我们用户的个人信息。这份名单大约形成于{date}。",
    ),
    Origin.PARTLY_INVENTED: (
        (
            "A set of data that is said to come from our service is being passed around."
            " Part of it was made up. We are checking which part is true."
            " The set dates from about {date}."
        ),
        (
            "有人在传播一批数据，称其来自我们的服务。其中一部分是编造的。我们正在核实哪些属实。"
            "这批数据大约形成于{date}。"
        ),
    ),
}
_COUNT = ("About {count} accounts are concerned.", "涉及约{count}个账号。")
_PUBLIC = ("The data has been publicly known since {date}.", "自{date}起，外界已知道这批数据。")
_UNVERIFIED = (
    "We have not yet confirmed where the data comes from.",
    "我们尚未核实这批数据的来源。",
)


def what_happened(
    *, origin: Origin, started: date, published: date, accounts: int, verified: bool
) -> LocalizedText:
    """Return the narrative in `en` and `zh-Hans`.

    `accounts` is left out where part of the data is invented: the number would count inventions.
    """
    opening_en, opening_zh = _OPENING[origin]
    en = [opening_en.format(date=_date_en(started))]
    zh = [opening_zh.format(date=_date_zh(started))]
    if origin is not Origin.PARTLY_INVENTED:
        en.append(_COUNT[0].format(count=_count_en(accounts)))
        zh.append(_COUNT[1].format(count=_count_zh(accounts)))
    en.append(_PUBLIC[0].format(date=_date_en(published)))
    zh.append(_PUBLIC[1].format(date=_date_zh(published)))
    if not verified:
        en.append(_UNVERIFIED[0])
        zh.append(_UNVERIFIED[1])
    return {"en": " ".join(en), "zh-Hans": "".join(zh)}


def _date_en(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _date_zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _tenths(number: int, unit: int) -> str:
    """Return number / unit, rounded to one decimal, which is left out when it is 0."""
    whole, tenth = divmod((number * 10 + unit // 2) // unit, 10)
    return f"{whole:,}.{tenth}" if tenth else f"{whole:,}"


def _count_en(number: int) -> str:
    if number >= 10**9:
        return f"{_tenths(number, 10**9)} billion"
    if number >= 10**6:
        return f"{_tenths(number, 10**6)} million"
    unit = 10 ** max(len(str(number)) - 3, 0)
    return f"{(number + unit // 2) // unit * unit:,}"


def _count_zh(number: int) -> str:
    for unit, name in ((10**8, "亿"), (10**4, "万")):
        if number >= unit:
            return _tenths(number, unit).replace(",", "") + name
    return str(number)
