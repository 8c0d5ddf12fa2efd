// The progress line of a solve: asked for every second; the page is loaded anew when there is a plan to show.
const line = document.querySelector("[data-run]");

async function ask() {
  const answer = await fetch(`/season/runs/${line.dataset.run}.json`);
  if (!answer.ok) return;
  const found = await answer.json();
  line.textContent = found.said;
  if (!found.is_open || (found.has_draft && line.dataset.draft === "0")) {
    location.reload();
    return;
  }
  setTimeout(ask, 1000);
}

setTimeout(ask, 1000);
