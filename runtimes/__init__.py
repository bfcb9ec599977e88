"""Settings, wiring, the step, slots and the command door."""
