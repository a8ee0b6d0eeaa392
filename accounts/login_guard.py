"""Who guesses passwords is refused for a while (django-axes): by user name and address, and loosely by address.

What axes remembers of an attempt goes after LOGIN_WAIT_MINUTES, at the next attempt of anybody, or in the night
(workflows/retention.py). Neither names nor passwords are logged: people type one where the other belongs.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from berinia.caller import ip_of

# An office shares an address: so many times the attempts of one person close it to all user names.
LOOSER = 10
LONGEST_NAME = 150


class Handler(AxesDatabaseHandler):
    """Axes' own, but for the address, which counts less, and which a success does not clear."""

    def user_login_failed(self, sender: Any, credentials: Any, request: Any = None, **kwargs: Any) -> None:
        """Count it; remember whether the person was refused before anything was tried (accounts/sign_ins.py)."""
        if request is not None:
            request._refused_before = getattr(request, "axes_locked_out", False)
        super().user_login_failed(sender, credentials, request, **kwargs)

    def get_failures(self, request: HttpRequest, credentials: Any = None) -> int:
        """Return how many attempts failed, as AXES_FAILURE_LIMIT is compared with."""
        person, address = (
            attempts.aggregate(n=Sum("failures_since_start"))["n"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        return int(max(person, address // LOOSER))

    def reset_user_attempts(self, request: HttpRequest, credentials: Any = None) -> int:
        """Forget the person's attempts: somebody else's, from the same address, still count."""
        person, _address = self.filter_user_attempts(request, credentials)
        count, _by_model = person.delete()
        return int(count)


def username_of(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """Return the user name that was tried, as it can be stored."""
    given = credentials if credentials is not None else getattr(request, "data", request.POST)
    return str(given.get("username") or "").replace("\0", "")[:LONGEST_NAME]


def caller(username: str, ip_address: str, user_agent: str, path_info: str, request: HttpRequest) -> str:
    """Say in a log line from where somebody tried: the address, not the name."""
    return f"{ip_address} at {path_info}"


def ip_address(request: HttpRequest) -> str | None:
    """Return from where somebody tries."""
    return ip_of(request)


def is_refused(request: HttpRequest, username: str) -> bool:
    """Tell whether this person has to wait; the middleware then answers for the view."""
    if AxesProxyHandler.is_allowed(request, {"username": username}):
        return False
    request.axes_locked_out = True  # type: ignore[attr-defined]
    return True


def failed(request: HttpRequest, username: str) -> None:
    """Count a wrong second factor as a wrong password is."""
    user_login_failed.send(sender=__name__, credentials={"username": username}, request=request)


def refused(request: HttpRequest, response: HttpResponse, credentials: Any = None) -> HttpResponse:
    """Return the answer to somebody who has to wait: 429, a page or JSON."""
    wait: timedelta = settings.AXES_COOLOFF_TIME
    minutes = max(1, round(wait.total_seconds() / 60))
    answer: HttpResponse
    if request.path_info.startswith("/api/"):
        detail = f"Trop d'essais de connexion : réessayez dans {minutes} minutes."
        answer = JsonResponse({"error": "trop_d_essais", "detail": detail}, status=429)
    else:
        answer = render(request, "admin/refused.html", {"minutes": minutes}, status=429)
    answer["Retry-After"] = str(minutes * 60)
    answer["Cache-Control"] = "no-store"
    return answer
