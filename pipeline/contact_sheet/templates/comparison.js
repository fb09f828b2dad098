const dialog = document.querySelector(".comparison");
const part = (selector) => dialog.querySelector(selector);
const [choices, view, canvas, divider, slider, note] = [
  ".choices",
  ".view",
  ".canvas",
  ".divider",
  "[type=range]",
  ".note",
].map(part);

const STEPS = { ArrowUp: -1, ArrowDown: 1, PageUp: -1, PageDown: 1 };

let opened; // the upload for which the comparison was opened
let upload; // the upload that it shows now
let left; // the two pictures of that upload
let right;

/** Returns the pictures of `upload` that a browser can show in full. */
function comparable(upload) {
  return [upload.source, ...upload.variants].filter((picture) => picture?.address);
}

/** Opens the comparison of `picture` with the source of `compared`. */
function compare(compared, picture) {
  opened = compared;
  slider.value = 50;
  dialog.showModal();
  slider.focus();
  present(compared, null, picture.name);
}

/** Shows `compared`: its pictures called `leftName` and `rightName`, or the default ones if it doesn't have them. */
function present(compared, leftName, rightName) {
  upload = compared;
  const pictures = comparable(upload);
  const called = (name) => pictures.find((each) => each.name === name);
  right = called(rightName) ?? pictures.at(-1);
  left = called(leftName) ?? called("source") ?? largest(pictures.filter((each) => each !== right));
  entitle(part("h2"), upload);
  if (upload.version) {
    part("h2").append(` · ${upload.version}`);
    if (part("h2").hasAttribute("aria-label")) part("h2").setAttribute("aria-label", spoken(upload));
  }
  choices.elements.left.replaceChildren(...pictures.map((each) => new Option(each.name)));
  for (const chip of part(".variants").querySelectorAll("label")) chip.remove();
  part(".variants").append(...pictures.map(choice));
  for (const last of dialog.querySelectorAll(".last")) last.textContent = pictures.length;
  showPosition();
  show();
  view.scrollTo((view.scrollWidth - view.clientWidth) / 2, (view.scrollHeight - view.clientHeight) / 2);
}

const largest = (pictures) => pictures.toSorted((one, other) => other.bytes - one.bytes)[0];

function choice(picture, at) {
  const input = make("input", { type: "radio", name: "right", value: picture.name });
  const number = make("kbd", { textContent: at + 1, ariaHidden: "true" });
  return make("label", { className: "chip" }, input, make("span", {}, number, ` ${picture.name}`));
}

function showPosition() {
  const all = comparedUploads();
  part(".steps").hidden = all.length < 2;
  part("output").textContent = `${count(all.indexOf(upload) + 1)} of ${count(all.length)}`;
}

/** Shows the next upload on the sheet, or the previous one if `by` is -1. The first one follows the last one. */
function step(by) {
  const all = comparedUploads();
  present(all.at((all.indexOf(upload) + by) % all.length), left.name, right.name);
}

function show() {
  [choices.elements.left.value, choices.elements.right.value] = [left.name, right.name];
  part(".left").textContent = labelOf(left);
  part(".right").textContent = labelOf(right);
  note.textContent = [...new Set([left, right])].map(remark).filter(Boolean).join("; ") || remarkOnBoth();
  place("before", left);
  place("after", right);
  resize();
}

const labelOf = ({ name, size, share }) => (name === "source" ? `${name} · ${size}` : `${name} · ${size} · ${share}`);

/** Returns the wider picture, which sets the scale of both. */
function whole() {
  return left.width >= right.width ? left : right;
}

function remark(picture) {
  const times = whole().width / picture.width;
  if (times <= 1) return "";
  const pixels = `${picture.width} × ${picture.height} pixels`;
  return `${picture.name} has ${pixels}: enlarged ${times.toFixed(1)} times to match ${whole().name}`;
}

const remarkOnBoth = () => `${left.width} × ${left.height} pixels each`;

/** Shows `picture` on one side, and its preview until its file has loaded. */
function place(side, picture) {
  const shown = part(`.${side}`);
  const address = loadable(picture.address);
  if (shown.getAttribute("src") === address) return;
  const image = make("img", { className: `${side} loading`, alt: "", src: address });
  image.style.backgroundImage = `url("${loadable(picture.preview)}")`;
  image.addEventListener("load", () => complete(image, picture));
  image.addEventListener("error", () => (note.textContent = missing(picture)));
  shown.replaceWith(image);
}

