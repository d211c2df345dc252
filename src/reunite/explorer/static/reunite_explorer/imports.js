// Choose or drop a file: its beginning is looked at, then all of it is sent, as the server reads it:
// a line of JSON that says how to read it, and the file behind it.
const BEGINNING_BYTES = 256 * 1024;
const form = document.getElementById("import");
const looked = document.getElementById("looked");
let file = null;
let isCorrected = false;
let asked = 0;

if (form) {
  form.addEventListener("change", (event) => {
    if (event.target.id === "file") return choose(event.target.files[0]);
    if (event.target.matches("[data-column]")) isCorrected = true;
    if (!event.target.matches("[data-field]")) look();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (file) send(!event.submitter?.matches("[data-import]"));
  });
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.toggle("over-it", name === "dragenter" || name === "dragover");
      if (name === "drop" && event.dataTransfer.files[0]) choose(event.dataTransfer.files[0]);
    });
  }
}

function choose(chosen) {
  if (!chosen) return;
  file = chosen;
  isCorrected = false;
  looked.replaceChildren();
  form.querySelector(".drop strong").textContent = `${file.name}, or drop or choose another file`;
  look();
}

function reading(isDry) {
  const columns = {};
  for (const each of looked.querySelectorAll("[data-column]")) {
    if (isCorrected && each.value) (columns[each.value] ??= []).push(each.dataset.column);
  }
  for (const each of looked.querySelectorAll("[data-field]")) {
    if (each.value) columns[each.dataset.field] = [each.value];
  }
  const value = (id) => document.getElementById(id)?.value ?? "";
  return {
    // The server takes names that begin with a letter or a digit.
    name: file.name.replace(/^[^\p{L}\p{N}]+/u, ""),
    format: value("format"), columns, recognises: !isCorrected,
    skipLines: Number(value("skip")), encoding: value("encoding"), dateFormat: value("dates"), isDry,
  };
}

function request(address, isDry, content) {
  const sent = new XMLHttpRequest();
  sent.open("POST", address);
  sent.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
  sent.setRequestHeader("HX-Request", "true");
  sent.setRequestHeader("Content-Type", "application/octet-stream");
  return [sent, () => sent.send(new Blob([JSON.stringify(reading(isDry)), "\n", content]))];
}

function look() {
  if (!file) return;
  const [sent, go] = request(form.dataset.look, true, file.slice(0, BEGINNING_BYTES));
  const number = ++asked;
  const focused = document.activeElement?.dataset.column ?? document.activeElement?.id;
  sent.onload = () => {
    if (number !== asked) return;
    looked.innerHTML = sent.responseText;
    const again = [...looked.querySelectorAll("select, input")];
    again.find((each) => focused && (each.dataset.column === focused || each.id === focused))?.focus();
  };
  sent.onerror = () => tell(looked, "The server does not answer. Choose the file again.");
  go();
}

function send(isDry) {
  const progress = document.getElementById("sending");
  const buttons = looked.querySelectorAll("button");
  const [sent, go] = request(form.action, isDry, file);
  const end = () => {
    progress.hidden = true;
    for (const each of buttons) each.disabled = false;
  };
  const refusal = document.getElementById("refusal");
  refusal.replaceChildren();
  progress.hidden = false;
  for (const each of buttons) each.disabled = true;
  sent.upload.onprogress = (event) => { progress.value = event.loaded / event.total; };
  sent.onload = () => {
    if (sent.status === 201) return location.assign(sent.getResponseHeader("Location"));
    end();
    refusal.innerHTML = sent.responseText;
  };
  sent.onerror = () => {
    end();
    tell(refusal, "The file did not arrive. Perhaps it was changed meanwhile, or the connection was lost.");
  };
  go();
}

function tell(place, words) {
  const note = Object.assign(document.createElement("p"), { className: "note", textContent: words });
  note.setAttribute("role", "alert");
  place.replaceChildren(note);
}
