#!/usr/bin/env bash
# Deploys to the AWS account of your credentials: builds layer and function, shows the plan, asks, applies.
# AUTO_APPROVE=1 does not ask. TF_VAR_<name>=... sets any variable of terraform/variables.tf.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

main() {
  check_tools
  check_approval
  check_no_emulator
  check_credentials
  scripts/build_layer_docker.sh "${TF_VAR_architecture:-x86_64}"
  scripts/build_function_docker.sh
  in_terraform init -input=false
  check_target
  echo "Deploying $name to account $account, region $region."

  trap 'rm -f terraform/tfplan' EXIT
  in_terraform plan -input=false -out=tfplan
  confirm "Apply this plan to account $account, region $region?"
  in_terraform apply -input=false tfplan # which prints the outputs
  printf '\nUpload an image:\n  %s\n' "$(output upload_command_example)"
}

main "$@"
