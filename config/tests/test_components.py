"""The design system's pieces: what they say to eyes and screen readers, and that they escape what they are given."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import django_tables2 as tables
import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.safestring import mark_safe

from accounts.tests.markup import inline_code

EVIL = '<img src=x onerror="alert(1)">'


def render(source: str, **context: Any) -> str:
    """A piece of template with the design's tags, as a page would render it."""
    request = RequestFactory().get("/page/", {"sort": "-caller"})
    html: str = Template("{% load design django_tables2 %}" + source).render(Context({"request": request, **context}))
    assert inline_code(html) == []
    return html


PIECES = [
    '{% pill "ok" evil %}',
    "{% page_header title=evil lead=evil back_label=evil back_url='/' %}{% endpage_header %}",
    "{% card title=evil %}{{ evil }}{% endcard %}",
    '{% callout tone="danger" title=evil request_id=evil %}{{ evil }}{% endcallout %}',
    "{% empty_state title=evil text=evil %}{% endempty_state %}",
    "{% disclosure summary=evil %}{{ evil }}{% enddisclosure %}",
    "{% include 'components/error.html' with title=evil what_happened=evil what_to_do=evil request_id=evil %}",
    "{% include 'components/stat.html' with label=evil value=evil note=evil %}",
    "{% include 'components/raw.html' with summary=evil raw=evil %}",
    "{% include 'components/copy_button.html' with text=evil %}",
    "{% include 'components/message.html' with tone='ok' text=evil %}",
    "{% include 'components/toast.html' with tone='ok' text=evil %}",
    "{% include 'components/pager.html' with summary=evil older_url=evil %}",
    "{% include 'components/confirm.html' with title=evil intro=evil submit_label=evil consequences=evils %}",
    "{% include 'components/definitions.html' with items=pairs %}",
]


@pytest.mark.parametrize("piece", PIECES)
def test_every_piece_escapes_what_it_is_given(piece: str) -> None:
    html = render(piece, evil=EVIL, evils=[EVIL], pairs=[(EVIL, EVIL)])
    assert "<img" not in html
    assert "&lt;img" in html


def test_a_status_is_an_icon_and_a_word() -> None:
    html = render('{% pill "warn" "Delayed" %}')
    assert "#alert" in html
    assert "Delayed" in html


class CallTable(tables.Table):  # type: ignore[misc]  # django-tables2 ships no types
    """A table as the telephony pages have them."""

    caller = tables.Column()
    length = tables.Column(attrs={"td": {"class": "number"}}, orderable=False)


def test_a_table_names_its_cells_and_says_how_it_is_sorted() -> None:
    table = CallTable([{"caller": EVIL, "length": 3}], order_by="-caller", template_name="components/table.html")
    html = render("{% render_table table %}", table=table)
    assert 'aria-sort="descending"' in html
    assert 'data-label="Caller"' in html
    assert html.count("aria-sort") == 1
    assert "<img" not in html


def test_a_long_table_has_a_pager_that_keeps_the_query() -> None:
    table = CallTable([{"caller": str(n), "length": n} for n in range(30)], template_name="components/table.html")
    table.paginate(page=2, per_page=10)
    html = render("{% render_table table %}", table=table)
    assert "Page 2 of 3" in html
    assert "sort=-caller" in html
    assert 'rel="prev"' in html


class FilterForm(forms.Form):
    caller = forms.CharField(required=False, help_text="As shown")
    missed = forms.BooleanField(required=False)


def test_the_filter_bar_shows_fields_and_removable_chips() -> None:
    chips = [SimpleNamespace(label=EVIL, remove_url="/page/?caller=")]
    html = render(
        "{% include 'components/filter_bar.html' with clear_url='/page/' %}", form=FilterForm({}), chips=chips
    )
    assert 'method="get"' in html
    assert 'for="id_caller"' in html
    assert 'aria-describedby="id_caller_helptext"' in html
    assert 'href="/page/?caller="' in html
    assert "<img" not in html


def test_tabs_mark_the_current_one() -> None:
    shown = [{"label": "Calls", "url": "/a/", "current": True, "count": 0}, {"label": "Texts", "url": "/b/"}]
    html = render("{% include 'components/tabs.html' with label='Sections' %}", tabs=shown)
    assert html.count('aria-current="page"') == 1
    assert '<span class="tabs__count">0</span>' in html


def test_a_timeline_falls_back_to_the_icon_of_the_tone() -> None:
    events = [{"title": "Linked", "tone": "ok"}, {"title": "Call", "icon": "phone-in"}]
    html = render("{% include 'components/timeline.html' %}", events=events)
    assert "#check-circle" in html
    assert "#phone-in" in html


@pytest.mark.parametrize(
    ("tag", "current"),
    [
        ('{% nav_link "home" "Start" %}', 'aria-current="true"'),
        ('{% nav_link "home" "Start" exact=True %}', 'href="/"'),
    ],
)
def test_a_link_is_marked_below_its_page_unless_exact(tag: str, current: str) -> None:
    html = render(tag)
    assert current in html
    assert ("aria-current" in html) == ("exact" not in tag)


def test_a_link_to_a_page_that_does_not_exist_is_left_out() -> None:
    assert render('{% nav_link "nowhere" "Nowhere" %}').strip() == ""


def test_a_label_that_is_markup_does_not_open_the_door_for_the_same_text_unmarked() -> None:
    assert "<em>" in render("{% pill 'ok' label %}", label=mark_safe("<em>new</em>"))  # the point
    assert "<em>" not in render("{% pill 'ok' label %}", label="<em>new</em>")
