const dialog = document.querySelector(".comparison");
const [choices, variants, view, canvas, before, after, divider, left, right, slider, note] = [
  ".choices",
  ".variants",
  ".view",
  ".canvas",
  ".before",
  ".after",
  ".divider",
  ".left",
  ".right",
  "[type=range]",
  ".note",
].map((selector) => dialog.querySelector(selector));

let upload; // the one that is compared
let variant;

/** Opens the comparison of the source of COMPARED with one of its variants. */
function compare(compared, first) {
  upload = compared;
  dialog.querySelector("h2").replaceChildren(named(upload.name));
  variants.replaceChildren(variants.firstElementChild, ...upload.variants.map((each) => choice(each, each === first)));
  before.src = loadable(upload.source.address);
  slider.value = 50;
  dialog.showModal();
  slider.focus();
  show();
  view.scrollTo((view.scrollWidth - view.clientWidth) / 2, (view.scrollHeight - view.clientHeight) / 2);
}

function choice(each, checked) {
  const input = make("input", { type: "radio", name: "variant", value: each.name, checked });
  return make("label", { className: "chip" }, input, make("span", { textContent: each.name }));
}

function show() {
  variant = upload.variants.find((each) => each.name === choices.elements.variant.value);
  after.src = loadable(variant.address);
  left.textContent = `source · ${upload.source.size}`;
  right.textContent = `${variant.name} · ${variant.size} · ${variant.share}`;
  note.textContent = remark();
  resize();
}

function remark() {
  const times = upload.source.width / variant.width;
  if (times <= 1) return `${upload.source.width} × ${upload.source.height} pixels each`;
  const pixels = `${variant.width} × ${variant.height} pixels`;
  return `${variant.name} has ${pixels}: enlarged ${times.toFixed(1)} times, to the source's scale`;
}

/** Gives the pictures the chosen scale; what was in the middle stays there. At 1:1 their pixels are the screen's. */
function resize() {
  const { width, height } = upload.source;
  const across = (view.scrollLeft + view.clientWidth / 2) / canvas.offsetWidth;
  const down = (view.scrollTop + view.clientHeight / 2) / canvas.offsetHeight;
  const scale = scaleOf(choices.elements.scale.value, width, height);
  setLengths(canvas, {
    width: `${width * scale}px`,
    height: `${height * scale}px`,
    "margin-left": `${centerd(view.clientWidth, width * scale)}px`,
    "margin-top": `${centerd(view.clientHeight, height * scale)}px`,
  });
  canvas.classList.toggle("enlarged", scale * devicePixelRatio > 1);
  view.scrollTo(
    across * canvas.offsetWidth - view.clientWidth / 2,
    down * canvas.offsetHeight - view.clientHeight / 2,
  );
  divide();
}

/** A whole number, or else 1:1 is between two pixels of the screen. */
const centerd = (room, length) => Math.max(0, Math.floor((room - length) / 2));

function scaleOf(chosen, width, height) {
  if (chosen !== "fit") return Number(chosen) / devicePixelRatio;
  return Math.min(view.clientWidth / width, view.clientHeight / height, 1);
}

/** Left of the divider is the source, right of it the variant. */
function divide() {
  const across = view.clientWidth * (slider.value / 100);
  const start = canvas.getBoundingClientRect().left - view.getBoundingClientRect().left;
  const hidden = Math.min(Math.max(across - start, 0), canvas.offsetWidth);
  divider.style.left = `${across}px`;
  after.style.clipPath = `inset(0 0 0 ${hidden}px)`;
  slider.setAttribute("aria-valuetext", `${slider.value}% source, ${100 - slider.value}% ${variant.name}`);
}

function divideAt(clientX) {
  const { left: start, width } = view.getBoundingClientRect();
  slider.value = (100 * (clientX - start)) / width;
  divide();
}

/** The pointer moves the pictures, or the divider: on it, and where the pictures are seen whole. */
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

for (const element of [canvas, divider]) {
  element.addEventListener("pointerdown", drag);
  for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => (element.onpointermove = null));
}
slider.addEventListener("input", divide);
view.addEventListener("scroll", divide);
choices.addEventListener("change", show);
new ResizeObserver(() => dialog.open && resize()).observe(view);
dialog.querySelector(".close").addEventListener("click", () => dialog.close());
