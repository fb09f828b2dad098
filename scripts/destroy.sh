#!/usr/bin/env bash
# Destroys what deploy.sh deployed, after asking. Objects in the buckets stop it before anything is deleted;
# TF_VAR_force_destroy=true deletes them too. AUTO_APPROVE=1 does not ask.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

# Terraform itself would find out only after it has deleted all the rest.
check_buckets_empty() {
  local output_name bucket keys
  for output_name in upload_bucket_name processed_bucket_name; do
    bucket=$(output "$output_name") || continue
    keys=$(aws s3api list-object-versions --bucket "$bucket" --region "$region" --max-keys 1 --no-paginate \
      --query '[Versions, DeleteMarkers][].Key' --output text) ||
      fail "The bucket $bucket cannot be read: the line above says why."
    [[ -z $keys ]] ||
      fail "The bucket $bucket holds objects. Nothing was deleted." \
        "Fetch what you need (aws s3 sync s3://$bucket DIRECTORY), then set TF_VAR_force_destroy=true to delete the objects too."
  done
}

# A bucket is emptied when its force_destroy says so in the state, which takes an apply.
allow_deleting_objects() {
  in_terraform apply -input=false -auto-approve -target=aws_s3_bucket.upload -target=aws_s3_bucket.processed
}

main() {
  check_tools
  check_approval
  check_no_emulator
  check_credentials
  in_terraform init -input=false
  check_target

  local resources objects="" force_destroy
  resources=$(in_terraform state list 2>/dev/null | grep -v '^data\.' || true)
  [[ -n $resources ]] || { echo "Nothing is deployed from here."; return; }
  force_destroy=$(value var.force_destroy)
  if [[ $force_destroy == true ]]; then objects=" and every object in its buckets"; else check_buckets_empty; fi

  printf '%s\n' "$resources"
  confirm "Delete $name$objects from account $account, region $region?"
  if [[ $force_destroy == true ]]; then allow_deleting_objects; fi
  in_terraform destroy -input=false -auto-approve
}

main "$@"
