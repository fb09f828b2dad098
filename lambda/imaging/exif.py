"""Read the orientation from EXIF, the only value that decoding needs."""

import struct

ORIENTATION = 0x0112
MAX_BYTES = 2**16  # of an EXIF block, as in a JPEG


def orientation(block: bytes | memoryview) -> int:
    """Return the orientation (1 to 8) in an EXIF block; 1 if it's missing or broken.

    Source: CIPA DC-008 (Exif 3.0), 4.6.5.
    """
    exif = bytes(block[:MAX_BYTES]).removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(exif[:2], "<")
    try:
        (directory,) = struct.unpack_from(f"{order}I", exif, 4)
        (entries,) = struct.unpack_from(f"{order}H", exif, directory)
        for at in range(directory + 2, directory + 2 + 12 * entries, 12):
            tag, kind, _count, value = struct.unpack_from(f"{order}HHIH", exif, at)
            if tag == ORIENTATION and kind == 3 and 1 <= value <= 8:
                return int(value)
    except struct.error:
        pass
    return 1
