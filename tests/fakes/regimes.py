"""Four regimes of the pack as they stand today, for tests that are about something else."""

from tocsin.regimes.load import load_regimes

FOUR = {
    regime.id: regime
    for regime in load_regimes()
    if regime.id in {"CN-PIPL", "EU-GDPR", "US-CA", "US-HIPAA"} and regime.valid_to is None
}
