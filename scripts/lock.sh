#!/usr/bin/env bash
# Locks the requirements of the command, of the tests, and of checkov, which needs other versions, with their hashes. The
# packages of the layer are left out: lambda/layer/requirements.txt has their versions, and is installed here too.
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
  uv pip compile - "${OPTIONS[@]}" --output-file requirements-checkov.txt <<<checkov
}

main "$@"
