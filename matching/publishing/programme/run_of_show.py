"""流程单: session by session, room by room, minute by minute; for whoever runs the day."""

from collections.abc import Iterator

from fpdf.enums import Align

from matching.publishing.programme.paper import Column, Paper
from matching.publishing.programme.programme import Programme, Session, Span, Track
from matching.publishing.programme.words import (
    clock,
    day_words,
    from_to,
    names_of,
    pitch_words,
    programme_words,
)

Step = tuple[str, Span, str]
"""(code of the item, when, who and what)"""


def render(programme: Programme, *, language: str = "zh") -> bytes:
    """The document as PDF.

    Raises:
        InputError: `no_chinese_font`.
    """
    with Paper(programme, "run_of_show", language) as paper:
        for session in programme.sessions:
            paper.add_page()
            kind = programme_words("kind", session.kind, language)
            paper.heading(session.title, f"{kind} · {day_words(session, language)}")
            _overview(paper, session)
            for track in session.tracks:
                _track(paper, programme, track)
            _meetings(paper, session)
        return paper.finished()


def steps_of(track: Track, buffer_min: int, language: str = "zh") -> list[Step]:
    """The minutes of a track without a hole: pitches, the pause after each, and what time is to spare."""
    return list(_steps(track, buffer_min, language))


def _steps(track: Track, buffer_min: int, language: str) -> Iterator[Step]:
    at, end = track.span.start_min, track.span.end_min
    following = [*(pitch.span.start_min for pitch in track.pitches[1:]), end]
    for pitch, next_at in zip(track.pitches, following, strict=False):
        yield from _step("spare", track, at, pitch.span.start_min)
        yield "pitch", pitch.span, f"{pitch.position}. {pitch_words(pitch, language)}"
        at = min(pitch.span.end_min + buffer_min, next_at)
        yield from _step("buffer", track, pitch.span.end_min, at)
    yield from _step("spare", track, at, end)


def _step(code: str, track: Track, start: int, end: int) -> Iterator[Step]:
    if end > start:
        yield code, Span(on=track.span.on, start_min=start, end_min=end), ""


def _overview(paper: Paper, session: Session) -> None:
    say, language = programme_words, paper.language
    columns = [
        Column(heading=say("heading", "room", language), width=38),
        Column(heading=say("heading", "time", language), width=30, align=Align.C),
        Column(heading=say("heading", "panel", language), width=paper.epw - 88),
        Column(heading=say("item", "track", language), width=20, align=Align.C),
    ]
    rows = [
        [track.room, from_to(track.span), names_of(track.panel, language), str(len(track.pitches))]
        for track in session.tracks
    ]
    if rows:
        paper.rows(columns, rows)


def _track(paper: Paper, programme: Programme, track: Track) -> None:
    say, language = programme_words, paper.language
    columns = [
        Column(heading=say("heading", "time", language), width=30, align=Align.C),
        Column(heading=say("heading", "minutes", language), width=18, align=Align.C),
        Column(heading=say("heading", "item", language), width=38),
        Column(heading=say("heading", "who", language), width=paper.epw - 86),
    ]
    steps = steps_of(track, programme.buffer_min, language)
    rows = [
        [from_to(span), str(span.end_min - span.start_min), say("item", code, language), what]
        for code, span, what in steps
    ]
    faint = [number for number, (code, _, _) in enumerate(steps) if code != "pitch"]
    panel = say("say", "panel_of", language, panel=names_of(track.panel, language)) if track.panel else ""
    band = "  ".join(filter(None, (track.room, from_to(track.span), panel)))
    paper.rows(columns, rows, band=band, faint=faint)


def _meetings(paper: Paper, session: Session) -> None:
    if not any(slot.meetings for slot in session.slots):
        return
    say, language = programme_words, paper.language
    columns = [
        Column(heading=say("heading", "time", language), width=30, align=Align.C),
        Column(heading=say("heading", "table", language), width=24, align=Align.C),
        Column(heading=say("heading", "opc", language), width=(paper.epw - 54) / 2),
        Column(heading=say("heading", "owner", language), width=(paper.epw - 54) / 2),
    ]
    rows = [
        [from_to(slot.span), say("say", "table", language, table=one.table), one.opc.name, one.owner.name]
        for slot in session.slots
        for one in slot.meetings
    ]
    first, last = session.slots[0].span, max(slot.span.end_min for slot in session.slots)
    band = f"{say('item', 'meeting', language)}  {clock(first.start_min)}–{clock(last)}"
    paper.rows(columns, rows, band=band)
