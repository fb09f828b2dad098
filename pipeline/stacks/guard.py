"""Start MiniStack behind a guard that keeps web pages out. Run this as a script, like `python -m ministack`.

MiniStack runs unsigned requests of any origin as the user who started it. Any page in a browser on this machine could
send one, either directly or, by DNS rebinding, under its own host name. So a request must name a host of this
machine, and if a browser sends it, the page must come from this machine too.
"""

import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

# The second name always resolves to 127.0.0.1, and tflocal and awslocal use it. S3's virtual hosts are below both.
LOCAL_NAMES = ("localhost", "localhost.localstack.cloud")
OTHER_SITES = ("cross-site", "same-site")  # values of Sec-Fetch-Site, which browsers send even without an Origin

Scope = Mapping[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def guarded(application: Application) -> Application:
    """Return an ASGI application that passes only requests from this machine to `application`."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        problem = "" if scope["type"] == "lifespan" else problem_with(scope["headers"])
        if not problem:
            await application(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _refuse(problem, send)

    return guard


def problem_with(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return why a request with `headers` is refused, or "" if it isn't."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    hosts = values.get("host", [""])
    sources = values.get("origin") or values.get("referer") or []
    if foreign := [host for host in hosts if not is_local(f"//{host}")]:
        return f"the host {foreign[0]!r} is not a name of this machine"
    if foreign := [source for source in sources if not is_local(source)]:
        return f"the page {foreign[0]!r} is not on this machine"
    if not sources and values.get("sec-fetch-site", [""])[0] in OTHER_SITES:
        return "a page that hides its origin sent the request"
    return ""


def is_local(url: str) -> bool:
    """Return whether the host of `url` is this machine, or a subdomain of one of its names."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    if host in LOCAL_NAMES or host.endswith(tuple(f".{name}" for name in LOCAL_NAMES)):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _refuse(problem: str, send: Send) -> None:
    body = f"Refused: {problem}.\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Run MiniStack's own server with the guard in front of its application."""
    from ministack import app as ministack  # type: ignore[import-untyped]

    ministack.app = guarded(ministack.app)
    ministack.main()


if __name__ == "__main__":
    main()
