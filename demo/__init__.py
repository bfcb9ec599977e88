"""The demo: made-up people, a relay that misbehaves, and what must become of each person."""
