"""RingCentral's numbered pages, with and without totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from sandbox.ringcentral.errors import invalid_parameter
from sandbox.ringcentral.wire import Json, Query, link

DEFAULT_SIZE = 100
LARGEST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for, after the provider's own clamping."""

    number: int
    size: int

    @property
    def start(self) -> int:
        """The index of the first record, counted from 0."""
        return (self.number - 1) * self.size


def page_request(largest: int = LARGEST_PAGE) -> PageRequest:
    """Read `page` and `perPage`; a size above the maximum is capped silently, nonsense is refused."""
    number = _positive("page", 1)
    if number > 1000:
        raise invalid_parameter("page")
    raw = request.args.get("perPage", str(DEFAULT_SIZE))
    size = largest if raw == "max" else _positive("perPage", DEFAULT_SIZE)
    return PageRequest(number, min(size, largest))


def envelope(path: str, query: Query, page: PageRequest, records: Sequence[Json], total: int, totals: bool) -> Json:
    """Wrap the records of one page; `totals` is false for the call log, which never counts."""
    return {
        "uri": link(path, [*query, ("page", page.number), ("perPage", page.size)]),
        "records": list(records),
        "paging": _paging(page, len(records), total if totals else None),
        "navigation": _navigation(path, query, page, total, totals),
    }


def _paging(page: PageRequest, found: int, total: int | None) -> Json:
    body: Json = {"page": page.number, "perPage": page.size}
    if found:
        body |= {"pageStart": page.start, "pageEnd": page.start + found - 1}
    if total is not None:
        body |= {"totalPages": _pages(total, page.size), "totalElements": total}
    return body


def _navigation(path: str, query: Query, page: PageRequest, total: int, totals: bool) -> Json:
    def to(number: int) -> Json:
        return {"uri": link(path, [*query, ("page", number), ("perPage", page.size)])}

    links: Json = {"firstPage": to(1)}
    if page.start + page.size < total:
        links["nextPage"] = to(page.number + 1)
    if page.number > 1:
        links["previousPage"] = to(page.number - 1)
    if totals:
        links["lastPage"] = to(max(1, _pages(total, page.size)))
    return links


def _pages(total: int, size: int) -> int:
    return -(-total // size)


def _positive(name: str, default: int) -> int:
    raw = request.args.get(name, str(default))
    if not raw.isascii() or not raw.isdigit() or len(raw) > 9 or int(raw) < 1:
        raise invalid_parameter(name)
    return int(raw)
