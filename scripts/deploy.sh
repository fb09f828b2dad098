#!/usr/bin/env bash
# Deploys to the AWS account of your credentials, as `make deploy-aws` does: builds the layer and the function, shows the
# plan, asks, and applies it. With -y, it doesn't ask. For all options, see `.venv/bin/pipeline up --help`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

run_pipeline up --stack aws "$@"
