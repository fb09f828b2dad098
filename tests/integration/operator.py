"""Run `pipeline` in a separate process: `python -m tests.integration.operator DEPLOYMENT COMMAND...`.

DEPLOYMENT is JSON. The last line on standard error is the peak memory in MB. With SLACK in the environment, `redrive`
holds messages for so many seconds longer than an invocation may take.
"""

import json
import os
import resource
import sys

from pipeline.cli import main
from pipeline.commands import redrive
from pipeline.deployed.deployment import Deployment
from tests.integration.commands import Existing, injected

if __name__ == "__main__":
    fields = json.loads(sys.argv[1])
    deployment = Deployment(**fields | {"upload_suffixes": tuple(fields["upload_suffixes"])})
    redrive.SLACK = int(os.environ.get("SLACK", redrive.SLACK))
    with injected(Existing(deployment)) as choice:
        sys.argv = ["pipeline", *sys.argv[2:], *choice]
        try:
            main()
        finally:
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)
