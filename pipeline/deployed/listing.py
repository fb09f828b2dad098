"""Every upload, with its objects in the processed bucket. The memory this takes doesn't grow with the buckets."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import islice
from os.path import commonprefix
from typing import NamedTuple

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS, Upload, rejection_key, shared_prefix, uncut, variant_key
from pipeline.deployed.versions import list_uploads

WINDOW_SIZE = 1_500  # uploads whose objects are listed together
READERS = 2  # windows that are listed at the same time

# S3 returns 1,000 entries at most. MiniStack goes through the whole bucket for each page, so a page is as large as the
# range of a window whose uploads are complete. One entry more shows that the range ends.
PAGE_SIZE = len(VARIANTS) * WINDOW_SIZE + 1


@dataclass(eq=False)
class Found:
    """One object version in the upload bucket. `written` is when each of its objects was, by name of the variant."""

    upload: Upload
    since: datetime
    written: dict[str, datetime] = field(default_factory=dict)

    @cached_property
    def expected(self) -> dict[str, str]:
        return expected_keys(self.upload)

    @property
    def keys(self) -> dict[str, str]:
        return {name: key for name, key in self.expected.items() if name in self.written}


class Window(NamedTuple):
    """Uploads, and where to look for their objects: at the keys after `start`, and up to `end` if there is one."""

    uploads: list[Found]
    start: str
    end: str | None

    def completes(self, found: Found) -> bool:
        """Return whether no later window can have objects of `found`."""
        return self.end is None or max(found.expected.values()) <= self.end


def find_uploads(deployment: Deployment, prefix: str = "") -> Iterator[Found]:
    """Yield each upload whose key starts with `prefix`: all versions, without empty objects and delete markers.

    Raises:
        PipelineError: no upload can start with it.
    """
    prefix = deployment.narrow(prefix)
    shared = shared_prefix(prefix)
    with ThreadPoolExecutor(1) as lister, ThreadPoolExecutor(READERS) as readers:
        uploads = (Found(each.upload, each.time) for each in list_uploads(deployment, lister, prefix))
        yield from join(split(uploads), lambda window: _list_objects(deployment, shared, window), readers)


def expected_keys(upload: Upload) -> dict[str, str]:
    """Return the keys of the variants of `upload`, and of its rejection record."""
    return {variant.name: variant_key(upload, variant) for variant in VARIANTS} | {"rejected": rejection_key(upload)}


def split(uploads: Iterator[Found]) -> Iterator[Window]:
    """Yield `uploads`, which are sorted by key, in windows whose ranges don't overlap.

    An upload is in each window that may have objects of it. That's seldom more than two, because its objects sort
    closely behind it: their keys start with its key up to the dot, and continue with "_", which is greater than a dot.
    """
    waiting: list[Found] = []
    following = list(islice(uploads, WINDOW_SIZE))
    while following:
        waiting, start = waiting + following, _lower_bound(following[0])
        following = list(islice(uploads, WINDOW_SIZE))
        window = Window(waiting, start, _lower_bound(following[0]) if following else None)
        yield window
        waiting = [found for found in waiting if not window.completes(found)]


def _lower_bound(found: Found) -> str:
    """Return a key that is smaller than those of the objects of `found` and of all later uploads."""
    return uncut(found.upload.key)


def join(
    windows: Iterable[Window], list_objects: Callable[[Window], Mapping[str, datetime]], readers: Executor
) -> Iterator[Found]:
    """Yield each upload of `windows` with the objects that `list_objects` finds. `readers` do this ahead."""
    coming: deque[tuple[Window, Future[Mapping[str, datetime]]]] = deque()
    for window in windows:
        coming.append((window, readers.submit(list_objects, window)))
        if len(coming) > READERS:
            yield from _assign(*coming.popleft())
    for window, listed in coming:
        yield from _assign(window, listed)


def _assign(window: Window, listed: Future[Mapping[str, datetime]]) -> Iterator[Found]:
    written = listed.result()
    for found in window.uploads:
        found.written |= {name: written[key] for name, key in found.expected.items() if key in written}
        if window.completes(found):
            yield found


def _list_objects(deployment: Deployment, prefix: str, window: Window) -> dict[str, datetime]:
    """Return when the objects of the uploads in `window` were written, by key. Others are not kept in memory."""
    expected = {key for found in window.uploads for key in found.expected.values()}
    written: dict[str, datetime] = {}
    pages = deployment.listings.get_paginator("list_objects_v2").paginate(
        Bucket=deployment.processed_bucket,
        Prefix=prefix if window.end is None else commonprefix([window.start, window.end]),  # noqa: RUF071 - keys
        StartAfter=window.start,
        PaginationConfig={"PageSize": PAGE_SIZE},
    )
    for page in pages:
        contents = page.get("Contents", [])
        written |= {each["Key"]: each["LastModified"] for each in contents if each["Key"] in expected}
        if window.end is not None and contents and contents[-1]["Key"] > window.end:
            break
    return written
