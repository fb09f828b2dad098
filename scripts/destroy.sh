#!/usr/bin/env bash
# Deletes what deploy.sh deployed, as `make destroy-aws` does: counts the objects in the buckets, asks for the name of the
# deployment, and deletes it. If a bucket contains objects, it deletes nothing, unless TF_VAR_force_destroy=true. With
# -y, it doesn't ask.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

run_pipeline down --stack aws "$@"
