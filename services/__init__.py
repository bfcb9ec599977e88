"""One file per stage: reads through ports, calls rules, yields Commits."""
