"""Every text that leaves, by message and locale."""
