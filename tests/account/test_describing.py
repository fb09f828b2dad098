"""`pipeline describe` needs no more than the rights in docs/policies/operate.json."""

import json
import os
import subprocess
import sys
from dataclasses import asdict

from pipeline.deployed.deployment import Deployment
from pipeline.lib.paths import ROOT
from pipeline.stacks.account.policies import POLICIES
from tests.account.emulator import Account
from tests.account.test_aws_page import EMULATORS_OWN

# The emulator asks for the first right where AWS asks for GetFunctionConcurrency. In the ARN of a rule, it names the
# default bus, which AWS doesn't: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
INSTEAD = [
    {"Effect": "Allow", "Action": ["lambda:PutFunctionConcurrency"], "Resource": "*"},
    {"Effect": "Allow", "Action": ["events:DescribeRule"], "Resource": "arn:aws:events:*:*:rule/default/*"},
]
OWN = EMULATORS_OWN | {"Statement": [*EMULATORS_OWN["Statement"], *INSTEAD]}


def test_an_operator_may_describe_the_deployment(account: Account, outputs: dict[str, str]) -> None:
    rights = {"operate": (POLICIES / "operate.json").read_text(), "emulator": json.dumps(OWN)}
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    deployment = json.dumps(asdict(Deployment.from_outputs(outputs)))
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.operator", deployment, "describe", "--json"],
        cwd=ROOT,
        env=own | account.environment(account.user("operator", rights)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    description = json.loads(done.stdout)
    assert description["role"]["policies"]["processor"]["WriteVariants"]["Action"] == ["s3:PutObject"]
    assert description["upload_bucket"]["policy"]["DenyWithoutTLS"]["Effect"] == "Deny"
    assert description["rule"] is None
    assert description["alarms"].keys() >= {"failures", "lost", "errors"}
