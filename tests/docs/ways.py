"""How the tests try each kind of command: a kind that is in no table fails a test."""

# As they stand there, in a checkout whose .env says STACK=embedded, with that stack running.
RUN = {
    "aws s3 rm",
    "awslocal s3 cp",
    "awslocal s3 ls",
    "make",
    "make backfill",
    "make demo",
    "make doctor",
    "make down",
    "make gallery",
    "make logs",
    "make redrive",
    "make status",
    "make up",
    "make upload",
    "pipeline --debug",
    "pipeline --help",
    "pipeline --install-completion",
    "pipeline backfill",
    "pipeline redrive",
    "pipeline status",
    "pipeline variants",
}

# So too, until Ctrl-C: by what they say when they are ready.
ENDLESS = {
    "make logs ARGS=--follow": "",
    "make dev": "Ctrl-C ends it",
    "make watch DIR=album": "Ctrl-C ends it",
}

# Only as make would do it, `make --dry-run`.
DRY = {
    "make bench": "takes eight minutes and Docker",
    "make deploy-aws": "needs an account; tests/unit/test_scripts.py runs the script",
    "make destroy-aws": "needs an account; tests/unit/test_scripts.py runs the script",
    "make function": "needs Docker; .ci/run compiles it for the tests on LocalStack",
    "make layer": "needs Docker and minutes; .ci/run builds it for the tests on LocalStack",
    "make lint": "needs Terraform; .ci/run runs it",
    "make soak": "takes an hour",
    "make test": "runs these very tests",
    "make test-aws": "needs an account",
    "make test-browser": "needs Chromium; .ci/run runs it",
    "make test-e2e": "needs Docker; .ci/run runs it",
}

NEVER = {
    "aws sqs delete-message": "takes the handle that the command above it has printed",
    "aws sqs receive-message": "needs an account: for queues the AWS CLI 1 goes to AWS, whatever AWS_ENDPOINT_URL says",
    "bash .ci/run": "it is all of the above",
    "pipeline upload": "the name of the command, without its files",
}

# What is not shown a second time: on this machine everything is installed.
FIRST_TIME = {"making .venv", "installing the locked requirements"}
# Of these nothing is compared: they are shown as on LocalStack.
SHOWN_ELSEWHERE = {"make up"}
