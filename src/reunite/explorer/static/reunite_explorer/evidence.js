// Select two nodes, in the picture or in a table: the form of the chain is sent when there are two.
const picks = () => [...document.querySelectorAll('input[type="checkbox"][name="end"]')];
const order = [];

document.addEventListener("change", (event) => {
  if (event.target.matches('input[name="end"]')) pick(event.target);
});

document.addEventListener("click", (event) => {
  const leaves = event.target.closest("[data-open]");
  if (leaves) {
    document.querySelector(`button[name="open"][value="${CSS.escape(leaves.dataset.open)}"]`).click();
    return;
  }
  const node = event.target.closest("[data-node]");
  if (!node || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const box = boxOf(node.dataset.node);
  box.checked = !box.checked;
  pick(box);
});

document.addEventListener("htmx:afterSettle", mark);

// The box of a node; one that no table shows gets a hidden box.
function boxOf(token) {
  const found = picks().find((box) => box.value === token);
  if (found) return found;
  const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "end", value: token, hidden: true });
  box.setAttribute("form", "chain");
  return document.getElementById("main").appendChild(box);
}

function pick(box) {
  if (order.includes(box)) order.splice(order.indexOf(box), 1);
  if (box.checked) order.push(box);
  if (order.length > 2) order.shift().checked = false;
  mark();
  if (order.length === 2) document.getElementById("chain").requestSubmit();
}

function mark() {
  const picked = new Set(picks().filter((box) => box.checked).map((box) => box.value));
  for (const node of document.querySelectorAll("[data-node]")) {
    node.classList.toggle("picked", picked.has(node.dataset.node));
  }
}
