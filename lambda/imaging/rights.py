"""Read the artist and the copyright from EXIF, XMP, or IPTC, and write them without other metadata."""

import re
import struct
from contextlib import suppress
from html import escape, unescape
from importlib import import_module
from io import BytesIO
from typing import Any, NamedTuple

from PIL import Image, ImageFile, IptcImagePlugin, PngImagePlugin

from imaging.formats import InputFormat
from imaging.model import Rights


class Field(NamedTuple):
    """Where a value is: its EXIF tag, its IPTC dataset, and its XMP property (Dublin Core) with a `list` for values."""

    tag: int
    dataset: tuple[int, int]
    property: str
    list: str


ARTIST = Field(0x013B, (2, 80), "creator", "<rdf:Seq><rdf:li>{}</rdf:li></rdf:Seq>")
COPYRIGHT = Field(0x8298, (2, 116), "rights", '<rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt>')

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">{}</rdf:Description></rdf:RDF></x:xmpmeta>"""
UTF_8 = ((1, 90), b"\x1b%G")  # the IPTC dataset that says that the others are UTF-8
MAX_XMP = 2**20  # bytes to search
MAX_LENGTH = 2_000  # characters of each value


def read_rights(form: InputFormat, content: bytes) -> Rights:
    """Return the artist and the copyright in `content`, from EXIF, else XMP, else IPTC. Broken metadata is ignored."""
    file = BytesIO(content)
    with suppress(Exception):  # of any type, here and below: Pillow's metadata readers don't check their input
        opened = Image.open(file, formats=form.pillow) if form.pillow else import_module("pi_heif").HeifImageFile(file)
        return Rights(_find(opened, ARTIST), _find(opened, COPYRIGHT))
    return Rights()


def _find(picture: ImageFile.ImageFile, field: Field) -> str:
    """Return the first value of `field` that isn't empty, as one line of text."""
    for read in (_in_exif, _in_xmp, _in_iptc):
        with suppress(Exception):
            if text := _line(read(picture, field)):
                return text
    return ""


def _in_exif(picture: ImageFile.ImageFile, field: Field) -> Any:
    return picture.getexif().get(field.tag, "")


def _in_xmp(picture: ImageFile.ImageFile, field: Field) -> str:
    """Return the values of an XMP property, which is an element with a list, or an attribute."""
    xmp = picture.info.get("xmp", b"")
    text = xmp if isinstance(xmp, str) else xmp[:MAX_XMP].decode(errors="replace")
    element, end, _ = text.partition(f"<dc:{field.property}")[2].partition(f"</dc:{field.property}>")
    pattern = r"<rdf:li[^<>]*>([^<]*)<" if end else rf'\bdc:{field.property}="([^"]*)"'
    return "; ".join(map(unescape, re.findall(pattern, element if end else text)))


def _in_iptc(picture: ImageFile.ImageFile, field: Field) -> bytes:
    values = (IptcImagePlugin.getiptcinfo(picture) or {}).get(field.dataset, b"")
    return b"; ".join(values) if isinstance(values, list) else values


def _line(value: Any) -> str:
    """Return a value as one line. Many programs write UTF-8 where the formats require ASCII or Latin-1."""
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode()
    return " ".join(text.replace("\0", " ").split())[:MAX_LENGTH]


def save_options(form: str, rights: Rights) -> dict[str, Any]:
    """Return Pillow's options to write `rights` as EXIF and XMP, in JPEG also as IPTC, without other metadata."""
    if not any(rights):
        return {}
    if form == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp_of(rights).decode())
        return {"exif": exif_of(rights), "pnginfo": text}
    options = {"exif": exif_of(rights), "xmp": xmp_of(rights)}
    return options | {"extra": iptc_of(rights)} if form == "JPEG" else options


def exif_of(rights: Rights) -> bytes:
    """Return an EXIF block with `rights` only."""
    exif = Image.Exif()
    exif.update((field.tag, text.encode()) for field, text in _fields(rights))
    return exif.tobytes()


def xmp_of(rights: Rights) -> bytes:
    """Return an XMP packet with `rights` only."""
    elements = (
        f"<dc:{field.property}>{field.list}</dc:{field.property}>".format(escape(text))
        for field, text in _fields(rights)
    )
    return XMP.format("".join(elements)).encode()


def iptc_of(rights: Rights) -> bytes:
    """Return the JPEG segment of IPTC datasets with `rights` only.

    Source: IPTC-IIM 4.2; the segment is Photoshop's image resource 0x0404.
    """
    datasets = [UTF_8, *((field.dataset, text.encode()) for field, text in _fields(rights))]
    data = b"".join(struct.pack(">BBBH", 0x1C, *dataset, len(text)) + text for dataset, text in datasets)
    content = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(data)) + data + bytes(len(data) & 1)
    return struct.pack(">HH", 0xFFED, len(content) + 2) + content


def _fields(rights: Rights) -> list[tuple[Field, str]]:
    """Return the fields that have a value, with their values."""
    return [(field, text) for field, text in ((ARTIST, rights.artist), (COPYRIGHT, rights.copyright)) if text]
