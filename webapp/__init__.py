"""The pages: Flask parses, a service decides, a template shows. `create_app` puts one application together."""

from datetime import timedelta

from flask import Flask
from flask_bootstrap import Bootstrap5
from werkzeug.middleware.proxy_fix import ProxyFix

from matching.domain.errors import SettingsError, problem
from matching.settings import SHORTEST_SECRET, Settings, load_settings
from matching.store import Database
from webapp import addresses, context, errors, headers, identity, languages, show
from webapp.pages import BLUEPRINTS

LARGEST_FORM = 2 * 1024 * 1024
IDLE_HOURS = 8


def create_app(settings: Settings | None = None) -> Flask:
    """The application over one database; nothing is read from it before the first request.

    Raises:
        SettingsError: `weak_secret` or `debug_in_production`: real people's data is not served like that.
    """
    settings = settings or load_settings()
    app = Flask(__name__)
    if settings.production and app.debug:
        raise SettingsError(problem("debug_in_production", key="FLASK_DEBUG"))
    if settings.production and len(settings.secret_key) < SHORTEST_SECRET:
        raise SettingsError(problem("weak_secret", key="OPCMATCH_SECRET_KEY", shortest=SHORTEST_SECRET))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-session" if settings.production else "session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=IDLE_HOURS),
        SESSION_REFRESH_EACH_REQUEST=False,  # identity does it every few minutes: signing is not free
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=1),
        TRUSTED_HOSTS=list(settings.trusted_hosts) if settings.trusted_hosts else None,
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=2_000,
    )
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.url_map.converters |= {"record": addresses.RecordIdConverter, "number": addresses.RowNumberConverter}
    context.init_app(app, settings, Database(settings.database_url))
    languages.init_app(app)
    headers.init_app(app)
    identity.init_app(app)
    errors.init_app(app)
    show.init_app(app)
    Bootstrap5(app)  # for its packaged style sheet: nothing comes from another host
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app
