"""Names of made-up people, as messy as real ones: Chinese, accented, with apostrophes."""

CHINESE_FAMILIES = (
    ("王", "wang"), ("李", "li"), ("张", "zhang"), ("刘", "liu"), ("陈", "chen"), ("杨", "yang"),
    ("黄", "huang"), ("赵", "zhao"), ("周", "zhou"), ("吴", "wu"), ("徐", "xu"), ("孙", "sun"),
    ("欧阳", "ouyang"), ("诸葛", "zhuge"), ("吕", "lv"),
)  # fmt: skip
CHINESE_GIVEN = (
    ("小明", "xiaoming"), ("伟", "wei"), ("芳", "fang"), ("秀英", "xiuying"), ("娜", "na"),
    ("敏", "min"), ("静", "jing"), ("丽", "li"), ("强", "qiang"), ("磊", "lei"), ("洋", "yang"),
    ("艳", "yan"), ("勇", "yong"), ("杰", "jie"), ("涛", "tao"), ("雨桐", "yutong"),
    ("子涵", "zihan"), ("欣怡", "xinyi"), ("浩然", "haoran"), ("梓轩", "zixuan"),
)  # fmt: skip
EUROPEAN_GIVEN = (
    "Anna", "Jürgen", "Zoë", "François", "Łukasz", "Siobhán", "Björn", "Chloé", "José", "Giulia",
    "Anne-Marie", "Małgorzata", "Søren", "Ørjan", "Nuño", "Tereza", "İpek", "Jan", "Mia", "Noah",
)  # fmt: skip
EUROPEAN_FAMILIES = (
    "O'Brien", "Müller", "D'Angelo", "García Márquez", "Groß", "van der Berg", "Dvořák",
    "Wiśniewska", "Lefèvre", "Ní Dhomhnaill", "Jensen", "Nørgaard", "O’Neill", "Rossi", "Šimek",
    "de la Cruz", "Åkerström", "Schmidt-Rottluff", "Papadopoulos", "No",
)  # fmt: skip
COUNTRIES = (
    ("CN", "zh-CN", 50),
    ("DE", "de-DE", 14),
    ("FR", "fr-FR", 9),
    ("ES", "es-ES", 7),
    ("IT", "it-IT", 7),
    ("PL", "pl-PL", 5),
    ("NL", "nl-NL", 4),
    ("IE", "en-IE", 4),
)
"""Country of residence, its usual locale, and its share in percent."""
CHINESE_DOMAINS = ("qq.example", "163.example", "126.example", "mail.example")
EUROPEAN_DOMAINS = ("mail.example", "web.example", "free.example", "post.example", "wp.example")
OWN_DOMAIN = "members.example"
"""The domain whose mailboxes the made-up organisation furnishes."""
DEMO_LANES = {
    "qq.example": "qq",
    "163.example": "netease",
    "126.example": "netease",
    "web.example": "web.de",
    "free.example": "free",
    "wp.example": "wp",
}
"""Reserved domains (RFC 2606) in the part of mailbox providers: domain -> lane."""
