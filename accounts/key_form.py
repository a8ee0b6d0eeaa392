"""The form of an API key: its name, its kind, and the pages that may use it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.keys import KeyKind
from accounts.models import ApiKey
from accounts.origins import MOST, InvalidOriginError, normalize


class OriginsField(forms.CharField):
    """Origins, one a line, written as browsers write them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 4, "placeholder": "https://www.exemple.fr"})
        super().__init__(required=False, max_length=MOST * 202, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Write a list as lines; what was typed stays as it is."""
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        """Read the lines. Raises ValidationError, which names the line that is none."""
        found = [self._one(line) for line in super().clean(value).replace(",", "\n").splitlines() if line.strip()]
        if len(found) > MOST:
            raise ValidationError(_("Au plus %(most)d origines."), params={"most": MOST})
        return list(dict.fromkeys(found))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether the list is another."""
        try:
            return list(initial or ()) != self.clean(data)
        except ValidationError:
            return True

    def _one(self, line: str) -> str:
        try:
            return normalize(line)
        except InvalidOriginError:
            text = _("« %(line)s » n'est pas une origine : écrivez https:// et le nom du site, sans rien après.")
            raise ValidationError(text, params={"line": line.strip()[:100]}) from None


class ApiKeyForm(forms.ModelForm):
    """A key, and where it may be used from."""

    origins = OriginsField(
        label=_("Origines autorisées"),
        help_text=_("Pour une clé publiable : les sites d'où un navigateur peut l'employer, un par ligne, comme "
                    "https://www.exemple.fr. Vide : celui du site web de l'entreprise, avec et sans www."),
    )  # fmt: skip

    class Meta:
        model = ApiKey
        fields = ("site", "name", "kind", "origins")

    def clean(self) -> dict[str, Any]:
        """Refuse origins for a key that no page may use. Raises ValidationError."""
        given = super().clean() or {}
        kind = given.get("kind") or self.instance.kind
        if kind == KeyKind.SECRET and given.get("origins"):
            self.add_error("origins", _("Une clé secrète ne s'emploie dans aucune page : elle n'a pas d'origines."))
        return given
