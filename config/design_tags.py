"""The design system's template tags: {% load design %}, then see docs/design-system.md."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language, get_language_info

from config.addresses import address

register = template.Library()

TONE_ICONS = {"ok": "check-circle", "warn": "alert", "danger": "x-circle", "info": "info", "neutral": "circle"}


@register.simple_tag
def icon(name: str, label: str = "", css_class: str = "") -> SafeString:
    """One icon of static/img/icons.svg; hidden from screen readers unless it has a `label`."""
    return _drawing(name, str(label), css_class)


# A page holds dozens of icons and pills of a few kinds; a list would draw the same ones again for each row. `typed` keeps a text that is
# marked safe apart from the same text that is not.
@lru_cache(maxsize=2048, typed=True)
def _drawing(name: str, label: str, css_class: str) -> SafeString:
    sprite = static("img/icons.svg")
    if label:
        return format_html(
            '<svg class="icon {}" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
            css_class,
            label,
            sprite,
            name,
        )
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css_class,
        sprite,
        name,
    )


@register.simple_tag
def keys_dialog() -> SafeString:
    """The help about keyboard shortcuts, which every page of a signed-in person holds; drawn once for each language."""
    return _keys_dialog(get_language())


@lru_cache(maxsize=16)
def _keys_dialog(_language: str | None) -> SafeString:
    return render_to_string("components/keys.html", {"search_page": address("telephony:calls")})


@register.simple_tag
def language_buttons() -> SafeString:
    """A button for each language of the site, which every page has at its foot; the current one is pressed."""
    return _language_buttons(get_language())


@lru_cache(maxsize=16)
def _language_buttons(current: str | None) -> SafeString:
    infos = [get_language_info(code) for code, _name in settings.LANGUAGES]
    return format_html_join(
        "",
        '<button class="language__button" name="language" value="{}" lang="{}" aria-pressed="{}">{}</button>',
        (
            (info["code"], info["code"], "true" if info["code"] == current else "false", capfirst(info["name_local"]))
            for info in infos
        ),
    )


@register.filter
def tone_icon(tone: str) -> str:
    """The icon that says the same as the tone's colour."""
    return TONE_ICONS.get(tone, "circle")


@register.simple_tag
def pill(tone: str, label: str, icon: str = "") -> SafeString:
    """A status: colour, icon and word. `tone` is one of ok, warn, danger, info, neutral."""
    return _status(tone, str(label), icon or tone_icon(tone))


@lru_cache(maxsize=2048, typed=True)
def _status(tone: str, label: str, icon_name: str) -> SafeString:
    return format_html('<span class="pill pill--{}">{}{}</span>', tone, icon(icon_name), label)


@register.simple_tag(takes_context=True)
def nav_link(
    context: Context, url_name: str, label: str, icon: str = "", css_class: str = "nav__link", exact: bool = False
) -> SafeString:
    """A link to the page `url_name`, marked while that page is shown or, unless `exact`, one below it.

    Nothing where there is no such page.
    """
    try:
        url = address(url_name)
    except NoReverseMatch:
        return SafeString("")
    request: HttpRequest | None = context.get("request")
    current = _current(request.path if request else "", url, exact=exact)
    mark = format_html(' aria-current="{}"', current) if current else ""
    drawn = _drawing(icon, "", "") if icon else ""
    return format_html('<a class="{}" href="{}"{}>{}{}</a>', css_class, url, mark, drawn, label)


def _current(path: str, url: str, *, exact: bool) -> str:
    """The value of aria-current: "page" on the page itself, "true" below it, "" elsewhere."""
    if path == url:
        return "page"
    return "true" if path.startswith(url) and not exact else ""


@register.simple_tag
def field_group(field: BoundField, **attributes: Any) -> SafeString:
    """A form field with label, help and errors; a placeholder that only repeats the label is dropped."""
    attrs = field.field.widget.attrs
    if not attributes.get("placeholder"):
        attrs.pop("placeholder", None)
    attrs.update(attributes)
    return field.as_field_group()


@register.simple_tag
def search_field(field: BoundField) -> SafeString:
    """A field of a search form: label, input, errors. Nothing there is required or explained, and lists have a dozen of them."""
    if field.widget_type == "checkbox" or field.use_fieldset or field.help_text:
        return format_html('<div class="field-group">{}</div>', field.as_field_group())
    label = format_html('<label class="field__label" for="{}">{}</label>', field.id_for_label, field.label)
    return format_html('<div class="field-group field">{}\n{}{}</div>', label, field.as_widget(), field.errors or "")


@register.simple_block_tag
def page_header(
    content: str, title: str, lead: str = "", back_url: str = "", back_label: str = "", title_id: str = ""
) -> SafeString:
    """The page's h1 with an optional lead and way back; the content becomes its actions. `title_id` is for a title that changes."""
    back = {"back_url": back_url, "back_label": back_label}
    return _component("page_header", content, title=title, lead=lead, title_id=title_id, **back)


@register.simple_block_tag
def card(content: str, title: str = "", icon: str = "", css_class: str = "", level: int = 2) -> SafeString:
    """A surface with an optional title; `css_class` may be card--flush (for tables) or card--danger."""
    return _component("card", content, title=title, icon_name=icon, css_class=css_class, level=level)


@register.simple_block_tag
def callout(content: str, tone: str = "info", title: str = "", request_id: str = "") -> SafeString:
    """What happened and what to do next. tone danger is announced at once to screen readers."""
    return _component("callout", content, tone=tone, title=title, request_id=request_id, icon_name=tone_icon(tone))


@register.simple_block_tag
def empty_state(content: str, title: str, text: str = "", icon: str = "circle") -> SafeString:
    """What a list shows while it has nothing; the content becomes its actions."""
    return _component("empty_state", content, title=title, text=text, icon_name=icon)


@register.simple_block_tag
def disclosure(content: str, summary: str, open: bool = False) -> SafeString:  # noqa: A002 -- HTML's own word
    """Content that opens on demand (details and summary)."""
    return _component("disclosure", content, summary=summary, open=open)


def _component(name: str, content: str, **context: Any) -> SafeString:
    # A block tag hands over what the template engine has rendered, and escaped, already.
    return render_to_string(f"components/{name}.html", {"content": SafeString(content.strip()), **context})  # nosec B703
