# shellcheck shell=bash
# Functions for the other scripts, which source this file from the root of the checkout.

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

run_pipeline() { # ARGUMENT...
  [[ -x .venv/bin/python ]] || make --no-print-directory install
  exec .venv/bin/python -m pipeline "$@" # .venv/bin/pipeline fails if the checkout's path has a space
}

check_docker() {
  command -v docker >/dev/null ||
    fail "Docker is not installed: install it (https://docs.docker.com/get-docker/), or run \`make demo\`, which works without Docker."
  local answer
  answer=$(docker version --format '{{.Server.Version}}' 2>&1) && return
  case $answer in
    *"permission denied"*)
      fail "$answer" "You aren't allowed to use Docker: join its group (sudo usermod -aG docker $(id -un)), log in again, and retry. \`make demo\` needs no Docker." ;;
    *)
      fail "$answer" "Docker doesn't answer: start it (Docker Desktop, or sudo systemctl start docker), and retry. \`make demo\` needs no Docker." ;;
  esac
}
