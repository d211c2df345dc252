// The slash key leads to the search, Escape out of it, and the arrows through what was found.
const search = () => document.getElementById("q");
const hits = () => document.getElementById("hits");

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && !isTyping(event.target) && search()) {
    event.preventDefault();
    search().focus();
    search().select();
  } else if (event.key === "Escape" && hits().contains(document.activeElement) || event.key === "Escape" && event.target === search()) {
    hits().replaceChildren();
    search().focus();
  } else if (event.key.length === 1 && !isTyping(event.target) && document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)) {
    event.preventDefault();
    document.querySelector(`[data-key="${CSS.escape(event.key)}"]`).click();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    walk(event);
  }
});

function walk(event) {
  const links = [...hits().querySelectorAll("a")];
  const place = links.indexOf(document.activeElement);
  if (!links.length || (place < 0 && event.target !== search())) return;
  event.preventDefault();
  const next = place + (event.key === "ArrowDown" ? 1 : -1);
  (links[Math.min(next, links.length - 1)] ?? search()).focus();
}
