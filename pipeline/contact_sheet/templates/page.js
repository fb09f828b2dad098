const totals = document.querySelector(".totals");
const wide = matchMedia("(min-width: 48rem)");

/** On a narrow screen the totals are one line that opens: the first screen is for pictures. */
function fold() {
  totals.open = wide.matches;
}

wide.addEventListener("change", fold);
fold();
addEventListener("beforeprint", () => rows.forEach((row) => fill(row.element)));
