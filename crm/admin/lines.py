"""Lists of texts in a form: one a line, because texts have commas."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget


class LinesField(forms.CharField):
    """A list of at most `most` texts, each at most `longest` characters."""

    def __init__(self, *, most: int, longest: int, **kwargs: Any) -> None:
        self.most, self.longest = most, longest
        kwargs.setdefault("help_text", _("Un par ligne."))
        super().__init__(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Write a list as lines; what was typed stays as it is."""
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        """Read lines as a list. Raises ValidationError."""
        found = [" ".join(line.split()) for line in str(value or "").splitlines() if line.strip()]
        if len(found) > self.most:
            raise ValidationError(_("Au plus %(most)d lignes."), params={"most": self.most})
        if any(len(line) > self.longest for line in found):
            raise ValidationError(_("Au plus %(longest)d caractères par ligne."), params={"longest": self.longest})
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether the list is another."""
        try:
            return list(initial or ()) != self.to_python(data)
        except ValidationError:
            return True
