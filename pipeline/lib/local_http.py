"""Request URLs of this machine, without the caller's proxy."""

import urllib.request
from typing import Any


def open_local(url: str | urllib.request.Request, data: bytes | None = None, seconds: float = 10) -> Any:
    """Return the response to a request for `url`, to use as a context manager. `data` makes it a POST request.

    Raises:
        HTTPError: the status isn't a success.
        OSError: nothing answers within `seconds`.
    """
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, data, timeout=seconds)
