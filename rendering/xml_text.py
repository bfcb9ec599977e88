"""XML as feeds and alerts need it: elements with text that no value can break out of."""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from tocsin.rendering.environment import printable

_NO_XML = str.maketrans("", "", "\ufffe\uffff")


def add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    """Append an element; a text is one line, its attributes are printable."""
    shown = {key: xml_line(value) for key, value in attributes.items()}
    element = SubElement(parent, name, shown)
    if text:
        element.text = xml_line(text)
    return element


def add_paragraphs(parent: Element, name: str, lines: tuple[str, ...]) -> Element:
    """Append an element whose text has a blank line between its paragraphs."""
    element = SubElement(parent, name)
    element.text = "\n\n".join(map(xml_line, lines))
    return element


def xml_line(text: str) -> str:
    """Return text as one line that XML 1.0 can hold (section 2.2)."""
    return printable(text).translate(_NO_XML)


def document(root: Element) -> bytes:
    """Return a document in UTF-8 with its declaration."""
    indent(root, "")
    declaration = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    return declaration + tostring(root, encoding="unicode").encode() + b"\n"
