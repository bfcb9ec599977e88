"""The return code for a machine: a QR code (ISO/IEC 18004) on the letter, outside the window."""

import io

import segno


def mark(code: str) -> str:
    """Return a return code as SVG, one unit per module and without a quiet zone.

    In capitals, which take fewer modules; `ReturnCode.read` takes either case. Level M: it can be
    read with 15 % of it gone.
    """
    drawn = segno.make_qr(code.upper(), error="m", boost_error=False)
    written = io.BytesIO()
    drawn.save(written, kind="svg", xmldecl=False, nl=False, border=0, omitsize=True)
    return written.getvalue().decode()
