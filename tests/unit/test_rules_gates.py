from dataclasses import replace

import pytest
from tocsin.rules.gates import check_notice
from tocsin.schemas.audience import Cohort, RecipientKind
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.finding import FindingSeverity
from tocsin.schemas.notice import RenderedNotice

COHORT = Cohort(1, ("EU-GDPR",), "en", (DataKind.NAME,), RecipientKind.SELF)
REQUIRED = ("TC-4KQ2M", "privacy@contact.example", "Type shop.example yourself")
PLAIN = (
    "Your name was copied.\nCode TC-4KQ2M. Type shop.example yourself.\n"
    "Ask privacy@contact.example. Reference {reference}\n"
)
HTML = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Notice</title>'
    "<style>p { margin: 0 }</style></head><body><p>Your name was copied.</p><p>Code TC-4KQ2M. "
    "Type <b>shop</b>.example yourself.</p><p>Ask privacy@contact.example. "
    "Reference {reference}</p></body></html>"
)


def findings(
    *, subject: str = "Your data was copied", plain: str = PLAIN, html: str = HTML
) -> tuple[str, ...]:
    notice = RenderedNotice(cohort=COHORT, subject=subject, plain=plain, html=html)
    found = check_notice(notice, required=REQUIRED, site="shop.example")
    return tuple(finding.text for finding in found)


def with_text(text: str) -> tuple[str, ...]:
    return findings(plain=PLAIN + text, html=HTML.replace("</body>", f"<p>{text}</p></body>"))


def test_a_sober_notice_passes() -> None:
    assert findings() == ()


@pytest.mark.parametrize(
    "text",
    [
        "Write to data.office@mail.other.example.",
        "See backup.sql and report.PDF, i.e. the files of 20.11.2026.",
        "That is over.We are sorry.",
        "Visit shop.example, or shop.example.",
        "请自行输入shop.example。",
    ],
)
def test_the_own_address_mail_addresses_and_file_names_are_no_foreign_links(text: str) -> None:
    assert with_text(text) == ()


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("See https://evil.example/x", "evil.example"),
        ("See HTTPS://EVIL.EXAMPLE", "evil.example"),
        ("See www.evil.example.", "www.evil.example"),
        ("See shop-incident.example now", "shop-incident.example"),
        ("See bit.ly/abc", "bit.ly"),
        ("See https://shop.example@evil.example/", "evil.example"),
        ("See https://shop.example.evil.example/", "shop.example.evil.example"),
        ("See notshop.example", "notshop.example"),
        ("请访问evil.example。", "evil.example"),
        ("See https://ѕhop.example/", "ѕhop.example"),  # Cyrillic
        ("See https://evil.example:8443/a", "evil.example"),
    ],
)
def test_any_other_address_blocks(text: str, host: str) -> None:
    assert f"It names {host}, which is not under shop.example." in with_text(text)


def test_a_link_target_is_judged_like_text() -> None:
    html = HTML.replace("<b>shop</b>", '<a href="https://evil.example/">shop</a>')

    assert any("evil.example" in finding for finding in findings(html=html))


@pytest.mark.parametrize(
    "target", ["http://shop.example", "javascript:alert(1)", "data:text/html,x"]
)
def test_only_safe_links_are_allowed(target: str) -> None:
    html = HTML.replace("<b>shop</b>", f'<a href="{target}">shop</a>')

    assert "It holds a link that is not https." in findings(html=html)


def test_a_link_to_write_a_mail_is_no_foreign_link() -> None:
    html = HTML.replace("Ask ", '<a href="mailto:privacy@contact.example">Ask</a> ')

    assert findings(html=html) == ()


def test_a_second_address_under_the_own_domain_blocks() -> None:
    (finding,) = with_text("Sign in at https://www.shop.example/login.")

    assert "2 addresses (shop.example, shop.example/login)" in finding


@pytest.mark.parametrize(
    "part",
    [
        '<img src="https://shop.example/p.gif">',
        "<script>go()</script>",
        '<form action="https://shop.example"></form>',
        '<p onclick="go()">x</p>',
        '<p style="background: url(//shop.example/p)">x</p>',
        "<style>@import 'x.css';</style>",
        '<meta http-equiv="refresh" content="0;url=https://shop.example">',
    ],
)
def test_what_loads_or_runs_blocks(part: str) -> None:
    found = findings(html=HTML.replace("</body>", f"{part}</body>"))

    assert any("loads or runs" in finding for finding in found)


