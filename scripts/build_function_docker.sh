#!/usr/bin/env bash
# Compiles the function for Lambda's Python in Docker, and writes it to terraform/function, which Terraform zips.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

readonly FUNCTION=terraform/function

main() {
  check_docker
  rm -rf "$FUNCTION"
  DOCKER_BUILDKIT=1 docker build --quiet --output "$FUNCTION" lambda >/dev/null ||
    fail "The function could not be compiled: see the error above."
  touch "$FUNCTION" # a cached build keeps its old date, and make compares dates
}

main "$@"
