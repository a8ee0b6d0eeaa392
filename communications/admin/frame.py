"""What was written by others, shown without letting it do anything."""

from django.http import HttpResponse

# No script, no form, no request to anywhere, an origin of its own: https://www.w3.org/TR/CSP3/
POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def isolated(html: str) -> HttpResponse:
    """Return HTML to be shown in an `<iframe sandbox>` of the same site, and nowhere else."""
    response = HttpResponse(html)
    response["Content-Security-Policy"] = POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response
