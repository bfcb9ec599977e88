"""Pure judgement: values in, values out, time passed in."""
