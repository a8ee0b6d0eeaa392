"""Who belongs to which organization, in which role: owners see to the members of their own."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.members import invite, is_last_owner, may_invite, tell_made
from accounts.models import Membership, Role
from accounts.tenancy import OWNERS, Tenancy, organizations_of
from berinia.admin.base import Page

LAST_OWNER = gettext_lazy("C'est le dernier propriétaire : nommez-en un autre d'abord.")


class MemberForm(forms.ModelForm):
    """A member: by name when there is none yet, then only the role."""

    username = forms.CharField(
        label=gettext_lazy("nom d'utilisateur"), max_length=150, widget=UnfoldAdminTextInputWidget,
        validators=[RegexValidator(r"^[\w.@+-]+\Z", gettext_lazy("Lettres, chiffres et @ . + - _ seulement."))],
        help_text=gettext_lazy("D'une personne qui a déjà un compte, ou d'un compte à créer : son mot de passe de "
                               "première connexion est affiché ensuite."),
    )  # fmt: skip
    by: Any = None  # who invites

    class Meta:
        model = Membership
        fields = ("organization", "username", "role")

    def clean(self) -> dict[str, Any]:
        """Refuse who is a member already."""
        given: dict[str, Any] = super().clean() or {}
        organization, username = given.get("organization"), given.get("username")
        if organization and username and Membership.objects.filter(
            organization=organization, user__username=username
        ).exists():  # fmt: skip
            self.add_error("username", ValidationError(_("Cette personne est déjà membre.")))
        return given

    def clean_username(self) -> str:
        """Refuse accounts that are not this person's to let in, without saying whose they are."""
        username: str = self.cleaned_data["username"]
        if not may_invite(username, by=self.by):
            raise ValidationError(_("Ce nom n'est pas disponible : choisissez-en un autre."))
        return username

    def clean_role(self) -> str:
        """Keep an owner."""
        role: str = self.cleaned_data["role"]
        was = Membership.objects.filter(pk=self.instance.pk).first()
        if was is not None and was.role == Role.OWNER and role != Role.OWNER and is_last_owner(was):
            raise ValidationError(LAST_OWNER)
        return role


@admin.register(Membership)
class MembershipAdmin(Tenancy, Page):
    """Members look; owners invite, change roles and remove, in their own organizations."""

    form = MemberForm
    changed_by = OWNERS
    list_display = ("user", "organization", "role")
    list_filter = ("role",)
    list_select_related = ("user", "organization")
    autocomplete_fields = ("organization",)
    search_fields = ("user__username",)
    search_help_text = gettext_lazy("Nom d'utilisateur")

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by user name."""
        return queryset.filter(user__username__icontains=term)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for a name when somebody is invited; whose role it is stays."""
        return ("organization", "username", "role") if obj is None else ("organization", "user", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only the role of a member changes."""
        return () if obj is None else ("organization", "user")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Leave the name out of the form of a member."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user
        if obj is not None:
            form.base_fields.pop("username", None)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Choose the organization of whoever has only one."""
        own = organizations_of(request.user, OWNERS) or []
        return {**super().get_changeform_initial_data(request), **({"organization": own[0]} if len(own) == 1 else {})}

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Owners, but for the house's own people."""
        return super().has_change_permission(request, obj) and not _is_of_house(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Owners, but for the house's own people."""
        return super().has_delete_permission(request, obj) and not _is_of_house(request, obj)

    @transaction.atomic
    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Say why the last owner stays."""
        member = self.get_object(request, object_id)
        if member is not None and self.has_delete_permission(request, member) and _must_stay(member):
            messages.error(request, str(LAST_OWNER))
            return HttpResponseRedirect(reverse("admin:accounts_membership_change", args=[member.pk]))
        answer: HttpResponse = super().delete_view(request, object_id, extra_context)
        return answer

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """Let somebody in, with an account of their own if they have none."""
        if not change:
            obj.user, vars(request)["_password"] = invite(form.cleaned_data["username"])
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Membership, post_url_continue: str | None = None) -> HttpResponse:
        """Show the password of a new account, in the answer to the form and nowhere else."""
        plain = vars(request).get("_password")
        if not plain:
            return super().response_add(request, obj, post_url_continue)
        tell_made(obj.user, obj.organization_id, by=request.user, now=timezone.now())
        context = {
            **self.admin_site.each_context(request), "title": _("Compte créé"), "opts": self.opts, "member": obj,
            "plain": plain, "back": reverse("admin:accounts_membership_changelist"),
        }  # fmt: skip
        response = TemplateResponse(request, "admin/accounts/membership/created.html", context)
        response["Cache-Control"] = "no-store"
        return response


def _is_of_house(request: HttpRequest, obj: Any) -> bool:
    """Tell whether a member is a superuser, whom only superusers touch."""
    return obj is not None and obj.user.is_superuser and not request.user.is_superuser


def _must_stay(member: Membership) -> bool:
    return member.role == Role.OWNER and is_last_owner(member)
