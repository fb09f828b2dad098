/** An element with PROPERTIES; what is given as text stays text, whatever it holds. */
function make(tag, properties = {}, ...children) {
  const { label, ...others } = properties;
  const made = Object.assign(document.createElement(tag), others);
  if (label) made.setAttribute("aria-label", label);
  made.append(...children);
  return made;
}

/** A name that somebody gave: its direction is its own. */
const named = (name) => make("bdi", { textContent: name });

/** Text with an exact number behind it. */
const exact = (value, text) => make("data", { value: String(value), textContent: text });