@pytest.mark.parametrize(("length", "blocks"), [(59, False), (60, False), (61, True)])
def test_a_subject_has_at_most_60_characters(length: int, blocks: bool) -> None:
    subject = "Aa" + "a" * (length - 2)

    assert bool(findings(subject=subject)) is blocks
    assert bool(findings(subject=f"[EXERCISE] {subject}")) is blocks


@pytest.mark.parametrize(
    "subject", ["Your data!", "您的数据！", "Urgent: your data", "YOUR DATA", "", "   "]
)
def test_a_loud_or_empty_subject_blocks(subject: str) -> None:
    assert findings(subject=subject)


@pytest.mark.parametrize(
    "subject", ["您的个人信息（编号 TC-4KQ2M）", "[EXERCISE] Your data was copied"]
)
def test_a_sober_subject_passes_in_any_script(subject: str) -> None:
    assert findings(subject=subject) == ()


@pytest.mark.parametrize("lure", ["Click here", "please LOG IN BELOW", "点击此处"])
def test_the_words_of_phishing_block(lure: str) -> None:
    (finding,) = with_text(lure)

    assert "phishing" in finding


@pytest.mark.parametrize(("size", "blocks"), [(99_999, False), (100_000, True)])
def test_a_notice_stays_below_100_kilobytes(size: int, blocks: bool) -> None:
    padding = "x" * (size - len(HTML.encode()))

    assert bool(findings(html=HTML.replace("Notice</title>", f"Notice{padding}</title>"))) is blocks


def test_what_must_stand_in_a_notice_must_stand_in_both_parts() -> None:
    assert findings(plain=PLAIN.replace("TC-4KQ2M", "")) == ("The plain text lacks 'TC-4KQ2M'.",)
    assert findings(html=HTML.replace("TC-4KQ2M", "")) == ("The HTML lacks 'TC-4KQ2M'.",)


def test_a_broken_line_hides_no_required_word() -> None:
    assert findings(plain=PLAIN.replace("example yourself", "example\n   yourself")) == ()


def test_text_that_is_not_on_screen_does_not_count() -> None:
    hidden = HTML.replace("TC-4KQ2M", "").replace("<title>", "<title>TC-4KQ2M ")

    assert "The HTML lacks 'TC-4KQ2M'." in findings(html=hidden)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"subject": "Your data!"}, "NW-01"),
        ({"plain": PLAIN + "See evil.example."}, "NW-31"),
        ({"plain": PLAIN + "See https://shop.example/login too."}, "NW-31"),
        ({"html": HTML.replace("</body>", "<img src='cid:x'></body>")}, "NW-31 TRACKER"),
        ({"plain": PLAIN + "Please verify your account."}, "NW-35 CLICK_HERE"),
        ({"plain": PLAIN + "Act now."}, "NW-35 DEADLINE_THREAT"),
        ({"plain": PLAIN + "Get a discount of 10 % off."}, "NW-08 BUY_PRODUCT"),
        ({"plain": PLAIN + "Send us your password."}, "NW-30"),
        ({"plain": PLAIN + "Hello {name}"}, "NW-15"),
        ({"plain": PLAIN.replace("TC-4KQ2M", "")}, "NW-32"),
        ({"plain": PLAIN + "x" * 100_000}, "SIZE"),
    ],
)
def test_each_gate_cites_its_rule_and_blocks(changes: dict[str, str], rule: str) -> None:
    sober = RenderedNotice(COHORT, subject="Your data was copied", plain=PLAIN, html=HTML)
    notice = replace(sober, **changes)  # type: ignore[arg-type]
    found = check_notice(notice, required=REQUIRED, site="shop.example")
    assert rule in {f.rule for f in found}
    assert all(f.severity is FindingSeverity.BLOCK for f in found)


@pytest.mark.parametrize(
    "text",
    [
        "We never ask you to send your password.",
        "Do not tell anybody the code.",
        "Report it at IdentityTheft.gov.",
        "我们绝不会要求提供密码。",
    ],
)
def test_a_warning_of_fraud_is_no_request_and_an_authority_may_be_named(text: str) -> None:
    assert with_text(text) == ()


def test_a_link_to_an_authority_is_foreign_all_the_same() -> None:
    html = HTML.replace("<b>shop</b>", '<a href="https://identitytheft.gov">shop</a>')
    assert findings(html=html)
    assert with_text("See identitytheft.gov/login")
