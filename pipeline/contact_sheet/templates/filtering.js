const WORST = ["failed", "partial", "pending", "outdated", "rejected", "complete"];
const byName = new Intl.Collator(undefined, { numeric: true }).compare;

const ORDERS = {
  name: (one, other) => byName(one.name, other.name) || byName(one.version, other.version),
  largest: (one, other) => other.bytes - one.bytes,
  slowest: (one, other) => (other.milliseconds ?? -1) - (one.milliseconds ?? -1),
  saved: (one, other) => (one.smallest ?? Infinity) - (other.smallest ?? Infinity),
  outcome: (one, other) => WORST.indexOf(one.state) - WORST.indexOf(other.state),
};

const list = document.querySelector(".rows");
const tools = document.querySelector(".tools");
const status = tools.querySelector("[role=status]");
const lines = document.getElementById("rows").textContent.trim().split("\n");
const uploads = lines.map((line) => JSON.parse(line));
const rows = uploads.map((each) => ({ upload: each, element: rowOf(each), name: plain(each.name) }));
const none = document.querySelector(".none");

/** Returns `name` in lowercase, with each accented letter in one form, to search in. */
function plain(name) {
  return name.normalize("NFKC").toLowerCase();
}

function filter() {
  const [name, state] = [plain(tools.elements.name.value), tools.elements.state.value];
  let shown = 0;
  for (const row of rows) {
    const isShown = row.name.includes(name) && (!state || row.upload.state === state);
    row.element.hidden = !isShown;
    shown += isShown;
  }
  status.textContent = `${count(shown)} of ${count(rows.length)} ${rows.length === 1 ? "upload" : "uploads"}`;
  none.hidden = shown > 0;
  none.firstElementChild.textContent = `No ${state ? `${state} ` : ""}upload matches '${tools.elements.name.value}'`;
}

const count = (number) => number.toLocaleString("en");

function sort() {
  const compared = ORDERS[tools.elements.order.value];
  rows.sort((one, other) => compared(one.upload, other.upload));
  list.replaceChildren(...rows.map((row) => row.element));
}

/** Clears the search and shows all uploads. */
function clear() {
  tools.elements.name.value = "";
  tools.elements.state.value = "";
  filter();
  tools.elements.name.focus();
}

/** Returns the uploads that the comparison goes through: those on the sheet, in its order. */
function comparedUploads() {
  const shown = rows.filter((row) => !row.element.hidden).map((row) => row.upload);
  return shown.filter((each) => comparable(each).length > 1);
}

/** Scrolls to the pictures of `upload`, and focuses the first one. */
function reveal(upload) {
  const { element } = rows.find((row) => row.upload === upload);
  fill(element);
  element.scrollIntoView({ block: "center" });
  element.querySelector("button.frame").focus();
}

tools.addEventListener("input", filter);
tools.addEventListener("submit", (event) => event.preventDefault());
tools.elements.order.addEventListener("change", sort);
none.lastElementChild.addEventListener("click", clear);
sort();
filter();
if (rows.length <= FEW) rows.forEach((row) => fill(row.element)); // so that printing finds them all
