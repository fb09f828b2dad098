const MAX_NAME = 72; // characters of a name that isn't shortened

/** Returns an element with `properties`. Text is never parsed as HTML. */
function make(tag, properties = {}, ...children) {
  const { label, ...others } = properties;
  const made = Object.assign(document.createElement(tag), others);
  if (label) made.setAttribute("aria-label", label);
  made.append(...children);
  return made;
}

/** Returns `text` in an element that reads from left to right, so that it can't reorder what surrounds it. */
const foreign = (text) => make("bdi", { dir: "ltr", textContent: text });

/** Returns `text` with an exact number for programs. */
const exact = (value, text) => make("data", { value: String(value), textContent: text });

/** Shows the name of `upload` in `heading`. A long name is shortened, except in its tooltip and for screen readers. */
function entitle(heading, upload) {
  const short = shortened(upload.name);
  const isShort = short !== upload.name;
  heading.replaceChildren(foreign(short));
  heading.title = isShort ? upload.name : "";
  if (isShort) heading.setAttribute("aria-label", upload.name);
  else heading.removeAttribute("aria-label");
  return heading;
}

/** Returns `name`, without its middle if it is long: its ends have the folder and the file type. */
function shortened(name) {
  if (name.length <= MAX_NAME) return name;
  const letters = [...new Intl.Segmenter().segment(name)].map(({ segment }) => segment);
  if (letters.length <= MAX_NAME) return name;
  const half = MAX_NAME / 2 - 1;
  return `${letters.slice(0, half).join("")}…${letters.slice(-half).join("")}`;
}

/** Returns what a screen reader calls `upload`. */
const spoken = (upload) => (upload.version ? `${upload.name}, ${upload.version}` : upload.name);

function setLengths(element, lengths) {
  for (const [name, pixels] of Object.entries(lengths)) element.style.setProperty(name, pixels);
}
