"""Local links and pictures in README.md and docs/ exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.docs.commands import PAGES

IN_HTML = re.compile(r'(?:href|src|srcset)="([^"]+)"')


def tokens(page: Path) -> Iterator[Token]:
    """Yield the tokens of `page`, the inline ones too."""
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text()):
        yield token
        yield from token.children or []


def links(page: Path) -> set[str]:
    """Return the links and pictures of `page` that are files of this project."""
    found = {str(token.attrs.get("href") or token.attrs.get("src") or "") for token in tokens(page)}
    found |= {link for token in tokens(page) if token.type == "html_block" for link in IN_HTML.findall(token.content)}
    return {link for link in found if link and "://" not in link}


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of `page`."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_local_link_exists(page: Path) -> None:
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link
