#!/usr/bin/env bash
# Compiles the function for Lambda's Python, in Docker, and writes it to terraform/function. Terraform makes a zip of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

readonly FUNCTION=terraform/function

main() {
  check_docker
  rm -rf "$FUNCTION"
  DOCKER_BUILDKIT=1 docker build --quiet --output "$FUNCTION" lambda >/dev/null ||
    fail "The function can't be compiled: see the error above."
  touch "$FUNCTION" # make compares dates, and a cached build has an old one
}

main "$@"
