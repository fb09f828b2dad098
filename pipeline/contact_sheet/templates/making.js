const MAX_NAME = 72; // characters of a name that is shown whole

/** Returns an element with `properties`. Text from elsewhere stays text, whatever it contains. */
function make(tag, properties = {}, ...children) {
  const { label, ...others } = properties;
  const made = Object.assign(document.createElement(tag), others);
  if (label) made.setAttribute("aria-label", label);
  made.append(...children);
  return made;
}

/** Returns text from elsewhere as an element that reads from left to right, and does not reorder what surrounds it. */
const foreign = (text) => make("bdi", { dir: "ltr", textContent: text });

/** Returns `text` with an exact number for programs. */
const exact = (value, text) => make("data", { value: String(value), textContent: text });

/** Makes `heading` show the name of `upload`. A long one is shortened; a pointer and a screen reader get all of it. */
function entitle(heading, upload) {
  const short = shortened(upload.name);
  const isShort = short !== upload.name;
  heading.replaceChildren(foreign(short));
  heading.title = isShort ? upload.name : "";
  if (isShort) heading.setAttribute("aria-label", upload.name);
  else heading.removeAttribute("aria-label");
  return heading;
}

/** Returns `name` without its middle if it is long: folders and file types are at its ends. */
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
