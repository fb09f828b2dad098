"""Messages of the failure queue that a command cannot see just now."""

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.failures import held
from pipeline.lib.terminal import say


def tell_held(deployment: Deployment) -> None:
    """Tells of messages that are out of sight, so that nobody takes what they name for lost, or for mended."""
    if count := held(deployment):
        say(
            f"{count:,} messages of the failure queue are held by another command, or by one that was killed:"
            " until they are back, a few minutes at most, what they name seems pending"
        )
