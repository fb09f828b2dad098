const WORST = ["failed", "partial", "pending", "rejected", "complete"];
const byName = new Intl.Collator(undefined, { numeric: true }).compare;

const ORDERS = {
  name: (one, other) => byName(one.name, other.name),
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

/** A name as it is looked for: without case, and with letters in one form. */
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
}

const count = (number) => number.toLocaleString("en");

function sort() {
  const compared = ORDERS[tools.elements.order.value];
  rows.sort((one, other) => compared(one.upload, other.upload));
  list.replaceChildren(...rows.map((row) => row.element));
}

tools.addEventListener("input", filter);
tools.addEventListener("submit", (event) => event.preventDefault());
tools.elements.order.addEventListener("change", sort);
sort();
filter();
