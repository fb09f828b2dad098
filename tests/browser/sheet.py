"""How the tests find things on the sheet, as a person does: by what is written there."""

from playwright.sync_api import Locator, Page

# What is not drawn yet has no text to be seen.
DRAWN = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


def row(page: Page, name: str) -> Locator:
    """The row of the upload called NAME, with its pictures."""
    found = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=name, exact=True))
    found.scroll_into_view_if_needed()
    found.locator(".body").wait_for()
    page.evaluate(DRAWN)
    return found


def names(page: Page) -> list[str]:
    """The uploads that are shown, from top to bottom."""
    return page.locator(".row:visible h2").all_text_contents()


def compare(page: Page, name: str, variant: str) -> Locator:
    """Opens the comparison of VARIANT with its source."""
    row(page, name).get_by_role("button", name=f"Compare {variant} of").click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".after").evaluate("image => image.decode()")
    dialog.locator(".before").evaluate("image => image.decode()")
    return dialog


def number(element: Locator, expression: str) -> float:
    """What a script says of ELEMENT."""
    found = element.evaluate(f"element => {expression}")
    assert isinstance(found, (int, float))
    return found
