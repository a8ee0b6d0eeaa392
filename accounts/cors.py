"""Pages of other origins (LIVE_ORIGINS) may call the API, with the token of their user: never with a cookie."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
HEADERS = "Authorization, Content-Type, Idempotency-Key, X-Site-Id"


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer what browsers ask beforehand, and let those pages read the answers."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not settings.LIVE_ORIGINS or not request.path_info.startswith("/api/"):
            return get_response(request)
        origin = request.headers.get("Origin", "")
        is_known = origin.lower() in settings.LIVE_ORIGINS
        if is_known and request.method == "OPTIONS":
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"], response["Access-Control-Allow-Headers"] = METHODS, HEADERS
            response["Access-Control-Max-Age"] = "600"
        else:
            response = get_response(request)
        if is_known:
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Expose-Headers"] = "Retry-After, ETag"
        patch_vary_headers(response, ["Origin"])
        return response

    return answer
