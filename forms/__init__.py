"""The forms of authorities as data: one YAML per form, and the one module that loads it."""