function complete(image, picture) {
  image.style.backgroundImage = "";
  image.classList.remove("loading");
  image.classList.toggle("transparent", picture.transparent);
}

const missing = (picture) => `Only a preview of ${picture.name}: ${decodeURI(picture.address)} isn't next to this page`;

/** Scales the pictures around the center of the view. At 1:1, one of their pixels is one pixel of the screen. */
function resize() {
  const { width, height } = whole();
  const across = (view.scrollLeft + view.clientWidth / 2) / canvas.offsetWidth;
  const down = (view.scrollTop + view.clientHeight / 2) / canvas.offsetHeight;
  const scale = scaleOf(choices.elements.scale.value, width, height);
  setLengths(canvas, {
    width: `${width * scale}px`,
    height: `${height * scale}px`,
    "margin-left": `${margin(view.clientWidth, width * scale)}px`,
    "margin-top": `${margin(view.clientHeight, height * scale)}px`,
  });
  canvas.classList.toggle("enlarged", scale * devicePixelRatio > 1);
  view.scrollTo(
    across * canvas.offsetWidth - view.clientWidth / 2,
    down * canvas.offsetHeight - view.clientHeight / 2,
  );
  divide();
}

/** Returns the margin that centers `length` in `room`. A fraction of a pixel would blur the picture. */
const margin = (room, length) => Math.max(0, Math.floor((room - length) / 2));

function scaleOf(chosen, width, height) {
  if (chosen !== "fit") return Number(chosen) / devicePixelRatio;
  return Math.min(view.clientWidth / width, view.clientHeight / height, 1);
}

/** Shows one picture on the left of the divider, and the other on its right. */
function divide() {
  const across = view.clientWidth * (slider.value / 100);
  const start = canvas.getBoundingClientRect().left - view.getBoundingClientRect().left;
  const hidden = Math.min(Math.max(across - start, 0), canvas.offsetWidth);
  divider.style.left = `${across}px`;
  part(".after").style.clipPath = `inset(0 0 0 ${hidden}px)`;
  slider.setAttribute("aria-valuetext", `${slider.value}% ${left.name}, ${100 - slider.value}% ${right.name}`);
}

function divideAt(clientX) {
  const { left: start, width } = view.getBoundingClientRect();
  slider.value = (100 * (clientX - start)) / width;
  divide();
}

/** Moves the divider with the pointer if it is on the divider or the pictures fit the view. Otherwise, moves them. */
function drag(event) {
  const scrolls = event.pointerType === "touch" && event.currentTarget === canvas;
  if (event.button || scrolls) return;
  const divides = event.currentTarget === divider || !isPannable();
  event.preventDefault();
  event.currentTarget.setPointerCapture(event.pointerId);
  if (divides) divideAt(event.clientX);
  event.currentTarget.onpointermove = (moved) => {
    if (divides) divideAt(moved.clientX);
    else view.scrollBy(-moved.movementX, -moved.movementY);
  };
}

const isPannable = () => view.scrollWidth > view.clientWidth || view.scrollHeight > view.clientHeight;

function choose(event) {
  const called = (name) => comparable(upload).find((each) => each.name === name);
  [left, right] = [called(choices.elements.left.value), called(choices.elements.right.value)];
  if (event.target.name !== "scale") return show();
  return resize();
}

/** Handles the keys in the footer, except where they already have a meaning: in a list, and in a large picture. */
function press(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target === choices.elements.left) return;
  const scrolls = event.target === view && isPannable();
  const picture = comparable(upload)[Number(/^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1]) - 1];
  if (picture && event.shiftKey) left = picture;
  else if (picture) right = picture;
  if (picture) show();
  else if (event.key in STEPS && !scrolls) step(STEPS[event.key]);
  else return;
  event.preventDefault();
}

for (const element of [canvas, divider]) {
  element.addEventListener("pointerdown", drag);
  for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => (element.onpointermove = null));
}
slider.addEventListener("input", divide);
view.addEventListener("scroll", divide);
choices.addEventListener("change", choose);
dialog.addEventListener("keydown", press);
new ResizeObserver(() => dialog.open && resize()).observe(view);
part(".previous").addEventListener("click", () => step(-1));
part(".next").addEventListener("click", () => step(1));
part(".close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => upload !== opened && reveal(upload));
