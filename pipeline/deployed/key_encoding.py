"""Keys with control characters in the listings of an emulator.

XML cannot contain most control characters, so S3 percent-encodes the keys of a listing on request, and botocore
requests that. MiniStack ignores it in ListObjectVersions, and botocore then fails to parse the response.
"""

import re
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import unescape

ELEMENT = re.compile(rb"<(Key|Prefix|Delimiter|KeyMarker|NextKeyMarker)>(.*?)</\1>", re.DOTALL)
END = b"</ListVersionsResult>"


def encode_keys_of(s3: Any) -> None:
    """Percent-encode the keys in responses to `s3` that should be encoded, but are not. Safe to repeat."""
    # The asterisk puts this before botocore's own handler for all of S3, which parses each body.
    s3.meta.events.register_first("before-parse.*.ListObjectVersions", _encode, unique_id="encode-keys")


def _encode(response_dict: dict[str, Any], **_: Any) -> None:
    body: bytes = response_dict["body"]
    if b"<EncodingType>" not in body and body.endswith(END):
        encoded = ELEMENT.sub(_encode_element, body).removesuffix(END)
        response_dict["body"] = encoded + b"<EncodingType>url</EncodingType>" + END


def _encode_element(element: re.Match[bytes]) -> bytes:
    name, key = element[1], quote(unescape(element[2].decode())).encode()
    return b"<" + name + b">" + key + b"</" + name + b">"
