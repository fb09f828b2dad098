"""A proxy between the function and S3, with the faults of networks and services."""

import http.client
import random
import socket
import struct
import threading
import time
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

STALL_SECONDS = 20


@dataclass
class Exchange:
    """One request on its way. A fault calls `forward` to send it to S3, and `answer` to answer the function."""

    handler: "Handler"
    body: bytes
    path: str  # unquoted

    @property
    def method(self) -> str:
        return self.handler.command

    @property
    def client(self) -> tuple[str, int]:
        """Return the address and the port of the function."""
        return self.handler.client_address[:2]

    def forward(self) -> tuple[int, Mapping[str, str], bytes]:
        upstream = self.handler.server.upstream
        connection = http.client.HTTPConnection(upstream[0], upstream[1], timeout=60)
        try:
            connection.request(self.method, self.handler.path, self.body or None, dict(self.handler.headers))
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def answer(self, status: int, headers: Mapping[str, str], body: bytes, length: int | None = None) -> None:
        """Answer with `body`, and announce `length` bytes (default: as many as it has)."""
        left_out = {"connection", "transfer-encoding", "keep-alive", "date", "server", "content-length"}
        self.handler.send_response(status)
        for name, value in headers.items():
            if name.lower() not in left_out:
                self.handler.send_header(name, value)
        if self.method == "HEAD":
            length = next((int(value) for name, value in headers.items() if name.lower() == "content-length"), 0)
        self.handler.send_header("Content-Length", str(len(body) if length is None else length))
        self.handler.end_headers()
        if self.method != "HEAD":
            self.send(body)

    def send(self, piece: bytes) -> None:
        """Send more of the body."""
        self.handler.wfile.write(piece)

    def close(self) -> None:
        """Close the connection, even if some of the body is missing."""
        self.handler.close_connection = True

    def reset(self) -> None:
        """Reset the connection."""
        self.close()
        linger = struct.pack("ii", 1, 0)
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.handler.connection.close()


Fault = Callable[[Exchange], None]


def through(exchange: Exchange) -> None:
    exchange.answer(*exchange.forward())


def refused(exchange: Exchange) -> None:
    _error(exchange, 403, "AccessDenied")


def slow_down(exchange: Exchange) -> None:
    _error(exchange, 503, "SlowDown")


def broken(exchange: Exchange) -> None:
    _error(exchange, 500, "InternalError")


def reset_before(exchange: Exchange) -> None:
    exchange.reset()


def reset_after(exchange: Exchange) -> None:
    exchange.forward()
    exchange.reset()


def half_answered(exchange: Exchange) -> None:
    cut(exchange)
    exchange.reset()


def cut(exchange: Exchange) -> None:
    status, headers, body = exchange.forward()
    exchange.answer(status, headers, body[: len(body) // 2], length=len(body))
    exchange.close()


def slow(exchange: Exchange) -> None:
    status, headers, body = exchange.forward()
    exchange.answer(status, headers, b"", length=len(body))
    for begin in range(0, len(body), step := len(body) // 8 + 1):
        time.sleep(0.2)
        exchange.send(body[begin : begin + step])


def changed(change: Callable[[bytes], bytes], checksum: bool = False) -> Fault:
    """Return a fault that changes the body on its way, with or without the checksum of the original."""

    def fault(exchange: Exchange) -> None:
        status, headers, body = exchange.forward()
        kept = {name: value for name, value in headers.items() if not name.lower().startswith("x-amz-checksum-")}
        if checksum:
            kept["x-amz-checksum-crc32"] = b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
        exchange.answer(status, kept, change(body))

    return fault


def trickling(exchange: Exchange) -> None:
    time.sleep(0.5)
    through(exchange)


def stalled(exchange: Exchange) -> None:
    time.sleep(STALL_SECONDS)
    exchange.reset()


# What a store can do to the body of an answer. Only a slow one is whole.
BODIES: dict[str, Fault] = {
    "slow": slow,
    "cut": cut,
    "reset": half_answered,
    "wrong with a checksum": changed(lambda body: body[::-1], checksum=True),
    "wrong without a checksum": changed(lambda body: body[::-1]),
    "longer": changed(lambda body: body + bytes(1_000_000)),
    "shorter": changed(lambda body: body[:-7]),
    "empty": changed(lambda _: b""),
}

# For any request.
FAULTS: tuple[Fault, ...] = (slow_down, broken, reset_before, reset_after, half_answered, trickling)


def _error(exchange: Exchange, status: int, code: str) -> None:
    body = f"<Error><Code>{code}</Code><Message>on purpose</Message></Error>".encode()
    exchange.answer(status, {"Content-Type": "application/xml"}, body)


@dataclass
class Nth:
    """A fault at the nth request for an object, by the object's name. All other requests go through.

    An upload and its variants share a name: up to the underscore or the dot.
    """

    faults: Mapping[str, tuple[int, Fault]]
    seen: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, exchange: Exchange) -> None:
        name = exchange.path.rpartition("/")[2].partition("_")[0].partition(".")[0]
        with self.lock:
            self.seen[name] += 1
            count = self.seen[name]
        number, fault = self.faults.get(name, (0, through))
        (fault if count == number else through)(exchange)


@dataclass
class AtRandom:
    """One of FAULTS for a `share` of the requests."""

    seed: int
    share: float = 0.3
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - no secret

    def __call__(self, exchange: Exchange) -> None:
        with self.lock:
            fault = self.random.choice(FAULTS) if self.random.random() < self.share else through
        fault(exchange)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, upstream: tuple[str, int]) -> None:
        super().__init__((host, 0), Handler)
        self.upstream = upstream
        self.behaviour: Fault = through

    def handle_error(self, *_: object) -> None:
        """Print nothing: faults end connections."""

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]}:{self.server_port}"  # type: ignore[str-bytes-safe]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # which would hold back each body for 40 ms
    server: Server

    def handle_one_request(self) -> None:
        with suppress(OSError):
            super().handle_one_request()

    def _exchange(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        exchange = Exchange(self, body, unquote(urlsplit(self.path).path))
        self.server.behaviour(exchange)

    do_GET = do_PUT = do_HEAD = do_POST = _exchange  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None: ...


@contextmanager
def proxy(host: str, endpoint_url: str) -> Iterator[Server]:
    """Yield a proxy on `host`, an address of this machine, in front of `endpoint_url`."""
    upstream = urlsplit(endpoint_url)
    server = Server(host, (upstream.hostname or "", upstream.port or 80))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
