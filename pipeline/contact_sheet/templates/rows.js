// Each row has its heading from the start, so that the browser's search and screen readers find it. If there are many
// rows, only those near the window get pictures.
const FEW = 100;
const NEAR = "800px";
const OWN_SIZE = 320; // pixels: up to this, a small variant is shown in its own size

const nearing = new IntersectionObserver(fillNear, { rootMargin: NEAR });
const uploadOf = new WeakMap();

/** Returns a row of the list for `upload`. */
function rowOf(upload) {
  const row = make("li", { className: `row ${upload.state}` }, head(upload));
  if (upload.source || upload.variants.length) row.classList.add("pictured");
  uploadOf.set(row, upload);
  nearing.observe(row);
  return row;
}

function fillNear(seen) {
  for (const { isIntersecting, target } of seen) if (isIntersecting) fill(target);
}

/** Adds the pictures to `row`. */
function fill(row) {
  if (row.querySelector(".body")) return;
  nearing.unobserve(row);
  row.append(body(uploadOf.get(row)));
}

function head(upload) {
  return make(
    "div",
    { className: "head" },
    entitle(make("h2"), upload),
    make("p", { className: `state ${upload.state}`, textContent: upload.state }),
    make("p", { className: "facts" }, ...facts(upload)),
  );
}

function facts(upload) {
  const found = [exact(upload.bytes, upload.size)];
  if (upload.milliseconds !== null) found.push(exact(upload.milliseconds, `${upload.time} in total`));
  if (upload.version) found.push(make("b", { textContent: upload.version }));
  if (upload.since) found.push(upload.since);
  return found.flatMap((fact) => [" · ", fact]).slice(1);
}

function body(upload) {
  const made = make("div", { className: "body" });
  if (upload.reason) made.append(make("p", { className: "reason" }, foreign(upload.reason)));
  if (upload.animation) made.append(make("p", { className: "animation" }, "Animation: ", foreign(upload.animation)));
  if (upload.command) made.append(remedy(upload.command));
  made.append(strip(upload));
  return made;
}

function remedy(command) {
  const code = make("code", { textContent: command });
  const button = make("button", { type: "button", textContent: "Copy", label: `Copy ${command}` });
  button.addEventListener("click", () => copy(code, button));
  return make("p", { className: "remedy" }, code, " ", button);
}

/** Copies the text of `code`, or selects it if the browser doesn't let the page copy. */
async function copy(code, button) {
  getSelection().selectAllChildren(code);
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Selected";
  }
}

function strip(upload) {
  const pictures = [upload.source, ...upload.variants].filter(Boolean);
  const made = make("div", { className: "strip" }, ...pictures.map((picture) => tile(upload, picture)));
  const reduced = pictures.filter((each) => isReduced(upload, each));
  setLengths(made, { "--tallest": Math.max(0, ...reduced.map((each) => each.height)) });
  return made;
}

/** Returns whether `picture` is smaller than others of `upload`, and small enough for a frame of its own size. */
function isReduced(upload, picture) {
  const isSmaller = upload.variants.some((each) => each.width > picture.width);
  return isSmaller && Math.max(picture.width, picture.height) <= OWN_SIZE;
}

function tile(upload, picture) {
  const image = make("img", { alt: "", decoding: "async", src: loadable(picture.preview) });
  image.classList.toggle("transparent", picture.transparent);
  const made = make("figure", { className: picture.name }, frame(upload, picture, image), caption(upload, picture));
  made.classList.toggle("reduced", isReduced(upload, picture));
  setLengths(made, { "--width": picture.width, "--height": picture.height });
  return made;
}

/** Returns the picture, as a button if there is something to compare it with. */
function frame(upload, picture, image) {
  if (comparable(upload).length < 2) {
    image.alt = `${picture.name} of ${spoken(upload)}`;
    return make("div", { className: "frame" }, image);
  }
  const isSource = picture === upload.source;
  const label = isSource ? `Compare ${spoken(upload)} with its variants` : `Compare ${picture.name} of ${spoken(upload)}`;
  const button = make("button", { type: "button", className: "frame", label }, image);
  button.addEventListener("click", () => compare(upload, isSource ? upload.variants[0] : picture));
  return button;
}

function caption(upload, picture) {
  const share = make("span", { className: "share", textContent: picture.share });
  share.append(make("span", { className: "unseen", textContent: " of the original" }));
  const made = make(
    "figcaption",
    {},
    make("strong", { textContent: picture.name }),
    share,
    make("span", { textContent: picture.format }),
    exact(picture.bytes, picture.size),
    make("span", { textContent: `${picture.width} × ${picture.height}` }),
    make("span", { textContent: picture.time ?? "", title: picture.steps ?? "" }),
  );
  if (isReduced(upload, picture)) made.append(make("span", { className: "own", textContent: "actual size" }));
  if (!picture.address) {
    made.append(make("span", { className: "own", textContent: `preview: browsers don't show ${picture.format}` }));
  }
  return made;
}
