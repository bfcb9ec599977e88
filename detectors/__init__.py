"""One file per event format: bytes -> incident drafts."""
