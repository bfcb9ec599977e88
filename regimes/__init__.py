"""The law as data: one YAML per regime, and the one module that loads it."""
