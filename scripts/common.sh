# shellcheck shell=bash
# What the scripts share: they source it, from the repository's root.

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

in_terraform() { terraform -chdir=terraform "$@"; }

# value EXPRESSION: of a variable or local, wherever it was set
value() { in_terraform console <<<"$1" | tr -d '"'; }

# output NAME: fails where nothing is deployed, of which terraform warns on stdout and exits with 0
output() {
  local text
  text=$(in_terraform output -raw "$1" 2>/dev/null) && [[ $text != *$'\n'* ]] && printf '%s\n' "$text"
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

check_tools() {
  command -v aws >/dev/null ||
    fail "aws is not installed." "Install the AWS CLI (https://aws.amazon.com/cli/), then try again."
  command -v terraform >/dev/null ||
    fail "terraform is not installed." "Install it (https://developer.hashicorp.com/terraform/install), then try again."
}

check_approval() {
  [[ ${AUTO_APPROVE:-} == 1 || -t 0 ]] ||
    fail "There is no terminal to ask for a yes." "Set AUTO_APPROVE=1 to go ahead without being asked."
}

# What is meant for a real account must not end in an emulator.
check_no_emulator() {
  local endpoints
  endpoints=$(compgen -e AWS_ENDPOINT_URL | paste -sd ' ' - || true)
  [[ -z $endpoints ]] ||
    fail "$endpoints is set, so this would not reach AWS." "Run: unset $endpoints"
  [[ ! -e terraform/localstack_providers_override.tf ]] ||
    fail "terraform/localstack_providers_override.tf, a leftover of tflocal, leads to an emulator." "Delete it, then try again."
}

check_credentials() {
  account=$(aws sts get-caller-identity --query Account --output text) ||
    fail "AWS did not accept your credentials: the line above says why." \
      "Log in (aws configure, aws sso login) or choose a profile (export AWS_PROFILE=...), then try again."
  [[ $account != 000000000000 ]] ||
    fail "Account $account is an emulator's." "Choose a profile without endpoint_url (export AWS_PROFILE=...), then try again."
}

# A state that is applied to another account, region or name forgets or replaces what it holds.
check_target() {
  local queue
  name=$(value local.name)
  region=$(value var.aws_region)
  queue=$(output failure_queue_url) || return 0
  [[ $queue == *"$region"*"/$account/$name-failures" ]] ||
    fail "terraform/terraform.tfstate holds another deployment: its queue is $queue," \
      "but this would be $name in account $account, region $region." \
      "Set the profile and the TF_VAR_ variables of that one, or keep both apart: terraform -chdir=terraform workspace new $name"
}

confirm() {
  local answer=
  [[ ${AUTO_APPROVE:-} == 1 ]] && return
  read -rp "$1 Only yes goes ahead: " answer || true
  [[ $answer == yes ]] || fail "Nothing was changed."
}
