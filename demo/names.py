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
    ("DE", "de-DE", 12),
    ("FR", "fr-FR", 9),
    ("ES", "es-ES", 7),
    ("IT", "it-IT", 7),
    ("PL", "pl-PL", 5),
    ("NL", "nl-NL", 4),
    ("IE", "en-IE", 4),
    ("US-CA", "en-US", 2),
)
"""Place of residence, its usual locale, and its share in percent."""
STATES = frozenset({"US-CA", "US-TX", "US-NM"})
PLACES = {
    "CN": ("人民路", "100000 北京市"),
    "DE": ("Lindenweg", "10115 Berlin"),
    "FR": ("rue des Lilas", "75011 Paris"),
    "ES": ("Calle Mayor", "28013 Madrid"),
    "IT": ("Via Garibaldi", "00153 Roma"),
    "PL": ("ulica Lipowa", "00-316 Warszawa"),
    "NL": ("Keizersgracht", "1015 CJ Amsterdam"),
    "IE": ("Abbey Street", "Dublin D01 X2P2"),
    "US-CA": ("Maple Street", "Sacramento, CA 95814"),
    "US-TX": ("Cedar Lane", "Austin, TX 78701"),
    "US-NM": ("Mesa Road", "Santa Fe, NM 87501"),
}
"""Place of residence -> a street, and its town with a postcode. The house numbers are made up."""
AREA_CODES = (
    *(201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224),
    *(225, 228, 229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270),
    *(272, 276, 281, 301, 302, 303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317),
    *(318, 319, 320, 321, 323, 325, 330, 331, 334, 336, 337, 339, 347, 351, 352, 360, 361, 385),
    *(386, 401, 402, 404, 405, 406, 407, 408),
)
"""Area codes of the United States; 555-0100 to 555-0199 behind each is kept free for fiction."""
FICTION = 100
"""How many numbers are kept free in an area."""
CHINESE_DOMAINS = ("qq.example", "163.example", "126.example", "mail.example")
EUROPEAN_DOMAINS = ("mail.example", "web.example", "free.example", "post.example", "wp.example")
AMERICAN_DOMAINS = ("mail.example", "post.example")
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
