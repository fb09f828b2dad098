#!/usr/bin/env bash
# Fixes what a program can fix, then runs all checks, even if one fails. With CI=true, it fixes nothing, and a missing tool
# is an error. `make lint` calls it with .venv on PATH.
set -euo pipefail

failed=()

check() { # COMMAND...
  printf '· %s\n' "$*" >&2
  "$@" || failed+=("$*")
}

in_ci() { [[ ${CI:-} == true ]]; }

# has TOOL: succeeds if TOOL is installed. If not, its checks are skipped, except in CI.
has() {
  command -v "$1" >/dev/null && return
  echo "· skipped the checks that need $1, which is not installed" >&2
  if in_ci; then failed+=("$1 is not installed"); fi
  return 1
}

fix() {
  check ruff check --quiet --fix-only .
  check ruff format --quiet .
  if command -v terraform >/dev/null; then check terraform fmt -recursive terraform examples; fi
}

check_python() {
  check ruff check .
  check ruff format --check .
  check lint-imports --no-logo
  PYTHONPATH=lambda check lint-imports --no-logo lambda/.importlinter
  check mypy
}

check_shell() {
  check shellcheck --external-sources scripts/*.sh .ci/run
}

check_terraform() {
  has terraform || return 0
  export TF_PLUGIN_CACHE_DIR=${TF_PLUGIN_CACHE_DIR:-$PWD/.stack/plugins} TF_IN_AUTOMATION=1
  mkdir -p "$TF_PLUGIN_CACHE_DIR"
  check terraform fmt -recursive -check -diff terraform examples
  check .venv-checkov/bin/checkov --directory terraform --framework terraform --skip-download --quiet --compact
  check pytest --quiet tests/terraform
}

check_compose() {
  has docker || return 0
  check docker compose config --quiet
}

main() {
  cd "$(dirname "${BASH_SOURCE[0]}")/.."
  in_ci || fix
  check_python
  check_shell
  check_terraform
  check_compose
  ((${#failed[@]} == 0)) || { printf 'failed: %s\n' "${failed[@]}" >&2; exit 1; }
}

main "$@"
