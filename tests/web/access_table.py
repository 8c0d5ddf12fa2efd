"""Who gets what from every route: the table that the access test walks. A route that is not here fails the test."""

from dataclasses import dataclass, field

ROLES = ("anonymous", "owner_a", "owner_b", "opc_a", "opc_b", "organiser", "administrator", "disabled")


@dataclass(frozen=True)
class Row:
    """One endpoint with one method on one address, and the status for each role, in the order of `ROLES`.

    302 for those who are not signed in means "to the log-in". `form` is sent with a valid token.
    """

    endpoint: str
    path: str
    statuses: tuple[int, ...]
    method: str = "GET"
    form: dict[str, str] = field(default_factory=dict)


def _open(status: int = 200) -> tuple[int, ...]:
    return (status,) * len(ROLES)


def _own(side: str, *, own: int = 200, staff: int = 200, others: int = 404, nobody: int = 404) -> tuple[int, ...]:
    """Statuses for something of account `side`, for organisers, other accounts and nobody."""
    given = {"anonymous": nobody, "disabled": nobody, side: own, "organiser": staff, "administrator": staff}
    return tuple(given.get(role, others) for role in ROLES)


def _for(*roles: str, status: int = 200, others: int = 403) -> tuple[int, ...]:
    """`status` for some roles; nobody is sent to the log-in."""
    nobody = {"anonymous": 302, "disabled": 302}
    return tuple(status if role in roles else nobody.get(role, others) for role in ROLES)


STAFF = ("organiser", "administrator")
SIDES = {"demands": "owner_a", "profiles": "opc_a"}
POSTERS = {"demands": ("owner_a", "owner_b", *STAFF), "profiles": ("opc_a", "opc_b", *STAFF)}
LETTERS = {"demands": "D", "profiles": "P"}
STALE = {"version": "999999"}


ANSWER = {"season": "2026-Q4", "side": "opc", "person": "P-public", "item": "pitch:p1", "state": "confirmed"}


def _part(status: int) -> tuple[int, ...]:
    """`status` for the two who meet; nobody else may know that they do."""
    return tuple(status if role in ("owner_a", "opc_a") else 404 for role in ROLES)


def _records(kind: str) -> list[Row]:
    side, letter = SIDES[kind], LETTERS[kind]
    public, hidden = f"/{kind}/{letter}-public", f"/{kind}/{letter}-hidden"
    # Known to exist, but not for editing: 403. Not even known to exist: 404. Nobody is sent to the log-in, or told 404.
    edit_public = _own(side, others=403, nobody=302)
    edit_hidden = _own(side)
    conflict_public, conflict_hidden = (
        _own(side, own=409, staff=409, others=403, nobody=302),
        _own(side, own=409, staff=409),
    )
    named = {"title": "改过的名称", "name": "改过的名称"}
    return [
        Row(f"{kind}.index", f"/{kind}/", _open()),
        Row(f"{kind}.show", public, _open()),
        Row(f"{kind}.show", hidden, _own(side)),
        Row(f"{kind}.show", f"/{kind}/no-such", _open(404)),
        Row(f"{kind}.written", f"/{kind}/a%2Fb", _open(404)),
        Row(f"{kind}.new", f"/{kind}/new", _for(*POSTERS[kind])),
        Row(f"{kind}.post", f"/{kind}/new", _for(*POSTERS[kind], status=400), "POST", {"id": "not-signed"}),
        Row(f"{kind}.edit", f"{public}/edit", edit_public),
        Row(f"{kind}.edit", f"{hidden}/edit", edit_hidden),
        Row(f"{kind}.save", f"{public}/edit", conflict_public, "POST", {**named, **STALE}),
        Row(f"{kind}.save", f"{hidden}/edit", conflict_hidden, "POST", {**named, **STALE}),
        Row(f"{kind}.withdraw", f"{public}/withdraw", conflict_public, "POST", STALE),
        Row(f"{kind}.withdraw", f"{hidden}/withdraw", _own(side, own=409, staff=409), "POST", STALE),
    ]


