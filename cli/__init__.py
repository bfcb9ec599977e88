"""The command line: one verb per function, no rule lives here."""
