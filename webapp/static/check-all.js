// One button that ticks, or unticks, every record of the page.
for (const list of document.querySelectorAll("[data-check-all]")) {
  const boxes = list.querySelectorAll("input[type=checkbox]");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-outline-primary check-all";
  button.textContent = list.dataset.checkAll;
  button.addEventListener("click", () => {
    const ticked = [...boxes].some((box) => !box.checked);
    boxes.forEach((box) => { box.checked = ticked; });
  });
  list.before(button);
}
