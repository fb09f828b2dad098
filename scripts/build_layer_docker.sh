#!/usr/bin/env bash
# Builds the Pillow layer in Docker: terraform/pillow_layer.zip, or with the argument arm64, pillow_layer_arm64.zip.
# LAYER_WITHOUT="heic avif" leaves out the libraries that decode these formats.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

# Lambda and Docker have different names for architectures.
case ${1:-x86_64} in
  x86_64) readonly LAYER=terraform/pillow_layer.zip PLATFORM=linux/amd64 ;;
  arm64) readonly LAYER=terraform/pillow_layer_arm64.zip PLATFORM=linux/arm64 ;;
  *) echo "usage: build_layer_docker.sh [x86_64|arm64]" >&2 && exit 2 ;;
esac

# Succeeds if this Docker can run programs for $PLATFORM, natively or by emulation.
runs_platform() {
  local builder
  builder=$(docker buildx inspect --bootstrap) && grep -q "Platforms:.*$PLATFORM\b" <<<"$builder"
}

build() {
  local options=(--platform "$PLATFORM" --output "$1" --build-arg "LAYER_WITHOUT=${LAYER_WITHOUT:-}")
  runs_platform || {
    echo "This Docker can't run programs for $PLATFORM, so the layer isn't tested in Lambda's image." >&2
    options+=(--target untried)
  }
  DOCKER_BUILDKIT=1 docker build "${options[@]}" --file lambda/layer/Dockerfile lambda ||
    fail "The layer can't be built: see the error above."
  touch "$1/pillow_layer.zip" # make compares dates, and a cached build has an old one
  mv "$1/pillow_layer.zip" "$LAYER"
}

sha256() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi; }

report() {
  local digest
  digest=$(sha256 "$LAYER")
  printf '%s  %d bytes  sha256 %s\n' "$LAYER" "$(wc -c <"$LAYER")" "${digest%% *}"
}

main() {
  check_docker
  output=$(mktemp -d)
  trap 'rm -rf "$output"' EXIT
  build "$output"
  report
}

main "$@"
