"""Find elements of the sheet by their text, as a person does."""

from playwright.sync_api import Locator, Page

# Text that is not drawn yet does not count as visible.
DRAWN = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


def row(page: Page, name: str) -> Locator:
    """Return the row of the upload called `name`, with its pictures."""
    found = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=name, exact=True))
    found.scroll_into_view_if_needed()
    found.locator(".body").wait_for()
    page.evaluate(DRAWN)
    return found


def names(page: Page) -> list[str]:
    """Return the names of the uploads on the page, from top to bottom."""
    return page.locator(".row:visible h2").all_text_contents()


def compare(page: Page, name: str, variant: str) -> Locator:
    """Open the comparison of `variant` with its source, and return it with both pictures loaded."""
    row(page, name).get_by_role("button", name=f"Compare {variant} of").click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".after").evaluate("image => image.decode()")
    dialog.locator(".before").evaluate("image => image.decode()")
    return dialog


def number(element: Locator, expression: str) -> float:
    """Return the number that a JavaScript `expression` has for `element`."""
    found = element.evaluate(f"element => {expression}")
    assert isinstance(found, (int, float))
    return found
