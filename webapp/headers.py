"""What every answer says to browsers and caches, and the limits of forms."""

from flask import Flask, Response, g, request
from flask_wtf import CSRFProtect

from webapp.context import settings

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
LARGEST_UPLOAD = 20 * 1024 * 1024
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def init_app(app: Flask) -> None:
    """Set headers on every answer, and refuse every unsafe request without its token."""
    app.before_request(_raise_upload_limit)  # before the token is looked for: that reads the form
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session: a form may lie open over lunch
    CSRFProtect(app)
    app.after_request(_add_headers)


def _raise_upload_limit() -> None:
    if request.blueprint == "imports":
        request.max_content_length = LARGEST_UPLOAD


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    if settings().production and request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint is None or not request.endpoint.endswith("static"):
        response.vary.add("Cookie")
        signed_in = getattr(g.get("_login_user"), "is_authenticated", False)
        response.headers["Cache-Control"] = "no-store" if signed_in or request.method == "POST" else "no-cache"
    return response
