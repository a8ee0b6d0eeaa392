"""What became of the messages of a text, on its page."""

from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("admin/parts/table.html")
def template_reach(text: Any) -> dict[str, Any]:
    """Return what the table of a text's messages is drawn from."""
    # Libraries of tags are read while the admin is being imported: it is not there yet.
    from communications.admin.reach import template_table

    return {"table": template_table(text)}
