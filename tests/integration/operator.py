"""`pipeline` in a process of its own: `python -m tests.integration.operator DEPLOYMENT COMMAND...`, DEPLOYMENT as JSON.

At the end it prints its greatest memory, in MB, on standard error.
"""

import json
import resource
import sys

from pipeline.cli import main
from pipeline.deployed.deployment import Deployment
from pipeline.stacks import table
from tests.integration.commands import Existing

if __name__ == "__main__":
    deployment = Deployment(**json.loads(sys.argv[1]))
    table.STACKS["embedded"] = lambda _: Existing(deployment)
    sys.argv = ["pipeline", *sys.argv[2:], "--stack", "embedded"]
    try:
        main()
    finally:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)
