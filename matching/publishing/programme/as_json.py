"""Everything of a programme as JSON, for other programs: times as minutes of the day and in RFC 3339."""

import json
from typing import Any

from matching.publishing.programme.programme import Meeting, Person, Pitch, Programme, Session, Slot, Span, Track


def programme_json(programme: Programme) -> dict[str, Any]:
    """The programme as a JSON object."""
    published_at = programme.published_at
    return {
        "season": programme.season,
        "title": programme.title,
        "revision": programme.revision,
        "stage": programme.stage,
        "made_at": programme.made_at.isoformat(),
        "published_at": None if published_at is None else published_at.isoformat(),
        "timezone": "Asia/Shanghai",
        "buffer_min": programme.buffer_min,
        "sessions": [_session(session) for session in programme.sessions],
        "people": [_person(person) for person in programme.people],
    }


def render(programme: Programme, *, language: str = "zh") -> bytes:
    """The JSON object as UTF-8 text; codes and names have no language."""
    del language
    return json.dumps(programme_json(programme), ensure_ascii=False, indent=1).encode() + b"\n"


def _session(session: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "title": session.title,
        "kind": session.kind,
        "format": session.format,
        "on": None if session.on is None else session.on.isoformat(),
        "tracks": [_track(track) for track in session.tracks],
        "slots": [_slot(slot) for slot in session.slots],
    }


def _track(track: Track) -> dict[str, Any]:
    return {
        "id": track.id,
        "room": track.room,
        **_span(track.span),
        "panel": [_person(owner) for owner in track.panel],
        "pitches": [_pitch(pitch) for pitch in track.pitches],
    }


def _pitch(pitch: Pitch) -> dict[str, Any]:
    return {
        "id": pitch.id,
        "title": pitch.title,
        "opc": _person(pitch.opc),
        "position": pitch.position,
        **_span(pitch.span),
        "theme": pitch.theme,
        "district": pitch.district,
    }


def _slot(slot: Slot) -> dict[str, Any]:
    meetings = [_meeting(meeting) for meeting in slot.meetings]
    return {"id": slot.id, **_span(slot.span), "tables": slot.tables, "meetings": meetings}


def _meeting(meeting: Meeting) -> dict[str, Any]:
    return {"table": meeting.table, "opc": _person(meeting.opc), "owner": _person(meeting.owner)}


def _person(person: Person) -> dict[str, Any]:
    return {"side": person.side.value, "id": person.id, "name": person.name}


def _span(span: Span) -> dict[str, Any]:
    starts_at, ends_at = span.starts_at, span.ends_at
    return {
        "start_min": span.start_min,
        "end_min": span.end_min,
        "starts_at": None if starts_at is None else starts_at.isoformat(),
        "ends_at": None if ends_at is None else ends_at.isoformat(),
    }
