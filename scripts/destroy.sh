#!/usr/bin/env bash
# Destroys what deploy.sh deployed, as `make destroy-aws` does: it counts the objects in the buckets, asks for the name of
# the deployment, and deletes it. If a bucket holds objects, it stops, unless TF_VAR_force_destroy=true. With -y it
# doesn't ask.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

run_pipeline down --stack aws "$@"
