#!/usr/bin/env bash
# Runs the unit tests and the tests of the embedded stack on each Python version that the project supports, and the
# decoders' tests with the newest Pillow, each in an environment in build/matrix. `make test-matrix` calls this script.
# Options go to pytest. To run one version, set VERSIONS="3.13". To run other tests, set UNIT and EMBEDDED.
set -euo pipefail

readonly MATRIX=build/matrix
read -ra versions <<<"${VERSIONS:-3.11 3.12 3.13}"
read -ra unit <<<"${UNIT:-tests/unit}"
read -ra embedded <<<"${EMBEDDED:-tests/integration}"
readonly DECODERS=(tests/unit/test_{decode,decode_formats,decode_reference,jpeg,png,gif,bmp,webp,heif}.py)

failed=()
python=

say() { printf '· %s\n' "$*" >&2; }

check() { # COMMAND...
  say "$*"
  "$@" || failed+=("$*")
}

find_python() { # VERSION: sets python, or fails
  local version=$1 candidate
  for candidate in "$(command -v "python$version")" "$(pyenv_python "$version")"; do
    python=$candidate
    # A pyenv shim is on PATH even if its version isn't active, and then it fails.
    if [[ -n $python ]] && "$python" -c 'import venv' 2>/dev/null; then return 0; fi
  done
  return 1
}

pyenv_python() { # VERSION
  command -v pyenv >/dev/null || return 0
  local installed
  installed=$(pyenv versions --bare | grep "^${1//./\\.}\.[0-9]*$" | sort --version-sort | tail -1) || return 0
  printf '%s/bin/python' "$(pyenv prefix "$installed")"
}

install() { # DIRECTORY: makes an environment with the locked requirements, for the interpreter in `python`
  local pip=("$1/bin/python" scripts/isolated_pip.py install --quiet --disable-pip-version-check --require-virtualenv)
  local layer=(--requirement lambda/layer/requirements.txt)
  [[ -e $1/installed && ! requirements-dev.txt -nt $1/installed && ! lambda/layer/requirements.txt -nt $1/installed &&
    ! examples/web/requirements.txt -nt $1/installed ]] && return
  say "installing the locked requirements in $1"
  "$python" -m venv --clear "$1"
  "${pip[@]}" --require-hashes --requirement requirements.txt "${layer[@]}"
  "${pip[@]}" --no-deps --no-build-isolation --editable .
  "${pip[@]}" --require-hashes --requirement requirements-dev.txt "${layer[@]}"
  "${pip[@]}" --require-hashes --requirement examples/web/requirements.txt
  touch "$1/installed"
}

test_version() { # VERSION [OPTION...]
  local directory=$MATRIX/$1
  install "$directory" || { failed+=("installing on Python $1"); return 0; }
  check "$directory/bin/pytest" "${@:2}" "${unit[@]}"
  check "$directory/bin/pytest" "${@:2}" --stack embedded "${embedded[@]}"
}

test_newest_pillow() { # [OPTION...]
  local directory=$MATRIX/newest-pillow
  install "$directory" || { failed+=("installing for the newest Pillow"); return 0; }
  "$directory/bin/python" scripts/isolated_pip.py install --quiet --disable-pip-version-check --upgrade pillow ||
    { failed+=("installing the newest Pillow"); return 0; }
  say "Pillow $("$directory/bin/python" -c 'import PIL; print(PIL.__version__)')"
  check "$directory/bin/pytest" "$@" "${DECODERS[@]}"
}

main() {
  cd "$(dirname "${BASH_SOURCE[0]}")/.."
  local version last=
  for version in "${versions[@]}"; do
    if ! find_python "$version"; then
      say "skipped Python $version, which this machine doesn't have"
      continue
    fi
    last=$python
    test_version "$version" "$@"
  done
  [[ -n $last ]] || { say "none of these Python versions is installed: ${versions[*]}"; exit 1; }
  python=$last
  test_newest_pillow "$@"
  ((${#failed[@]} == 0)) || { printf 'failed: %s\n' "${failed[@]}" >&2; exit 1; }
}

main "$@"
