// What the form has beyond links and buttons: keys, orders that stay chosen over pages, and what is fetched later.
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- fragments -------------------------------------------------------------------------------------------------------

/** Put the parts of an answer in the place of those of the same id; what is no answer is told, and nothing replaced. */
async function load(address, options = {}) {
  const failed = one("#failed");
  try {
    const response = await fetch(address, { ...options, headers: { "Rilascio-Fragment": "1" } });
    const answer = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!response.ok || !response.headers.has("Rilascio-Fragment")) {
      throw new Error(one('[role="alert"]', answer)?.textContent || response.statusText);
    }
    for (const part of all(".later[id]", answer)) {
      const shown = document.getElementById(part.id);
      if (shown && shown.innerHTML !== part.innerHTML) shown.replaceChildren(...part.childNodes);
    }
    failed.hidden = true;
    return true;
  } catch (error) {
    if (error.name === "AbortError") return false;
    failed.textContent = `${document.body.dataset.failed} ${error.message}`;
    failed.hidden = false;
    return false;
  }
}

let soon;
let paneLoad = new AbortController();

/** Load what the pane shows: what was asked for before does not take its place any more. */
function loadPane(address, options = {}) {
  clearTimeout(soon);
  paneLoad.abort();
  paneLoad = new AbortController();
  return load(address, { ...options, signal: paneLoad.signal });
}

for (const link of all("a[data-later]")) load(link.href);

async function poll() {
  if (!one("[data-poll]")) return;
  await load(location.href);
  setTimeout(poll, 1000);
}
setTimeout(poll, 500);

// --- the grid: one stop for Tab, and what is chosen in it ------------------------------------------------------------

const grid = one('[role="grid"]');
const form = one("#chosen");
const rows = grid ? all("tr[data-order-id]", grid) : [];
const headings = grid ? all("thead a", grid) : [];
let anchor = 0;

const criteria = new URLSearchParams(form?.elements.query.value);
criteria.delete("sort");
const storage = `chosen ${location.pathname}`;
const stored = JSON.parse(sessionStorage.getItem(storage) || "{}");
const chosen = new Set(stored.criteria === criteria.toString() ? stored.orders : []);

function mark() {
  for (const row of rows) {
    const on = chosen.has(row.dataset.orderId);
    row.setAttribute("aria-selected", on);
    one("input", row).checked = on;
  }
  const selected = one("#selected");
  if (selected) {
    const { one: single, many } = selected.dataset;
    selected.textContent = chosen.size === 1 ? single : many.replace("2", chosen.size);
  }
  if (form) sessionStorage.setItem(storage, JSON.stringify({ criteria: criteria.toString(), orders: [...chosen] }));
}

function toggle(index) {
  const id = rows[index].dataset.orderId;
  if (!chosen.delete(id)) chosen.add(id);
  anchor = index;
  mark();
}

function chooseRange(from, to) {
  for (const row of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) chosen.add(row.dataset.orderId);
  mark();
}

function go(target) {
  for (const other of [...rows, ...headings]) other.tabIndex = -1;
  target.tabIndex = 0;
  target.focus();
}

if (grid) {
  for (const inner of all("tbody input, tbody a", grid)) inner.tabIndex = -1;
  for (const other of [...rows, ...headings]) other.tabIndex = -1;
  const first = rows[0] || headings[0];
  if (first) first.tabIndex = 0;
  mark();

  grid.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-order-id]");
    if (!row || event.target.closest("a")) return;
    const index = rows.indexOf(row);
    go(row);
    if (event.shiftKey) {
      chooseRange(anchor, index);
    } else {
      if (!event.target.closest("input") && !event.ctrlKey && !event.metaKey) chosen.clear();
      toggle(index);
    }
  });

  grid.addEventListener("keydown", (event) => {
    const at = rows.indexOf(document.activeElement);
    const heading = headings.indexOf(document.activeElement);
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 };
    if (heading >= 0) {
      const next = headings[heading + ({ ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0)];
      if (event.key === "ArrowDown" && rows[0]) go(rows[0]);
      else if (next && event.key.startsWith("Arrow")) go(next);
      else return;
    } else if (event.key === "ArrowUp" && at === 0 && headings[0]) {
      go(headings[0]);
    } else if (rows[steps[event.key]]) {
      if (event.shiftKey) chooseRange(at, steps[event.key]);
      go(rows[steps[event.key]]);
    } else if (event.key === " " && at >= 0) {
      if (event.shiftKey) chooseRange(anchor, at);
      else toggle(at);
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      chooseRange(0, rows.length - 1);
    } else if (event.key === "Enter" && at >= 0) {
      one("a", rows[at])?.click();
    } else {
      return;
    }
    event.preventDefault();
  });

  grid.addEventListener("focusin", (event) => {
    const movements = event.target.matches("tr") && one("a[data-pane]", event.target);
    clearTimeout(soon);
    if (movements) soon = setTimeout(() => loadPane(movements.href), 150);
  });
}

// --- forms and links -------------------------------------------------------------------------------------------------

document.addEventListener("submit", async (event) => {
  const sent = event.target;
  if (sent.id === "criteria") {
    for (const input of all("input", sent)) input.disabled = !input.value;
  }
  if ((sent !== form && !sent.closest("#pane")) || event.submitter?.dataset.page !== undefined) return;
  event.preventDefault();
  const data = new FormData(sent, event.submitter);
  if (sent === form) data.set("order", [...chosen].join(","));
  const address = event.submitter?.getAttribute("formaction") || sent.action;
  if (await loadPane(address, { method: "POST", body: new URLSearchParams(data) })) one("#pane-title")?.focus();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-pane]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  loadPane(link.href);
});

document.addEventListener("keydown", (event) => {
  const pane = one("#pane");
  const pages = { PageUp: one('a[rel="prev"]'), PageDown: one('a[rel="next"]') };
  if (event.key === "F8") one("#criteria")?.requestSubmit();
  else if (event.key === "F9") form?.requestSubmit();
  else if (pages[event.key]) pages[event.key].click();
  else if (event.key === "Escape" && pane?.hasChildNodes()) {
    pane.replaceChildren();
    if (rows.length) go(rows.find((row) => row.tabIndex === 0) || rows[0]);
  } else if (event.key === "Escape" && grid) {
    chosen.clear();
    mark();
  } else return;
  event.preventDefault();
});

// --- the focus stays where it was ------------------------------------------------------------------------------------

addEventListener("pagehide", () => {
  const at = document.activeElement;
  let where = "";
  if (at.closest("#criteria") && at.name) where = `#criteria [name="${at.name}"]`;
  else if (at.dataset.focus) where = `[data-focus="${at.dataset.focus}"]`;
  else if (at.rel) where = `a[rel="${at.rel}"]`;
  else if (at.closest('[role="grid"]')) where = "tr[data-order-id]";
  sessionStorage.setItem("focus", where);
});

const was = sessionStorage.getItem("focus");
sessionStorage.removeItem("focus");
if (was && grid) {
  const target = one(was) || rows[0];
  if (target?.closest('[role="grid"]')) go(target);
  else target?.focus();
}
