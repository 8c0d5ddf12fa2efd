"""Chinese first; English for who asks for it by the switch, never by what a browser happens to send."""

from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path

from babel.support import NullTranslations, Translations
from flask import Flask, request
from flask_babel import Babel
from markupsafe import Markup

COOKIE = "language"
LANGUAGES = {"zh": "中文", "en": "English"}
CATALOGUES = Path(__file__).parent / "translations"

_chosen: ContextVar[str] = ContextVar("language", default="zh")


def init_app(app: Flask) -> None:
    """Message ids are the Chinese texts, so only English has a catalogue."""
    app.config.update(BABEL_DEFAULT_LOCALE="zh", BABEL_DEFAULT_TIMEZONE="Asia/Shanghai")
    Babel(app, locale_selector=language)
    app.before_request(_choose)
    app.teardown_request(lambda _: _chosen.set("zh") and None)
    app.jinja_env.globals.update(_=say, gettext=say)  # a page asks hundreds of times


def _choose() -> None:
    _chosen.set("en" if request.cookies.get(COOKIE) == "en" else "zh")


def language() -> str:
    """`zh` or `en`, for the page that is being made."""
    return _chosen.get()


def say(message: str, **values: object) -> Markup:
    """A message in the reader's language; `values` fill its gaps, escaped."""
    text = _say(message, _chosen.get())
    return text % values if values else text


@lru_cache(maxsize=4_096)
def _say(message: str, wanted: str) -> Markup:
    return Markup(_catalogue(wanted).gettext(message))  # noqa: S704 - our own texts


@cache
def _catalogue(wanted: str) -> NullTranslations:
    return Translations.load(CATALOGUES, [wanted]) if wanted != "zh" else NullTranslations()
