"""A detector in ten lines: `python emit.py findings.json host:9092 scanner scanner.pem`."""

import sys
from pathlib import Path

from tocsin.detectors.ocsf import read_ocsf
from tocsin.schemas.signing import private_key
from tocsin.streams.broker import BrokerSettings
from tocsin.streams.emitter import Emitter

findings, broker, name, pem, *prefix = sys.argv[1:]
kafka = BrokerSettings(brokers=(broker,), prefix=prefix[0] if prefix else "tocsin")
key = private_key(Path(pem).read_bytes())
with Emitter(kafka=kafka, signer=name, key=key, spool=Path("spool")) as emitter:
    for detection in read_ocsf(Path(findings).read_bytes(), detector=name):
        emitter.emit(detection)
sys.stdout.write(f"{emitter.emitted.sent} sent, {emitter.emitted.spooled} wait\n")
