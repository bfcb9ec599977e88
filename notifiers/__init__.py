"""One file per provider: sends, and translates what the provider says."""
