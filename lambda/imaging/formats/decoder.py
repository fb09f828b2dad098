"""Decode data that a reader has taken out of its file, with a decoder of Pillow's core."""

from collections.abc import Iterable
from typing import Any

from PIL import Image, ImageFile

from imaging.formats.pillow import as_rejections

Buffer = bytes | memoryview


def fill(picture: Image.Image, pieces: Iterable[Buffer], codec: str, args: Any, extra: tuple[Any, ...] = ()) -> bool:
    """Decode `pieces` into `picture`, and return whether they complete it. No more of them are used than needed.

    `codec` is the name of Pillow's decoder, which has to consume each piece completely. Its arguments are `args`, those
    of a tile, and `extra`.

    Raises:
        Rejected: the data cannot be decoded.
        MemoryError: the memory is not enough, which is not the upload's fault.
    """
    decoder = Image._getdecoder(picture.mode, codec, args, extra)
    decoder.setimage(picture.im, (0, 0, *picture.size))
    try:
        for piece in pieces:
            used, error = decoder.decode(piece)
            if used < 0 and error:
                with as_rejections("image"):
                    raise ImageFile._get_oserror(error, encoder=False)
            if used < len(piece):
                return used < 0
    finally:
        decoder.cleanup()
    return False
