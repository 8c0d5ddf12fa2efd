// The organiser's board: dragging a pitch asks what the move would break, and dropping it sends the pitch's own form.
const board = document.querySelector("[data-board]");
const note = document.querySelector(".drag-note");
let dragged = null;
let asked = 0;

async function tell(line, pitch, track, position) {
  const mine = ++asked;
  const query = new URLSearchParams({ pitch, track, position });
  const answer = await fetch(`/programme/${board.dataset.board}/preview?${query}`);
  if (mine !== asked) return;
  line.hidden = false;
  if (!answer.ok) {
    line.textContent = "";
    return;
  }
  const found = await answer.json();
  line.classList.toggle("is-broken", found.broken.length > 0);
  line.textContent = [found.said, ...(found.broken.length ? found.broken : [found.fine]), ...found.warned].join(" · ");
}

function placeOf(event, track) {
  const rows = [...track.querySelectorAll("[data-pitch]")].filter((row) => row !== dragged);
  const before = rows.findIndex((row) => {
    const box = row.getBoundingClientRect();
    return event.clientY < box.top + box.height / 2;
  });
  return before < 0 ? rows.length + 1 : before + 1;
}

for (const row of board.querySelectorAll("[data-pitch]")) {
  row.addEventListener("dragstart", (event) => {
    dragged = row;
    event.dataTransfer.setData("text/plain", row.dataset.pitch);
    event.dataTransfer.effectAllowed = "move";
  });
  row.addEventListener("dragend", () => {
    dragged = null;
    note.hidden = true;
  });
}

for (const track of board.querySelectorAll("[data-track]")) {
  let last = "";
  track.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    const place = placeOf(event, track);
    const now = `${dragged.dataset.pitch}|${track.dataset.track}|${place}`;
    if (now !== last) {
      last = now;
      tell(note, dragged.dataset.pitch, track.dataset.track, place);
    }
  });
  track.addEventListener("drop", (event) => {
    if (!dragged) return;
    event.preventDefault();
    const form = dragged.querySelector("form");
    form.elements.track.value = track.dataset.track;
    form.elements.position.value = track.dataset.track ? placeOf(event, track) : "";
    form.submit();
  });
}

for (const form of board.querySelectorAll("[data-move]")) {
  form.addEventListener("change", () => {
    const { pitch, track, position } = form.elements;
    tell(form.querySelector(".preview"), pitch.value, track.value, position.value);
  });
}
