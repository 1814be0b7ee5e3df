"""Paging through tables that are too big to be counted."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MOST_PAGES = 100  # OFFSET reads what it skips; whoever needs row 5,001 should search


class PeekingPaginator(Paginator):  # type: ignore[type-arg]  # generic for the type checker only
    """Looks one row beyond the page that is shown instead of counting: `count` is what is known to exist so far."""

    object_list: QuerySet[Any]

    def __init__(self, object_list: QuerySet[Any], per_page: int, number: int) -> None:
        super().__init__(object_list, per_page)
        self.number = max(1, number)

    @cached_property
    def known(self) -> int:
        """Rows up to the end of this page, and one more where there is a next page; one query that reads ids only."""
        skipped = (self.number - 1) * self.per_page
        return skipped + len(self.object_list.values_list("pk")[skipped : skipped + self.per_page + 1])

    @cached_property
    def count(self) -> int:
        """What pages are made from. A page beyond the end, or beyond MOST_PAGES, is thus none."""
        last = MOST_PAGES * self.per_page
        return last if self.number > MOST_PAGES else min(self.known, last)

    @property
    def has_more(self) -> bool:
        """Whether there are rows after this page."""
        return self.number <= MOST_PAGES and self.known > self.number * self.per_page

    @property
    def shown(self) -> int:
        """How many rows there are up to the end of this page."""
        return min(self.count, self.number * self.per_page)
