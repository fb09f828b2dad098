const addresses = new Map();

/** Returns the URL that an img loads for `address`: of a file next to the page, or of a picture in the page. */
function loadable(address) {
  if (!address.startsWith("#")) return address;
  if (!addresses.has(address)) addresses.set(address, URL.createObjectURL(embedded(address.slice(1))));
  return addresses.get(address);
}

function embedded(id) {
  const holder = document.getElementById(id);
  const picture = new Blob([bytes(holder.textContent)], { type: holder.dataset.type });
  holder.remove();
  return picture;
}

function bytes(base64) {
  const text = atob(base64);
  const array = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) array[at] = text.charCodeAt(at);
  return array;
}
