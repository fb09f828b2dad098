#!/usr/bin/env bash
# Builds the Pillow layer in Docker and leaves it as terraform/pillow_layer.zip.
set -euo pipefail

readonly LAYER=terraform/pillow_layer.zip

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

check_docker() {
  command -v docker >/dev/null ||
    fail "Docker is not installed: install it (https://docs.docker.com/get-docker/), or run \`make demo\`, which needs none."
  local answer
  answer=$(docker version --format '{{.Server.Version}}' 2>&1) && return
  case $answer in
    *"permission denied"*)
      fail "$answer" "You may not use Docker yet: join its group (sudo usermod -aG docker $(id -un)), log in again and retry; \`make demo\` needs no Docker." ;;
    *)
      fail "$answer" "Docker does not answer: start it (Docker Desktop, or sudo systemctl start docker) and retry; \`make demo\` needs no Docker." ;;
  esac
}

build() {
  DOCKER_BUILDKIT=1 docker build --platform linux/amd64 --output "$1" lambda/layer ||
    fail "The layer could not be built: the lines above say why."
  touch "$1/pillow_layer.zip" # a cached build keeps its date, and make goes by dates
  mv "$1/pillow_layer.zip" "$LAYER"
}

sha256() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi; }

report() {
  local digest
  digest=$(sha256 "$LAYER")
  printf '%s  %d bytes  sha256 %s\n' "$LAYER" "$(wc -c <"$LAYER")" "${digest%% *}"
}

main() {
  cd "$(dirname "${BASH_SOURCE[0]}")/.."
  check_docker
  output=$(mktemp -d)
  trap 'rm -rf "$output"' EXIT
  build "$output"
  report
}

main "$@"
