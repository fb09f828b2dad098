#!/usr/bin/env bash
# Locks four sets of requirements, with hashes: of the command, of the tests, of the web example, and of checkov, which
# needs other versions. It leaves out Pillow and pi-heif, which lambda/layer/requirements.txt locks.
set -euo pipefail

readonly OPTIONS=(--universal --python-version 3.11 --generate-hashes --no-emit-index-url --system-certs --quiet
  --no-emit-package pillow --no-emit-package pi-heif --constraints lambda/layer/requirements.txt --custom-compile-command "make lock")

lock() { # FILE EXTRA...
  local file=$1 extras=()
  shift
  for extra in "$@"; do extras+=(--extra "$extra"); done
  uv pip compile pyproject.toml "${OPTIONS[@]}" "${extras[@]}" --output-file "$file"
}

main() {
  cd "$(dirname "${BASH_SOURCE[0]}")/.."
  command -v uv >/dev/null || { echo "uv is not installed: python3 -m pip install uv, then try again." >&2; exit 1; }
  lock requirements.txt install
  lock requirements-dev.txt install dev
  uv pip compile - "${OPTIONS[@]}" --constraint requirements.txt --output-file examples/web/requirements.txt \
    <<<$'boto3\nhypercorn\nstarlette'
  uv pip compile - "${OPTIONS[@]}" --output-file requirements-checkov.txt <<<checkov
}

main "$@"
