"""The formats for people, as template filters: `{{ n|number }}`, `{{ share|percent }}`, `{{ contact.phone|phone }}`."""

from django import template

from berinia import formats

register = template.Library()

for name in ("number", "percent", "euros", "phone", "duration"):
    register.filter(name, getattr(formats, name))
