"""Settings: one file, overridden by the environment, with the field named when one is wrong."""

from pathlib import Path

import pytest
from tocsin.runtimes.settings import Settings, read_settings
from tocsin.schemas.errors import InvalidInput

DOCUMENT = """
[[organisations]]
id = "example"
legal_name = "Example Trading GmbH"
brand = "Example"
site = "example.com"
postal_address = "1 Example Street, 10115 Berlin"
country = "DE"
contact_email = "privacy@example.com"
sender_email = "notices@example.com"

[directory]
url = "sqlite:///people.db"
table = "people"
key = "id"
email = "email"

[[relays]]
host = "127.0.0.1"
tls = "none"

[policy]
rate_per_s = 100
batch_people = 250
"""


def read(folder: Path, text: str = DOCUMENT) -> Settings:
    (folder / "tocsin.toml").write_text(text)
    return read_settings(folder / "tocsin.toml")


def test_paths_are_taken_from_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    found = read(tmp_path)
    assert found.directory.url == f"sqlite:///{tmp_path / 'people.db'}"
    assert found.ledger.path == tmp_path / "tocsin-data" / "ledger.db"
    assert found.output.outbox == tmp_path / "tocsin-data" / "outbox"
    assert found.output.announcements == str(tmp_path / "tocsin-data" / "public")


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ('url = "sqlite:////srv/people.db"', "sqlite:////srv/people.db"),
        ('url = "postgresql://db/people"', "postgresql://db/people"),
    ],
)
def test_what_names_a_place_of_its_own_stays_as_it_is(tmp_path: Path, line: str, url: str) -> None:
    text = DOCUMENT.replace('url = "sqlite:///people.db"', line)
    text += '[output]\nannouncements = "s3://bucket/public"\nreports = "/srv/reports"\n'
    found = read(tmp_path, text)
    assert found.directory.url == url
    assert found.output.announcements == "s3://bucket/public"
    assert found.output.reports == Path("/srv/reports")


def test_the_environment_overrides_one_value_of_a_section_and_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_POLICY__RATE_PER_S", "200")
    monkeypatch.setenv("TOCSIN_TOKEN", "a token is no setting")
    found = read(tmp_path)
    assert (found.policy.rate_per_s, found.policy.batch_people) == (200, 250)


@pytest.mark.parametrize("password", ["plain", "with ${HOME} in it", "${", "a}b", "${DB_PASSWORD}"])
def test_a_value_of_the_environment_is_filled_in_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("DB_PASSWORD", password)
    monkeypatch.setenv("DB_NAME", "crm")
    line = 'url = "postgresql://reader:${DB_PASSWORD}@db/${DB_NAME}"'
    found = read(tmp_path, DOCUMENT.replace('url = "sqlite:///people.db"', line))
    assert found.directory.url == f"postgresql://reader:{password}@db/crm"


def test_a_relays_password_comes_from_environment_or_file_and_shows_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELAY_PASSWORD", "from-env-7")
    (tmp_path / "secret").write_text("from-file-8\n")
    relays = f"""
[[relays]]
name = "by-file"
host = "127.0.0.1"
tls = "none"
username = "tocsin"
password_file = "{tmp_path / "secret"}"
"""
    text = DOCUMENT.replace(
        'tls = "none"', 'tls = "none"\nusername = "tocsin"\npassword_env = "RELAY_PASSWORD"', 1
    )
    found = read(tmp_path, text + relays)
    made = [section.relay(n) for n, section in enumerate(found.relays)]
    assert [r.password.get_secret_value() for r in made if r.password] == [
        "from-env-7",
        "from-file-8",
    ]
    for shown in (repr(found), repr(made)):
        assert "from-env-7" not in shown
        assert "from-file-8" not in shown


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("rate_per_s = 100", "rate_per_s = 0", "policy.rate_per_s"),
        ("rate_per_s = 100", "rate_per_second = 100", "policy.rate_per_second"),
        ('country = "DE"', 'country = "Germany"', "organisations[0].country"),
        ('table = "people"', "", "directory.table"),
        ('host = "127.0.0.1"', 'host = "127.0.0.1"\nport = 70000', "relays[0].port"),
        ('url = "sqlite:///people.db"', 'url = "sqlite:///${NO_SUCH_NAME}"', "directory.url"),
        ('url = "sqlite:///people.db"', 'url = "sqlite:///${unclosed"', "directory.url"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field(
    tmp_path: Path, old: str, new: str, field: str
) -> None:
    assert old in DOCUMENT
    with pytest.raises(InvalidInput) as refusal:
        read(tmp_path, DOCUMENT.replace(old, new))
    assert refusal.value.field == field
    assert refusal.value.fix


def test_two_relays_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="two relays have the same name"):
        read(tmp_path, DOCUMENT + '[[relays]]\nhost = "127.0.0.2"\n')


@pytest.mark.parametrize(
    ("content", "said"), [(None, "no configuration"), (b"\xff\xfe", "as text"), (b"[x", "not TOML")]
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "tocsin.toml").write_bytes(content)
    with pytest.raises(InvalidInput, match=said) as refusal:
        read_settings(tmp_path / "tocsin.toml")
    assert refusal.value.field == "--config"
    assert str(tmp_path) not in str(refusal.value)


def _naming(form: str) -> str:
    return DOCUMENT.replace('country = "DE"', f'country = "DE"\nforms = {{ EU-GDPR = "{form}" }}')


def test_an_organisation_names_the_form_of_its_authority(tmp_path: Path) -> None:
    found = read(tmp_path, _naming("de-by-baylda"))
    assert found.organisations[0].forms == {"EU-GDPR": "de-by-baylda"}


@pytest.mark.parametrize("form", ["de-by", "uk-ico"])
def test_a_form_that_does_not_exist_or_is_none_of_the_regime_is_refused(
    tmp_path: Path, form: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read(tmp_path, _naming(form))
    assert refusal.value.field == "organisations[0].forms.EU-GDPR"
    assert refusal.value.message == f"there is no form {form} for EU-GDPR"
    assert "de-by-baylda" in (refusal.value.fix or "")
    assert "uk-ico" not in (refusal.value.fix or "")
