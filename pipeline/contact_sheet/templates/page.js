const totals = document.querySelector(".totals");
const wide = matchMedia("(min-width: 48rem)");

/** Folds the totals on a narrow screen, to make room for pictures. */
function fold() {
  totals.open = wide.matches;
}

wide.addEventListener("change", fold);
fold();
addEventListener("beforeprint", () => rows.forEach((row) => fill(row.element)));
