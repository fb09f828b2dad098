"""`pipeline describe`: show a deployment as it is."""

from typing import Any

from pipeline.commands.common.options import Json, StackName
from pipeline.deployed.description import describe as describe_deployment
from pipeline.deployed.description import fields
from pipeline.lib.terminal import plain_table, print_json, print_table, styled
from pipeline.lib.text import json_line
from pipeline.stacks.table import DEFAULT, get_stack

EXAMPLES = ("pipeline describe", "pipeline describe --stack embedded --json")


def describe(json: Json = False, stack: StackName = DEFAULT) -> None:
    """Show the settings of every part of a stack, as AWS's API reports them.

    Names, the account, and the region are replaced, as in <upload bucket>, so that two stacks can be compared with
    diff. Values of the function's environment are left out.
    """
    description = describe_deployment(get_stack(stack).describe())
    if json:
        print_json(description)
        return
    table = plain_table()
    for column in ("setting", "value"):
        table.add_column(column, overflow="fold")
    for path, value in fields(description):
        table.add_row(styled(path), styled(_text(value)))
    print_table(table)


def _text(value: Any) -> str:
    """Return `value` for a person: a text as it is, a list of texts with commas, nothing as a dash."""
    if value in (None, "", [], {}):
        return "-"
    if isinstance(value, list) and all(isinstance(member, str) for member in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json_line(value)
