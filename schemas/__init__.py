"""The nouns: frozen records, events, commands and their canonical bytes."""
