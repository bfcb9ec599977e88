"""Kafka: what Tocsin tells and hears there. The ledger is the truth; a lost message is a delay."""