TABLE = [
    Row("home.index", "/", _open()),
    Row("home.choose_language", "/language/en", _open(302)),
    *_records("demands"),
    *_records("profiles"),
    Row("my.index", "/my/", _for(*ROLES[1:7])),
    Row("my.calendar", "/my/calendar/forged.ics", _open(404)),
    Row("review.index", "/review/", _for(*STAFF)),
    Row("review.decide", "/review/", _for(*STAFF, status=422), "POST", {"decision": "approve"}),
    Row("review.decide", "/review/", _for(*STAFF, status=404), "POST", {"decision": "approve", "id": "no-such"}),
    Row("imports.template", "/templates/demands.xlsx", _open()),
    Row("imports.export", "/export/demands.jsonl", _for(*STAFF)),
    Row("imports.index", "/import/", _for(*STAFF)),
    Row("imports.preview", "/import/", _for(*STAFF, status=422), "POST", {"kind": "demands"}),
    Row("imports.confirm", "/import/confirm", _for(*STAFF, status=400), "POST", {"ticket": "forged"}),
    Row("imports.report", "/import/reports/abcdefghijklmnopqrstuvwxyz.xlsx", _for(*STAFF, status=404)),
    Row("lists.index", "/lists/", _open()),
    Row("lists.show", "/lists/1", _open()),
    Row("lists.show", "/lists/2", _own("organiser")),
    Row("lists.as_json", "/lists/1.json", _open()),
    Row("lists.as_json", "/lists/2.json", _own("organiser")),
    Row("lists.as_workbook", "/lists/1.xlsx", _open()),
    Row("lists.as_workbook", "/lists/2.xlsx", _own("organiser")),
    Row("lists.approve", "/lists/2/approve", _for(*STAFF, status=303), "POST"),
    Row("programme.index", "/programme/", _open()),
    Row("programme.show", "/programme/1", _open()),
    Row("programme.show", "/programme/2", _own("organiser")),
    Row("board.show", "/programme/1/board", _for(*STAFF)),
    Row("board.preview", "/programme/1/preview?pitch=p1&track=t2", _for(*STAFF)),
    Row("board.as_file", "/programme/1/files/json", _for(*STAFF)),
    Row("board.move", "/programme/2/move", _for(*STAFF, status=303), "POST", {"pitch": "p1", "track": "t2"}),
    Row("season.index", "/season/", _for(*STAFF)),
    Row("season.edit", "/season/setup", _for(*STAFF)),
    Row("season.save", "/season/setup", _for(*STAFF, status=409), "POST"),
    Row("season.solve", "/season/solve", _for(*STAFF, status=422), "POST", {"purpose": "plan", "kind": "rain"}),
    Row("season.run", "/season/runs/1", _for(*STAFF)),
    Row("season.state", "/season/runs/1.json", _for(*STAFF)),
    Row("season.stop", "/season/runs/1/stop", _for(*STAFF, status=303), "POST"),
    Row("season.keep", "/season/runs/1/keep", _for(*STAFF, status=303), "POST"),
    Row("season.lock", "/season/locks", _for(*STAFF, status=303), "POST", {"subject": "pitch:p1", "place": "out"}),
    Row("season.release", "/season/locks/1/release", _for(*STAFF, status=303), "POST"),
    Row("season.ledger", "/season/ledger", _for(*STAFF)),
    Row("attendance.outcomes", "/season/outcomes", _for(*STAFF)),
    Row("attendance.sheet", "/programme/1/attendance/s1", _for(*STAFF)),
    Row(
        "attendance.by_staff",
        "/programme/1/attendance/s1",
        _for(*STAFF, status=303),
        "POST",
        {"side": "opc", "person": "P-public"},
    ),
    Row("attendance.arrive", "/check-in/forged", _open(404)),
    Row("attendance.check_in", "/check-in/forged", _open(404), "POST"),
    Row("taking_part.when", "/my/when/opc/P-public", _own("opc_a")),
    Row("taking_part.when", "/my/when/owner/甲方中学", _own("owner_a")),
    Row("taking_part.say_when", "/my/when/opc/P-public", _own("opc_a", own=409, staff=409), "POST", STALE),
    Row("taking_part.answer", "/my/answers", _own("opc_a", own=303, staff=303), "POST", ANSWER),
    Row("taking_part.read", "/my/notices", _own("opc_a", own=303, staff=404), "POST", {"id": "1"}),
    Row("taking_part.note", "/my/meetings/2026-Q4/P-public/甲方中学", _part(422)),
    Row("taking_part.save_note", "/my/meetings/2026-Q4/P-public/甲方中学", _part(422), "POST", {"outcome": "intent"}),
    Row("programme.approve", "/programme/2/approve", _for(*STAFF, status=303), "POST"),
    Row("digests.show", "/digests/1", _own("opc_a")),
    Row("about.index", "/about/", _open()),
    Row("health.alive", "/healthz", _open()),
    Row("health.ready", "/readyz", _open()),
    Row("security.login", "/log-in", (200, *(302,) * 6, 200)),
    Row("security.login", "/log-in", (422, *(302,) * 6, 422), "POST"),
    Row("security.logout", "/log-out", _open(302), "POST"),
    Row("static", "/static/site.css", _open()),
    Row("bootstrap.static", "/bootstrap/static/css/bootstrap.min.css", _open()),
]
