"""Django's `url` tag with a memory; settings make it the one of every template.

Working out an address takes as long as a small query, and a page holds dozens that are the same on every page or come again soon.
"""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.conf import settings
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.html import conditional_escape

register = template.Library()


def address(name: str, *args: object, current_app: str | None = None, **kwargs: object) -> str:
    """The address of the page called `name`. Raises NoReverseMatch where there is none."""
    return _address(
        get_urlconf() or settings.ROOT_URLCONF, get_script_prefix(), current_app, name, args, tuple(kwargs.items())
    )


@lru_cache(maxsize=4096, typed=True)
def _address(
    urlconf: str,
    _prefix: str,
    current_app: str | None,
    name: str,
    args: tuple[object, ...],
    kwargs: tuple[tuple[str, object], ...],
) -> str:
    # Django takes either positional or named arguments.
    return reverse(name, urlconf, args or None, dict(kwargs) or None, current_app)


class RememberingURLNode(URLNode):
    """Django's node, which asks the memory."""

    def render(self, context: Context) -> str:
        """The address, escaped; or "" where it goes into a variable, which is "" too where there is no such page."""
        args = [str(arg.resolve(context)) for arg in self.args]
        kwargs = {name: str(value.resolve(context)) for name, value in self.kwargs.items()}
        try:
            found = address(self.view_name.resolve(context), *args, current_app=_current_app(context), **kwargs)
        except NoReverseMatch:
            if self.asvar is None:
                raise
            found = ""
        if self.asvar:
            context[self.asvar] = found
            return ""
        return conditional_escape(found) if context.autoescape else found


def _current_app(context: Context) -> str | None:
    request = getattr(context, "request", None)
    match = getattr(request, "resolver_match", None)
    return getattr(request, "current_app", match.namespace if match else None)


@register.tag
def url(parser: Parser, token: Token) -> RememberingURLNode:
    """As in Django: {% url "name" arguments %}, {% url "name" as variable %}."""
    node = django_url(parser, token)
    return RememberingURLNode(node.view_name, node.args, node.kwargs, node.asvar)
