"""Where things answer."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.decorators.cache import cache_page
from django.views.generic import RedirectView
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from berinia.api import unknown_address
from berinia.apps import leave_out
from berinia.snippet import snippet

admin.autodiscover()
leave_out()
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("", include("accounts.urls")),  # before the admin's: it has a login and a logout of its own
    path("admin/", admin.site.urls),
    path("langue", set_language, name="set_language"),
    path("berinia.js", snippet, name="snippet"),
    path("", include("crm.urls")),
    path("", include("communications.urls")),
    path("", include("workflows.urls")),
    path("api/schema", cache_page(300)(SpectacularAPIView.as_view()), name="schema"),  # 0.3 s to write
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    re_path(r"^api/", unknown_address),
]
