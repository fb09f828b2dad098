"""`pipeline down`: stop a stack and delete what is in it."""

from pipeline.commands.common.options import Json, StackName, Yes
from pipeline.lib.terminal import print_json, steps
from pipeline.stacks.account.preflight import approve
from pipeline.stacks.table import DEFAULT, get_stack

EXAMPLES = ("pipeline down", "pipeline down --stack embedded")


def down(yes: Yes = False, json: Json = False, stack: StackName = DEFAULT) -> None:
    """Stop a stack and delete everything in it. Safe to repeat."""
    approve(yes)
    with steps() as say:
        get_stack(stack).stop(say)
    if json:
        print_json({"stack": stack, "state": "down"})
