"""The way from a step to the text that it sends."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def text_url(urls: Mapping[str, str] | str, step: Any) -> str:
    """Return the address of the preview of what a step sends, or nothing when the text is not there."""
    return urls.get(f"{step.channel}:{step.template}", "") if isinstance(urls, Mapping) else ""
