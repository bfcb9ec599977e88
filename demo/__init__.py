"""Made-up people, a relay that refuses, defers and drops, and the planted table of what must become of each."""
