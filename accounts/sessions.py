"""Sessions: how long they last, and when they count.

A session lasts SESSION_HOURS from the last thing that its person did: pages that refresh themselves do not prolong it.
It ends everywhere when the password changes (Django's session hash). One in which the second factor of its person was
never given is nobody's.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from accounts.second_factor import has_second_factor, is_missing

SEEN = "seen"
# Written this often at most: a session is a row, and not worth a write at each request.
EVERY_SECONDS = 300
SET_UP, PASSWORD, SIGN_OUT = "second-factor", "admin:password_change", "admin:logout"


def middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Prolong the session of somebody who does something; take no half-open one for signed in."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            return _of_person(request) or get_response(request)
        return get_response(request)

    return answer


def remove_expired(now: Any) -> int:
    """Remove the sessions that are over; return how many."""
    count, _by_model = Session.objects.filter(expire_date__lt=now).delete()
    return count


def _of_person(request: HttpRequest) -> HttpResponseBase | None:
    """Return where a person has to go first, if anywhere."""
    user: Any = request.user
    _prolong(request)
    if user.is_verified():
        return _first(request, user) if user.password_is_temporary else None
    if has_second_factor(user):
        request.user = AnonymousUser()
        return None
    return _first(request, user)


def _first(request: HttpRequest, user: Any) -> HttpResponseBase | None:
    """Lead to a password of one's own, and to a second factor of those who must have one."""
    path = request.path_info
    if not path.startswith("/admin/") or path == reverse(SIGN_OUT):
        return None
    if user.password_is_temporary:
        return None if path == reverse(PASSWORD) else HttpResponseRedirect(reverse(PASSWORD))
    if path != reverse(SET_UP) and is_missing(user):
        return HttpResponseRedirect(reverse(SET_UP))
    return None


def _prolong(request: HttpRequest) -> None:
    now = int(time.time())
    is_by_itself = request.method == "GET" and "HX-Request" in request.headers
    if not is_by_itself and now - int(request.session.get(SEEN, 0)) > EVERY_SECONDS:
        request.session[SEEN] = now
