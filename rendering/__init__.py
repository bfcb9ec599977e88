"""Blocks -> segments -> messages, announcements and reports."""
