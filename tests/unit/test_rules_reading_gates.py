"""Reading ease of languages without spaces: what a list is, and what a sentence is."""

from tocsin.rules.reading_gates import reading_findings
from tocsin.rules.sections import Section
from tocsin.schemas.finding import Finding, FindingSeverity


def test_a_chinese_list_is_read_item_by_item_and_a_long_sentence_is_not() -> None:
    listed = "涉及信息：" + "、".join(["电子邮箱地址", "手机号码", "通信或居住地址"] * 6) + "。"
    prose = (
        "我们在例行检查时发现有人在较长时间内多次登录并复制了系统中保存的部分客户资料" * 2 + "。"
    )

    assert not [f for f in _found(listed) if f.rule == "NW-10"]
    assert [f.severity for f in _found(prose) if f.rule == "NW-10"] == [FindingSeverity.BLOCK]


def _found(text: str) -> tuple[Finding, ...]:
    return reading_findings([Section("", (text,))], "zh-Hans")
