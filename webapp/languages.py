"""Chinese first; English for who asks for it by the switch, never by what a browser happens to send."""

from flask import Flask, g, request
from flask_babel import Babel

COOKIE = "language"
LANGUAGES = {"zh": "中文", "en": "English"}


def init_app(app: Flask) -> None:
    """Message ids are the Chinese texts, so only English has a catalogue."""
    app.config.update(BABEL_DEFAULT_LOCALE="zh", BABEL_DEFAULT_TIMEZONE="Asia/Shanghai")
    Babel(app, locale_selector=language)


def language() -> str:
    """`zh` or `en`, for the page that is being made."""
    if "language" not in g:
        g.language = "en" if request and request.cookies.get(COOKIE) == "en" else "zh"
    found: str = g.language
    return found
