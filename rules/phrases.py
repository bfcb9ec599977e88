"""Words that a notice does without: hedges, false comfort, spin, blame, and what phishing says.

Each has the rule that it breaks and what to write instead. English and Chinese are listed; in a
text of another language none is found. What is looked for is what the organisation wrote: the
product's own words are held against the same lists by a test.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from tocsin.schemas.finding import Finding, FindingSeverity

_BLOCK, _WARN, _NOTE = FindingSeverity.BLOCK, FindingSeverity.WARN, FindingSeverity.NOTE


class Phrases(NamedTuple):
    """Phrases of one language that break one rule."""

    rule: str
    severity: FindingSeverity
    pattern: re.Pattern[str]
    what: str
    """What the reader makes of it."""
    fix: str


def _en(rule: str, severity: FindingSeverity, pattern: str, what: str, fix: str) -> Phrases:
    spaced = re.sub(r"\s+", " ", pattern.strip()).replace(" ", r"\s+")
    return Phrases(rule, severity, re.compile(rf"\b(?:{spaced})", re.IGNORECASE), what, fix)


def _zh(rule: str, severity: FindingSeverity, pattern: str, what: str, fix: str) -> Phrases:
    return Phrases(rule, severity, re.compile(pattern), what, fix)


_CERTAIN = "say plainly what was copied; if it cannot be told, say so and what to do meanwhile"
_COMFORT = "say what was and was not found, until when, and that misuse cannot be ruled out"
_FACTS = "say what happened in plain words, and leave the judgement to the reader"
_OWN_WAY = "let people open the app or type the address themselves"

_HEDGES_EN = _en(
    "NW-20 HEDGE_AFFECTED",
    _BLOCK,
    r"(?:may|might|could) (?:also )?(?:have|be|include|involve|contain|affect)\b"
    r"(?! been (?:prevented|avoided|stopped|noticed))|potential(?:ly)?\b"
    r"|possibly\b|likely\b|appears? to\b|we believe\b|certain information\b"
    r"|some of your (?:information|data)\b",
    "it leaves open whether the reader is concerned",
    _CERTAIN,
)
_HEDGES_ZH = _zh(
    "NW-20 HEDGE_AFFECTED",
    _BLOCK,
    r"可能(?:会)?(?:已|受到|涉及|泄露|影响|被)|不排除(?!被滥用)|疑似|或涉及|部分信息|相关信息|一定程度",
    "it leaves open whether the reader is concerned",
    _CERTAIN,
)
_EVERYWHERE_EN = (
    _en(
        "NW-35 CLICK_HERE",
        _BLOCK,
        r"click (?:here|below|on the link|the link)|log ?in below|sign in below"
        r"|follow (?:this|the) link|verify your (?:account|identity|details|information)"
        r"|confirm your (?:identity|account|details|password)|dear (?:customer|user|valued)",
        "it is what phishing says",
        _OWN_WAY,
    ),
    _en(
        "NW-35 DEADLINE_THREAT",
        _BLOCK,
        r"act (?:now|immediately|fast)|final notice"
        r"|urgent(?:ly)? (?:act|action|attention|notice|required)"
        r"|(?:act|respond|reply|verify|confirm|call|log in|sign in|pay)\b[^.]{0,40}"
        r"\bwithin \d+ hours"
        r"|within \d+ hours[^.]{0,40}\b(?:or (?:your|we|you)|otherwise|account)"
        r"|(?:account|access) (?:will|is going to) be (?:closed|suspended|blocked|locked)"
        r"|(?:respond|reply|log in|sign in|call us|update|change) [^.]{0,40}\bimmediately",
        "it presses, as phishing does",
        "give a date for each step, not a threat",
    ),
    _en(
        "NW-08 BUY_PRODUCT",
        _BLOCK,
        r"special offers?\b|(?:get|enjoy|claim|receive|with) [^.]{0,20}\bdiscounts?\b"
        r"|\d+ ?% (?:off|discount)|upgrade to (?:premium|our|the new|pro|plus)|promo code"
        r"|premium (?:protection|plan|account)"
        r"|subscribe now|to unsubscribe|our (?:new|latest) (?:products?|arrivals|collection|app)"
        r"|limited[- ]time|buy (?:now|our)|visit our (?:shop|store)",
        "a notice carries no other message",
        "leave it out: a notice stands alone",
    ),
)
_EVERYWHERE_ZH = (
    _zh(
        "NW-35 CLICK_HERE",
        _BLOCK,
        r"点击(?:此处|这里|下方|链接|以下)|(?:立即|马上)(?:点击|验证|登录|登陆)|添加(?:客服)?(?:微信|QQ)"
        r"|下载附件|共享屏幕|安全账户|(?<!不要)(?<!不得)(?<![不勿会止])(?:提供|发送|回复|告知|输入)(?:您的)?(?:短信)?验证码",
        "it is what phishing says",
        _OWN_WAY,
    ),
    _zh(
        "NW-35 DEADLINE_THREAT",
        _BLOCK,
        r"账号?(?:异常)?(?:将|会)(?:被)?(?:冻结|封停|注销)|逾期(?:后果自负|未)|\d+小时内(?:未|不)|紧急(?:通知|操作|处理)|尽快点击",
        "it presses, as phishing does",
        "give a date for each step, not a threat",
    ),
    _zh(
        "NW-08 BUY_PRODUCT",
        _BLOCK,
        r"(?:享受?|领取)[^。]{0,8}(?:优惠|折扣)|优惠活动|促销|特惠|推荐购买|升级(?:为|到)?(?:高级|会员|尊享)|退订|新品|限时",
        "a notice carries no other message",
        "leave it out: a notice stands alone",
    ),
)
_TOLD_EN = (
    _en(
        "NW-5 NO_EVIDENCE_COMFORT",
        _WARN,
        r"no (?:evidence|indications?|signs?) (?:that|of)|not aware of any|"
        r"(?:data|information|account|money)s? (?:is|are|remains?) (?:completely |fully )?"
        r"(?:safe|secure)"
        r"|low risk|rest assured",
        "readers take it to mean that there is no danger",
        _COMFORT,
    ),
    _en(
        "NW-5 ABUNDANCE_OF_CAUTION",
        _WARN,
        r"abundance of caution|as a precaution(?:ary measure)?\b",
        "it sounds as if the steps could be left out",
        "say why the step is needed",
    ),
    _en(
        "NW-5 ONLY_LIMITED",
        _WARN,
        r"(?:a )?limited (?:number|amount|set|subset|group)|limited to\b"
        r"|isolated (?:incident|case|event)"
        r"|only (?:a |an )?(?:limited|small|few|basic|handful|very)|basic (?:information|data)"
        r"|small number of",
        "it helps nobody who is concerned",
        "name the data and leave out how much it is",
    ),
    _en(
        "NW-5 NO_ACTION_NEEDED",
        _WARN,
        r"no action (?:is )?(?:required|needed|necessary)"
        r"|(?:do not|don['’]t) (?:need|have) to (?:do anything|take any)",
        "there is always the next fraud call to beware of",
        "say what was done for people, and what they should watch",
    ),
    _en(
        "NW-5 SECURITY_PRIORITY",
        _WARN,
        r"very seriously|top priority|utmost importance|sophisticated|state[- ]of[- ]the[- ]art"
        r"|industry[- ]leading|best[- ]in[- ]class|committed to protecting",
        "it reads as spin",
        _FACTS,
    ),
    _en(
        "NW-5 EUPHEMISM",
        _WARN,
        r"unauthori[sz]ed (?:party|parties|person|individual|actor)|security (?:event|issue)"
        r"|irregularit(?:y|ies)|technical (?:issue|problem|glitch)|system upgrade|threat actors?"
        r"|exfiltrat\w*|inconvenience",
        "it hides what happened",
        "say who did what: criminals, a former employee, somebody whom we do not know",
    ),
    _en(
        "NW-5 NOT_SENSITIVE",
        _WARN,
        r"(?:no|not) sensitive (?:data|information)|not (?:considered )?sensitive\b",
        "the person decides what is sensitive",
        "name the data instead",
    ),
    _en(
        "NW-5 ENCRYPTED_VAGUE",
        _WARN,
        r"passwords? (?:was|were|is|are) encrypted|encrypted passwords?",
        "it is not precise: most passwords are hashed",
        "say how hard they are to recover, and what to do",
    ),
    _en(
        "NW-5 PROMISE_DELETION",
        _WARN,
        r"(?:confirmed|assured|promised|provided assurances?)[^.]{0,40}\b(?:delet|destroy)\w*",
        "nobody can check it",
        "leave it out, or say that it cannot be relied on",
    ),
    _en(
        "NW-5 BLAME_USER",
        _WARN,
        r"(?:users|customers|people) (?:who )?(?:re-?used|had reused|chose weak)|you should have"
        r"|weak passwords? (?:of|chosen by)|without (?:any )?admission|no liability",
        "it blames the reader, or speaks to a court",
        "leave it out",
    ),
    _en(
        "NW-5 LEGAL_ONLY",
        _WARN,
        r"as required by (?:law|the)|required by law to (?:inform|notify|tell)|pursuant to\b"
        r"|in accordance with (?:article|section|art)",
        "it says that you would rather not tell",
        "leave the law to the end of the notice",
    ),
)
_TOLD_ZH = (
    _zh(
        "NW-5 NO_EVIDENCE_COMFORT",
        _WARN,
        r"目前(?:尚)?未发现|暂无证据|没有证据|请您?放心|绝对安全|资金安全",
        "readers take it to mean that there is no danger",
        _COMFORT,
    ),
    _zh(
        "NW-5 ABUNDANCE_OF_CAUTION",
        _WARN,
        r"出于(?:审慎|谨慎)",
        "it sounds as if the steps could be left out",
        "say why the step is needed",
    ),
    _zh(
        "NW-5 ONLY_LIMITED",
        _WARN,
        r"影响有限|极少数|个别用户|少量用户|仅(?:为|涉及)基本信息",
        "it helps nobody who is concerned",
        "name the data and leave out how much it is",
    ),
    _zh(
        "NW-5 NO_ACTION_NEEDED",
        _WARN,
        r"无需(?:任何操作|采取任何)",
        "there is always the next fraud call to beware of",
        "say what was done for people, and what they should watch",
    ),
    _zh(
        "NW-5 SECURITY_PRIORITY",
        _WARN,
        r"高度重视|第一时间|深表歉意|黑客恶意攻击|高水平黑客|不可抗力|更好的服务",
        "it reads as spin",
        _FACTS,
    ),
    _zh(
        "NW-5 EUPHEMISM",
        _WARN,
        r"技术故障|系统升级|网络波动|异常访问|外泄风险|信息被查看",
        "it hides what happened",
        _FACTS,
    ),
    _zh(
        "NW-5 NOT_SENSITIVE",
        _WARN,
        r"不(?:涉及|包含)敏感(?:个人)?信息",
        "the person decides what is sensitive",
        "name the data instead",
    ),
    _zh(
        "NW-5 BLAME_USER",
        _WARN,
        r"因?您?的?密码过于简单|用户使用(?:不当|弱密码)",
        "it blames the reader",
        "leave it out",
    ),
    _zh(
        "NW-5 OFFICIAL_STYLE",
        _NOTE,
        r"兹(?=[将就因])|特此|予以|进行了处理|相关部门|上述情形|敬请谅解",
        "it is the tone of an office",
        "write as you would speak to the reader",
    ),
)
HEDGES: Mapping[str, tuple[Phrases, ...]] = MappingProxyType(
    {"en": (_HEDGES_EN,), "zh": (_HEDGES_ZH,)}
)
"""What may not stand in the story while it is known what happened."""
LURES: Mapping[str, tuple[Phrases, ...]] = MappingProxyType(
    {"en": _EVERYWHERE_EN, "zh": _EVERYWHERE_ZH}
)
"""What may stand in no text at all, whoever wrote it."""
TOLD: Mapping[str, tuple[Phrases, ...]] = MappingProxyType({"en": _TOLD_EN, "zh": _TOLD_ZH})
"""What wants a reason in what the organisation tells."""


def phrase_findings(
    text: str, locale: str, *lists: Mapping[str, tuple[Phrases, ...]]
) -> Iterator[Finding]:
    """Yield what of the lists stands in a text of a locale, each phrase once."""
    language = locale.partition("-")[0]
    for phrases in (p for each in lists for p in each.get(language, ())):
        said = dict.fromkeys(
            " ".join(m[0].casefold().split()) for m in phrases.pattern.finditer(text)
        )
        for words in said:
            yield Finding(
                rule=phrases.rule,
                severity=phrases.severity,
                text=f"It says '{words}': {phrases.what}.",
                fix=phrases.fix,
            )
