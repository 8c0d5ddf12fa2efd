"""Error pages: what happened and what to do next, in the reader's language; never a stack trace."""

from dataclasses import replace
from typing import Any

from flask import Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from matching.domain.errors import EditConflict, InputError, NotAllowed, NotFound, OpcmatchError, Problem
from matching.publishing import wording
from matching.services.access import Role
from webapp.context import actor
from webapp.labels import ROLES, STAGES
from webapp.languages import language

RETRY_SECONDS = 10

_TEXTS = {
    400: (lazy_gettext("这个请求不完整"), lazy_gettext("页面可能放得太久了。请返回上一页，刷新后再提交。")),
    401: (lazy_gettext("请先登录"), lazy_gettext("登录之后就能看到这一页。")),
    403: (lazy_gettext("没有权限"), lazy_gettext("请换用有权限的账号登录，或联系组织方。")),
    404: (
        lazy_gettext("没有找到这一页"),
        lazy_gettext("请检查地址，或从清单重新进入；如果它属于别的账号，请用那个账号登录。"),
    ),
    405: (lazy_gettext("这个地址不接受这样的操作"), lazy_gettext("请从页面上的按钮进入。")),
    409: (lazy_gettext("有人先改了一步"), lazy_gettext("请打开最新版本，对照之后再改。")),
    413: (lazy_gettext("内容太大"), lazy_gettext("文件最大 20 MB，表单最大 2 MB。请拆成几份再试。")),
    422: (lazy_gettext("内容有误"), lazy_gettext("请按提示改正后再提交。")),
    429: (lazy_gettext("尝试次数过多"), lazy_gettext("请等 15 分钟再试。")),
    500: (lazy_gettext("系统出错了"), lazy_gettext("问题已经记录下来；您保存过的内容没有丢失。请稍后再试。")),
    503: (lazy_gettext("系统正忙"), lazy_gettext("请过十几秒再试；您保存过的内容没有丢失。")),
}
_STATUS = {NotFound: 404, NotAllowed: 403, EditConflict: 409, InputError: 422}


def init_app(app: Flask) -> None:
    """Map every exception to a page."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OpcmatchError, _domain)
    app.register_error_handler(Exception, _unexpected)


def said(problem: Problem) -> tuple[str, str]:
    """What is wrong and how to mend it, with stages and roles under their names."""
    facts = {name: _name(value) for name, value in problem.facts.items()}
    named = replace(problem, facts=facts)
    return wording.what(named, language()), wording.mend(named, language())


def _name(value: object) -> object:
    if isinstance(value, str):
        return str(STAGES.get(value) or ROLES.get(value) or value)
    return [_name(item) for item in value] if isinstance(value, (list, tuple)) else value


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    answer = _page(error.code)
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After"):
            answer[2][name] = value
    return answer


def _domain(error: OpcmatchError) -> ResponseReturnValue:
    if isinstance(error, NotAllowed) and actor().role is Role.ANONYMOUS:
        following = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else None
        return redirect(url_for("security.login", next=following))
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
    problems = [said(problem) for problem in error.problems] if status in (409, 422) else []
    return _page(status, problems)


def _unexpected(error: Exception) -> ResponseReturnValue:
    if any(kind.__name__ == "OperationalError" and kind.__module__ == "sqlalchemy.exc" for kind in type(error).mro()):
        current_app.logger.warning("the database cannot answer: %s", type(error).__name__)
        unavailable = _page(ServiceUnavailable.code)
        unavailable[2]["Retry-After"] = str(RETRY_SECONDS)
        return unavailable
    current_app.logger.error("%s %s", request.method, request.path, exc_info=error)
    return _page(InternalServerError.code)


def _page(status: int, problems: list[tuple[str, str]] | None = None) -> tuple[str, int, dict[str, Any]]:
    title, advice = _TEXTS.get(status, _TEXTS[400 if status < 500 else 500])
    # An account is not looked up for a page that says that something is broken.
    broken = status >= 500 or (status == 400 and request.routing_exception is not None)
    page = render_template(
        "bare_error.html" if broken else "error.html", status=status, title=title, advice=advice, problems=problems
    )
    return page, status, {}
