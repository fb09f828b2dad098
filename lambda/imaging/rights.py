"""Read the artist and the copyright from EXIF, XMP, or IPTC, and write them without other metadata."""

import re
import struct
from contextlib import suppress
from functools import partial
from html import escape, unescape
from importlib import import_module
from io import BytesIO
from typing import Any

from PIL import Image, IptcImagePlugin, PngImagePlugin

from imaging.formats import InputFormat
from imaging.model import Rights

ARTIST, COPYRIGHT = 0x013B, 0x8298  # EXIF tags
BY_LINE, COPYRIGHT_NOTICE = (2, 80), (2, 116)  # IPTC datasets
UTF_8 = b"\x1b%G"  # what the dataset 1:90 of IPTC contains
MAX_XMP = 2**20  # bytes to search
MAX_LENGTH = 2_000  # characters of each value
XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">{}</rdf:Description></rdf:RDF></x:xmpmeta>"""
CREATOR = "<dc:creator><rdf:Seq><rdf:li>{}</rdf:li></rdf:Seq></dc:creator>"
RIGHTS = '<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:rights>'


def read_rights(form: InputFormat, content: bytes) -> Rights:
    """Return the artist and the copyright in `content`, from EXIF, else XMP, else IPTC. Broken metadata is ignored."""
    found: list[Rights] = []
    with suppress(Exception):  # of any type: Pillow's metadata readers don't check their input
        exif, xmp, iptc = _from_heif(content) if form.name == "HEIC" else _from_pillow(form, content)
        for read in (partial(_in_exif, exif), partial(_in_xmp, xmp), partial(_in_iptc, iptc)):
            with suppress(Exception):
                found.append(read())
    return Rights(
        next((each.artist for each in found if each.artist), ""),
        next((each.copyright for each in found if each.copyright), ""),
    )


def _from_pillow(form: InputFormat, content: bytes) -> tuple[Image.Exif, bytes, dict[Any, Any]]:
    with Image.open(BytesIO(content), formats=form.pillow) as picture:
        exif = picture.getexif()
        return exif, _bytes(picture.info.get("xmp", b"")), IptcImagePlugin.getiptcinfo(picture) or {}


def _from_heif(content: bytes) -> tuple[Image.Exif, bytes, dict[Any, Any]]:
    opened = import_module("pi_heif").open_heif(content)
    exif = Image.Exif()
    exif.load(opened.info.get("exif") or b"")
    return exif, _bytes(opened.info.get("xmp") or b""), {}


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _in_exif(exif: Image.Exif) -> Rights:
    return Rights(_text(exif.get(ARTIST, "")), _text(exif.get(COPYRIGHT, "")))


def _in_xmp(xmp: bytes) -> Rights:
    text = xmp[:MAX_XMP].decode(errors="replace")
    return Rights(*(_text("; ".join(_values(text, name))) for name in ("creator", "rights")))


def _values(text: str, name: str) -> list[str]:
    """Return the values of a Dublin Core property, which is a list or an attribute."""
    start, end = text.find(f"<dc:{name}"), text.find(f"</dc:{name}>")
    if 0 <= start < end:
        return [unescape(each) for each in re.findall(r"<rdf:li[^>]*>([^<]*)<", text[start:end])]
    return [unescape(each) for each in re.findall(rf'\bdc:{name}="([^"]*)"', text)[:1]]


def _in_iptc(iptc: dict[Any, Any]) -> Rights:
    encoding = "utf-8" if iptc.get((1, 90)) == UTF_8 else "latin-1"
    texts = []
    for dataset in (BY_LINE, COPYRIGHT_NOTICE):
        values = iptc.get(dataset, b"")
        texts.append(
            "; ".join(each.decode(encoding, "replace") for each in (values if isinstance(values, list) else [values]))
        )
    return Rights(*map(_text, texts))


def _text(value: Any) -> str:
    """Return a metadata value as one line of text. Many programs write UTF-8 where EXIF requires ASCII."""
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode()  # Pillow reads ASCII as Latin-1
    return " ".join(text.replace("\0", " ").split())[:MAX_LENGTH]


def save_options(form: str, rights: Rights | None) -> dict[str, Any]:
    """Return Pillow's options to write `rights` as EXIF and XMP, in JPEG also as IPTC, without other metadata."""
    if not rights:
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
    for tag, text in ((ARTIST, rights.artist), (COPYRIGHT, rights.copyright)):
        if text:
            exif[tag] = text.encode()
    return exif.tobytes()


def xmp_of(rights: Rights) -> bytes:
    """Return an XMP packet with `rights` only."""
    parts = ((CREATOR, rights.artist), (RIGHTS, rights.copyright))
    return XMP.format("".join(template.format(escape(text)) for template, text in parts if text)).encode()


def iptc_of(rights: Rights) -> bytes:
    """Return the JPEG segment of IPTC datasets with `rights` only.

    Source: IPTC-IIM 4.2; the segment is Photoshop's image resource 0x0404.
    """
    parts = (((1, 90), UTF_8), (BY_LINE, rights.artist.encode()), (COPYRIGHT_NOTICE, rights.copyright.encode()))
    data = b"".join(struct.pack(">BBBH", 0x1C, *dataset, len(text)) + text for dataset, text in parts if text)
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(data)) + data + bytes(len(data) & 1)
    content = b"Photoshop 3.0\0" + resource
    return struct.pack(">HH", 0xFFED, len(content) + 2) + content
