"""How files of results are read, by who makes them."""

from tocsin.returns.results_layout import CALL_CENTRE, PRINT_HOUSE, ResultsLayout

_LAYOUTS = {"print-house": PRINT_HOUSE, "call-centre": CALL_CENTRE}


def layout_of(sender: str) -> ResultsLayout:
    """Return the layout of a print house's or a call centre's file."""
    return _LAYOUTS[sender]
