"""Signing in and out: Flask-Security's views and sessions over the house's plain accounts.

The library keeps the session, the log-in form's flow and what will follow (recovery, second factors); the
password is checked by the service that made its hash.
"""

from datetime import timedelta
from threading import BoundedSemaphore
from typing import Any

from flask import Flask, abort, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import LoginForm, RoleMixin, Security, UserDatastore, UserMixin
from werkzeug.exceptions import ServiceUnavailable
from wtforms import PasswordField, StringField, SubmitField

from matching.services.accounts import check_password
from matching.store import accounts
from matching.store.accounts import Account
from webapp.addresses import same_site
from webapp.context import db, utc_now

REFRESH_SECONDS = 600
TRIES = "10 per 15 minutes"
CONCURRENT_CHECKS, WAIT_SECONDS = 2, 10
_checks = BoundedSemaphore(CONCURRENT_CHECKS)


class SignedIn(UserMixin):
    """An account as Flask-Security wants to see it."""

    fs_uniquifier = ""  # the library looks for it on the class

    def __init__(self, account: Account) -> None:
        self.account = account
        self.id, self.email, self.active = account.id, account.email, account.active
        self.password, self.fs_uniquifier = account.password_hash, account.session_token
        self.roles: list[RoleMixin] = []  # rights are decided by matching.services.access alone


class AccountDatastore(UserDatastore):
    """Reads accounts; whatever changes one is a service, so the writing half stays unused."""

    def __init__(self) -> None:
        super().__init__(SignedIn, RoleMixin)

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> SignedIn | None:
        """The account whose sessions carry this token."""
        account = accounts.account_of_token(db(), wanted["fs_uniquifier"])
        return None if account is None else SignedIn(account)

    def commit(self) -> None:
        """Services commit their own transactions."""


class LogInForm(LoginForm):
    """E-mail and password. One message for every refusal: which accounts exist is nobody's business."""

    email = StringField(lazy_gettext("邮箱"))
    password = PasswordField(lazy_gettext("密码"))
    remember = None
    submit = SubmitField(lazy_gettext("登录"))

    def validate(self, **_: Any) -> bool:
        """Whether the password is the account's; at most a few are checked at a time, as each costs 0.2 s."""
        address = (self.email.data or "").strip().casefold()
        account = accounts.find_account(db(), email=address) if address.isprintable() else None
        if not _checks.acquire(timeout=WAIT_SECONDS):
            raise ServiceUnavailable(retry_after=WAIT_SECONDS)
        try:
            right = check_password(account, self.password.data or "")
        finally:
            _checks.release()
        if not right or account is None:
            self.form_errors.append(gettext("邮箱或密码不正确，或者账号已停用。"))
            return False
        session.clear()  # nothing of the visitor's session survives into the signed-in one
        session.permanent, session["seen"] = True, int(utc_now().timestamp())
        self.user, self.ifield = SignedIn(account), self.email
        return True


def init_app(app: Flask) -> None:
    """Add `/log-in` and `/log-out`, with limits on tries for each address and each account."""
    app.config.update(
        SECURITY_LOGIN_URL="/log-in",
        SECURITY_LOGOUT_URL="/log-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_LOGIN_USER_TEMPLATE="log_in.html",
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of a scheme
        SECURITY_PASSWORD_SINGLE_HASH={"argon2"},
        SECURITY_POST_LOGIN_VIEW="/my/",
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_STATIC_FOLDER=None,
        SECURITY_FRESHNESS=timedelta(minutes=-1),  # no page of the library's that asks again for the password
        SECURITY_DEFAULT_REMEMBER_ME=False,
        RATELIMIT_HEADERS_ENABLED=True,
        RATELIMIT_STORAGE_URI="memory://",
    )
    security = Security(app, AccountDatastore(), login_form=LogInForm)
    security.login_manager.request_loader(None)  # sessions only: no tokens in addresses or headers
    app.before_request(_keep_alive)
    limiter = app.extensions["opcmatch_limiter"] = Limiter(get_remote_address, app=app)
    view = app.view_functions["security.login"]

    def log_in() -> ResponseReturnValue:
        """The library's view, with strict `next` addresses and an honest status for a refusal."""
        asked = [value for source in (request.args, request.form) for value in source.getlist("next") if value]
        if any(same_site(value) is None for value in asked):
            return abort(400) if request.method == "POST" else redirect(url_for("security.login"))
        answer = make_response(view())
        if request.method == "POST" and answer.status_code == 200:
            answer.status_code = 422
        return answer

    for key in (get_remote_address, _account_tried):
        log_in = limiter.limit(TRIES, key_func=key, methods=["POST"], deduct_when=_was_refused)(log_in)
    app.view_functions["security.login"] = log_in


def _keep_alive() -> None:
    """Whoever is active stays signed in: the cookie's idle time begins anew, at most once in a while."""
    now = int(utc_now().timestamp())
    if "seen" in session and now - session["seen"] > REFRESH_SECONDS:
        session["seen"] = now


def _account_tried() -> str:
    return "account:" + request.form.get("email", "").strip().casefold()[:254]


def _was_refused(response: Any) -> bool:
    return bool(response.status_code == 422)
