"""`tocsin assess` on the example files, as its reader sees it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tocsin.cli.main import call
from tocsin.detectors.document import read_document

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(EXAMPLES.glob("*.yaml"))
TOCSIN = (sys.executable, "-P", "-m", "tocsin.cli.main")


def assessed(name: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert call(["assess", str(EXAMPLES / name), "--json"]) == 0
    made: dict[str, Any] = json.loads(capsys.readouterr().out)
    return made


def of(made: dict[str, Any], regime: str) -> dict[str, Any]:
    found: dict[str, Any] = next(r for r in made["regimes"] if r["id"] == regime)
    return found


def test_stolen_patient_records_owe_a_federal_report_media_and_a_web_notice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = assessed("stolen-patient-list.yaml", capsys)
    hipaa, california = of(made, "US-HIPAA"), of(made, "US-CA")

    assert [r["phase"] for r in hipaa["authority"]["reports"]] == ["full"]
    assert hipaa["individuals"]["due"] == "2027-01-09T00:30:00Z"
    assert (hipaa["public"]["required"], hipaa["public"]["mode"]) == (True, "and")
    assert [o["who"] for o in hipaa["others"]] == ["prominent media outlets in US-CA"]
    assert california["individuals"]["due"] == "2026-12-10T00:30:00Z"
    assert california["public"] | {"reason": "", "cite": ""} == {
        "required": False,
        "mode": None,
        "reason": "",
        "cite": "",
    }
    assert made["missing"] == []


def test_every_example_is_decided_and_valid_by_the_schema_that_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(["schema", "incident"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert len(FILES) >= 3
    for path in FILES:
        jsonschema.validate(read_document(path), schema)
        made = assessed(path.name, capsys)
        for regime in made["regimes"]:
            asked = [regime[name]["required"] for name in ("authority", "individuals", "public")]
            assert None not in [regime["applies"], *asked], regime["missing"]


def test_read_aloud_it_says_what_is_required_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["assess", str(EXAMPLES / "leaked-newsletter.yaml")]) == 0
    said = " ".join(capsys.readouterr().out.split())

    assert "Severity 1.00, low" in said
    assert "EU-GDPR applies" in said
    assert "Risk to people:" in said
    assert "US-HIPAA" in said.partition("Nothing to do with it")[2]


def test_a_misspelt_fact_is_named_with_the_fix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (EXAMPLES / "leaked-newsletter.yaml").read_text("utf-8")
    file = tmp_path / "wrong.yaml"
    file.write_text(text.replace("sectors: [online_services]", "sectors: [onlin]"), "utf-8")

    assert call(["assess", str(file), "--json"]) == 2
    said = capsys.readouterr()
    assert "facts.sectors" in said.out + said.err


def test_nothing_is_loaded_that_an_assessment_does_not_need() -> None:
    code = (
        "import sys; from tocsin.cli.main import call; "
        f"call(['assess', {str(FILES[0])!r}, '--json']); "
        "heavy = {'sqlalchemy', 'aiosmtplib', 'faust', 'fsspec', 'twilio', 'holidays'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    run = [sys.executable, "-P", "-c", code]
    said = subprocess.run(run, check=True, capture_output=True, text=True).stderr

    assert said.strip().endswith("[]")
