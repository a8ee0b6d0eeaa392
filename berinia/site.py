"""The admin site: its name, its menu, its first page (django-unfold's settings)."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def is_superuser(request: HttpRequest) -> bool:
    """Tell whether the person runs the house."""
    return bool(request.user.is_superuser)


def is_about_workflows(request: HttpRequest) -> bool:
    """Tell whether a page is one of the workflows, and not the one that deploys."""
    path = request.path
    return path.startswith(str(reverse_lazy("admin:workflows_workflow_changelist"))) and "/deployer/" not in path


def is_about_leads(request: HttpRequest) -> bool:
    """Tell whether a page is one of the leads, and not their board."""
    path = request.path
    return path.startswith(str(reverse_lazy("admin:crm_lead_changelist"))) and "/tableau/" not in path


def is_about_runs(request: HttpRequest) -> bool:
    """Tell whether a page is one of the agents' runs, and not the one of their figures."""
    path = request.path
    return path.startswith(str(reverse_lazy("admin:agents_agentrun_changelist"))) and not path.endswith("/chiffres/")


def is_about_sites(request: HttpRequest) -> bool:
    """Tell whether a page is one of the sites, and not the one that installs the script."""
    path = request.path
    return path.startswith(str(reverse_lazy("admin:accounts_site_changelist"))) and not path.endswith("/installer/")


def is_about_reports(request: HttpRequest) -> bool:
    """Tell whether a page is one of the weekly reports, and not the one of analytics, which stands beside them."""
    path = request.path
    reports = str(reverse_lazy("admin:communications_weeklyreport_changelist"))
    return path.startswith(reports) and not path.startswith(str(reverse_lazy("admin:workflows_analytics")))


def _item(title: Any, icon: str, name: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{name}"), **more}


NAVIGATION = [
    {
        "title": "",
        "items": [
            _item(_("Tableau de bord"), "dashboard", "index"),
            _item(_("Analyses"), "query_stats", "workflows_analytics"),
            _item(_("Rapports"), "summarize", "communications_weeklyreport_changelist", active=is_about_reports),
            _item(_("Notifications"), "notifications", "communications_notification_changelist",
                  badge="workflows.admin.dashboard.unread"),
        ],
    },
    {
        "title": _("Automatisation"),
        "separator": True,
        "items": [
            _item(_("Workflows"), "account_tree", "workflows_workflow_changelist", active=is_about_workflows),
            _item(_("Exécutions"), "play_circle", "workflows_execution_changelist"),
            _item(_("Inscriptions"), "group_add", "workflows_enrolment_changelist"),
            _item(_("Déployer un secteur"), "rocket_launch", "workflows_workflow_deploy"),
        ],
    },
    {
        "title": _("Contacts"),
        "separator": True,
        "items": [
            _item(_("Contacts"), "group", "crm_contact_changelist"),
            _item(_("Leads"), "target", "crm_lead_changelist", active=is_about_leads),
            _item(_("Tableau des leads"), "view_kanban", "crm_lead_board"),
            _item(_("Doublons"), "content_copy", "crm_duplicate_changelist"),
            _item(_("Imports"), "upload_file", "crm_import_changelist"),
            _item(_("Tâches"), "task_alt", "crm_task_changelist"),
            _item(_("Segments"), "groups", "crm_segment_changelist"),
            _item(_("Événements"), "bolt", "crm_event_changelist"),
            _item(_("Consentements"), "fact_check", "crm_consent_changelist"),
        ],
    },
    {
        "title": _("Communication"),
        "separator": True,
        "items": [
            _item(_("Messages"), "outbox", "communications_message_changelist"),
            _item(_("Modèles"), "description", "communications_template_changelist"),
            _item(_("Freins"), "speed", "communications_brake_changelist"),
            _item(_("Règles d'envoi"), "schedule", "communications_sendingrules_changelist"),
            _item(_("Adresses bloquées"), "block", "communications_suppression_changelist"),
            _item(_("Webhooks reçus"), "webhook", "communications_receivedwebhook_changelist",
                  permission="berinia.site.is_superuser"),
        ],
    },
    {
        "title": _("Agents"),
        "separator": True,
        "items": [
            _item(_("Décisions d'export"), "ios_share", "crm_export_changelist"),
            _item(_("Exécutions d'agents"), "smart_toy", "agents_agentrun_changelist", active=is_about_runs),
            _item(_("Agents en chiffres"), "query_stats", "agents_agentrun_figures"),
            _item(_("Connexions CRM"), "cable", "crm_connection_changelist"),
            _item(_("Réglages des agents"), "tune", "agents_agentsettings_changelist"),
        ],
    },
    {
        "title": _("Réglages"),
        "separator": True,
        "collapsible": True,
        "items": [
            _item(_("Sites"), "language", "accounts_site_changelist", active=is_about_sites),
            _item(_("Installer sur le site"), "integration_instructions", "accounts_site_install"),
            _item(_("Clés API"), "key", "accounts_apikey_changelist"),
            _item(_("Organisations"), "corporate_fare", "accounts_organization_changelist"),
            _item(_("Membres"), "badge", "accounts_membership_changelist"),
            _item(_("Journal d'audit"), "history", "accounts_auditentry_changelist"),
            {"title": _("Second facteur"), "icon": "phonelink_lock", "link": reverse_lazy("second-factor")},
            _item(_("Utilisateurs"), "person", "accounts_user_changelist", permission="berinia.site.is_superuser"),
        ],
    },
]  # fmt: skip

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "BerinIA",
    "SITE_HEADER": "BerinIA",
    "SITE_SYMBOL": "auto_awesome",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("berinia/icon.svg")},
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "SHOW_LANGUAGES": True,
    "ENVIRONMENT": "workflows.admin.steering.environment",
    "DASHBOARD_CALLBACK": "workflows.admin.dashboard.callback",
    "STYLES": [lambda request: static("berinia/admin.css")],
    "SCRIPTS": [lambda request: static("berinia/charts.js"), lambda request: static("berinia/live.js")],
    "ACCOUNT": {
        "navigation": [
            {"title": _("Changer de mot de passe"), "link": reverse_lazy("admin:password_change")},
            {"title": _("Second facteur"), "link": reverse_lazy("second-factor")},
        ],
    },
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": NAVIGATION},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.6)", "100": "oklch(93.2% .032 255.6)", "200": "oklch(88.2% .059 254.1)",
            "300": "oklch(80.9% .105 251.8)", "400": "oklch(70.7% .165 254.6)", "500": "oklch(62.3% .214 259.8)",
            "600": "oklch(54.6% .245 262.9)", "700": "oklch(48.8% .243 264.4)", "800": "oklch(42.4% .199 265.6)",
            "900": "oklch(37.9% .146 265.5)", "950": "oklch(28.2% .091 267.9)",
        },
    },
}  # fmt: skip
