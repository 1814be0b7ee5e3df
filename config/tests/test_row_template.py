"""Rows that are filled into a template: escaped as in any template, and the same markup."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils.safestring import mark_safe
from pytest_django import Settings

from config.form_widgets import Select
from config.row_template import RowTemplate


@pytest.fixture
def template(tmp_path: Path, settings: Settings) -> str:
    """A template of two fields and something that all rows share."""
    (tmp_path / "row.html").write_text("<li title='{{ all }}'>{{ first }}: {{ second }}, {{ first }}</li>")
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [engine | {"DIRS": [tmp_path]}]
    return "row.html"


def test_every_row_is_filled_into_the_template(template: str) -> None:
    rows = RowTemplate(template, ("first", "second"), {"all": "<x>"})

    assert rows.fill([("a", "b"), ("c", "d")]) == "<li title='&lt;x&gt;'>a: b, a</li><li title='&lt;x&gt;'>c: d, c</li>"
    assert rows.fill([]) == ""


def test_what_is_not_marked_safe_is_escaped(template: str) -> None:
    rows = RowTemplate(template, ("first", "second"), {})

    assert rows.fill([("<b>", mark_safe("<i>"))]) == "<li title=''>&lt;b&gt;: <i>, &lt;b&gt;</li>"


def test_a_value_that_looks_like_a_blank_stays_what_it_is(template: str) -> None:
    rows = RowTemplate(template, ("first", "second"), {})

    assert rows.fill([("␂1␃", "x")]) == "<li title=''>␂1␃: x, ␂1␃</li>"


def test_a_select_marks_the_chosen_option_and_escapes_the_rest() -> None:
    html = Select(choices=[("", "All"), ("a", "<A>"), (2, "B")]).render("kind", "a", {"id": "x<y", "required": True})

    assert html == (
        '<select name="kind" id="x&lt;y" required>\n<option value="">All</option>\n'
        '<option value="a" selected>&lt;A&gt;</option>\n<option value="2">B</option>\n</select>'
    )
