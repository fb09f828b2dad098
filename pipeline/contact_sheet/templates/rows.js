// A row's head is made at once, so that names can be found and read out; its pictures when it comes near the window.
const NEAR = "800px";

const nearing = new IntersectionObserver(fill, { rootMargin: NEAR });
const uploadOf = new WeakMap();

/** A row of the list for UPLOAD. */
function rowOf(upload) {
  const row = make("li", { className: `row ${upload.state}` }, head(upload));
  if (upload.source || upload.variants.length) row.classList.add("pictured");
  uploadOf.set(row, upload);
  nearing.observe(row);
  return row;
}

function fill(seen) {
  for (const { isIntersecting, target } of seen) {
    if (!isIntersecting) continue;
    nearing.unobserve(target);
    target.append(body(uploadOf.get(target)));
  }
}

function head(upload) {
  return make(
    "div",
    { className: "head" },
    make("h2", {}, named(upload.name)),
    make("p", { className: `state ${upload.state}`, textContent: upload.state }),
    make("p", { className: "facts" }, ...facts(upload)),
  );
}

function facts(upload) {
  const found = [exact(upload.bytes, upload.size)];
  if (upload.milliseconds !== null) found.push(exact(upload.milliseconds, `${upload.time} in all`));
  if (upload.since) found.push(upload.since);
  return found.flatMap((fact) => [" · ", fact]).slice(1);
}

function body(upload) {
  const made = make("div", { className: "body" });
  if (upload.reason) made.append(make("p", { className: "reason" }, named(upload.reason)));
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

/** Copies what CODE shows; where a page may not, it is selected, for the person to do so. */
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
  const scale = upload.source ?? widest(upload.variants);
  const pictures = [upload.source, ...upload.variants].filter(Boolean);
  const made = make("div", { className: "strip" }, ...pictures.map((picture) => tile(upload, picture)));
  if (scale) setLengths(made, { "--whole-width": scale.width, "--whole-height": scale.height });
  return made;
}

const widest = (pictures) => pictures.toSorted((one, other) => other.width - one.width)[0];

function tile(upload, picture) {
  const image = make("img", { alt: "", decoding: "async", src: loadable(picture.address) });
  setLengths(image, { "--width": picture.width, "--height": picture.height });
  return make("figure", { className: picture.name }, frame(upload, picture, image), caption(picture));
}

/** The picture, as a button where there is something to compare. */
function frame(upload, picture, image) {
  if (!upload.source || !upload.variants.length) {
    image.alt = `${picture.name} of ${upload.name}`;
    return make("div", { className: "frame" }, image);
  }
  const isSource = picture === upload.source;
  const label = isSource ? `Compare ${upload.name} with its variants` : `Compare ${picture.name} of ${upload.name}`;
  const button = make("button", { type: "button", className: "frame", label }, image);
  button.addEventListener("click", () => compare(upload, isSource ? upload.variants[0] : picture));
  return button;
}

function caption(picture) {
  const pixels = `${picture.width} × ${picture.height}`;
  const share = make("span", { className: "share", textContent: picture.share });
  share.append(make("span", { className: "unseen", textContent: " of the original" }));
  const time = make("span", { textContent: picture.time ?? "", title: picture.steps ?? "" });
  return make(
    "figcaption",
    {},
    make("strong", { textContent: picture.name }),
    share,
    make("span", { textContent: picture.format }),
    exact(picture.bytes, picture.size),
    make("span", { textContent: pixels }),
    time,
  );
}

function setLengths(element, lengths) {
  for (const [name, pixels] of Object.entries(lengths)) element.style.setProperty(name, pixels);
}
