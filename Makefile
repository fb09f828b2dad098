# Every command of the project; `make` alone prints them.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
unexport MAKEFLAGS # the tests run make, too, which isn't a part of this run

PYTHON ?= python3
DIR ?=
FILES ?=
ARGS ?=
QUEUE ?=
SIZES ?=
VERSIONS ?=
WORKERS ?= 2

VENV := .venv
LAYER := terraform/pillow_layer.zip
LAYER_INPUTS := $(filter-out %/__pycache__,$(wildcard lambda/layer/*)) lambda/imaging/formats/__init__.py scripts/build_layer_docker.sh
FUNCTION := terraform/function
FUNCTION_INPUTS := $(shell find lambda -name layer -prune -o -name __pycache__ -prune -o -type d -print -o -name "*.py" -print) lambda/Dockerfile lambda/Dockerfile.dockerignore scripts/build_function_docker.sh
PIP_INSTALL := scripts/isolated_pip.py install --quiet --disable-pip-version-check --require-virtualenv
LOCKED := --require-hashes --no-compile
IN_PARALLEL := $(VENV)/bin/pytest --numprocesses $(WORKERS) # each process starts a stack of its own

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: $(VENV)/installed ## install the locked requirements, pipeline, awslocal, and tflocal into .venv

.PHONY: demo
demo: install ## run the whole pipeline once on this machine, without Docker (DIR=path: your images)
	@$(VENV)/bin/pipeline demo $(if $(DIR),"$(DIR)")

.PHONY: doctor
doctor: install ## check what this machine has, and what each stack needs
	@$(VENV)/bin/pipeline doctor

.PHONY: test
test: test-unit test-embedded test-docs ## run the unit tests, the integration tests on the embedded stack, and the docs' commands

.PHONY: test-unit
test-unit: $(VENV)/installed-dev
	$(IN_PARALLEL) --dist loadfile tests/unit

.PHONY: test-embedded
test-embedded: $(VENV)/installed-dev
	$(IN_PARALLEL) --dist loadfile tests/integration --stack embedded

.PHONY: test-docs
test-docs: $(VENV)/installed-dev
	$(IN_PARALLEL) tests/docs

.PHONY: test-browser
test-browser: $(VENV)/installed-dev ## test the contact sheet and the web example in Chromium or Chrome, and compare the variants with what it shows
	$(IN_PARALLEL) --dist loadfile tests/browser

.PHONY: screenshots
screenshots: $(VENV)/installed-dev ## take the README's pictures of the contact sheet (Chromium or Chrome)
	@$(VENV)/bin/python -m tests.browser.screenshots

.PHONY: test-e2e
test-e2e: test-localstack test-account ## run the integration tests and the web example (in Chromium) on a new LocalStack, and deploy to an emulated account

.PHONY: test-localstack
test-localstack: $(VENV)/installed-dev $(LAYER) $(FUNCTION)
	$(IN_PARALLEL) --dist loadfile tests/integration tests/browser/test_web_example.py --stack localstack

.PHONY: test-account
test-account: $(VENV)/installed-dev
	$(VENV)/bin/pytest tests/account

.PHONY: test-matrix
test-matrix: ## unit and embedded tests on Python 3.11, 3.12, and 3.13, decoders with the newest Pillow (VERSIONS=3.13)
	@VERSIONS="$(VERSIONS)" scripts/test_matrix.sh $(ARGS)

.PHONY: test-limits
test-limits: $(VENV)/installed-dev $(LAYER) $(FUNCTION) ## process the largest pictures in containers of 256 to 3008 MB (SIZES="256 512"; an hour)
	$(VENV)/bin/python -m tests.limits $(addprefix --size=,$(SIZES)) $(ARGS)

.PHONY: test-aws
test-aws: $(VENV)/installed-dev ## run the integration tests on what make deploy-aws deployed
	$(VENV)/bin/pytest tests/integration --stack aws

.PHONY: soak
soak: $(VENV)/installed-dev $(LAYER) $(FUNCTION) ## run the long tests: a thousand uploads, and restarts under load (docs/soak.md)
	$(VENV)/bin/pytest tests/integration -m soak -s --stack embedded
	$(VENV)/bin/pytest tests/integration -m soak -s --stack localstack

.PHONY: up
up: install ## start the pipeline on LocalStack, or update it (STACK=embedded: without Docker; PORT=4570)
	@$(VENV)/bin/pipeline up $(if $(PORT),--port $(PORT))

.PHONY: down
down: install ## stop the pipeline, and delete everything in it
	@$(VENV)/bin/pipeline down

.PHONY: upload
upload: install ## upload images, wait, and show their variants (FILES="photo.jpg album")
	@$(VENV)/bin/pipeline upload $(FILES)

.PHONY: watch
watch: install ## upload each file that you put into a directory (DIR=album)
	@$(VENV)/bin/pipeline watch "$(or $(DIR),$(error name a directory: make watch DIR=album))"

.PHONY: dev
dev: install ## deploy what you save in lambda/ to the stack, a second later
	@$(VENV)/bin/pipeline dev

.PHONY: status
status: install ## count the uploads in each state (ARGS=--missing: list those without variants)
	@$(VENV)/bin/pipeline status $(ARGS)

.PHONY: gallery
gallery: install ## write the contact sheet of what is in the buckets (ARGS="holiday/ --limit 100")
	@$(VENV)/bin/pipeline gallery $(ARGS)

.PHONY: logs
logs: install ## show the function's log by request (ARGS=--follow)
	@$(VENV)/bin/pipeline logs $(ARGS)

.PHONY: redrive
redrive: install ## process failed uploads again (ARGS="--dry-run", "--limit 10")
	@$(VENV)/bin/pipeline redrive $(ARGS)

.PHONY: backfill
backfill: install ## process uploads that are partial or pending (ARGS="--dry-run", "--rate 50")
	@$(VENV)/bin/pipeline backfill $(ARGS)

.PHONY: delete
delete: install ## delete uploads and their variants for good (ARGS="holiday/photo.jpg", "--prefix users/4711/ --dry-run")
	@$(VENV)/bin/pipeline delete $(ARGS)

.PHONY: cost
cost: install ## estimate what images cost on AWS (ARGS="--images 100000 --months 12")
	@$(VENV)/bin/pipeline cost $(ARGS)

.PHONY: web
web: $(VENV)/installed-web ## run the web example on a stack (STACK=embedded, PORT=8001, QUEUE=outcomes)
	@$(VENV)/bin/python -m scripts.web $(if $(PORT),--port $(PORT)) $(if $(QUEUE),--queue $(QUEUE))

.PHONY: layer
layer: $(LAYER) ## build the Pillow layer, terraform/pillow_layer.zip (LAYER_WITHOUT="heic avif": smaller)

ifdef LAYER_WITHOUT
.PHONY: $(LAYER)
endif

$(LAYER): $(LAYER_INPUTS)
	@scripts/build_layer_docker.sh

terraform/pillow_layer_arm64.zip: $(LAYER_INPUTS)
	@scripts/build_layer_docker.sh arm64

.PHONY: package
package: install $(LAYER) terraform/pillow_layer_arm64.zip $(FUNCTION) ## put the Terraform module and what it deploys into one archive, for your own Terraform
	@$(VENV)/bin/python -m scripts.package

.PHONY: function
function: $(FUNCTION) ## compile the function for Lambda into terraform/function

$(FUNCTION): $(FUNCTION_INPUTS)
	@scripts/build_function_docker.sh

.PHONY: bench
bench: $(VENV)/installed-dev $(LAYER) $(FUNCTION) ## compare speed, size, and memory with others (minutes; needs Docker, and npm for sharp)
	$(VENV)/bin/python -m benchmarks

.PHONY: deploy-aws
deploy-aws: install ## deploy the same Terraform to your AWS account, after showing the plan and asking
	@$(VENV)/bin/pipeline up --stack aws

.PHONY: destroy-aws
destroy-aws: install ## delete everything that make deploy-aws created, after counting the objects and asking
	@$(VENV)/bin/pipeline down --stack aws

.PHONY: remote-state
remote-state: install ## keep the Terraform state of your deployment on AWS in a bucket (ARGS=--delete-bucket: undo this)
	@$(VENV)/bin/pipeline remote-state $(ARGS)

.PHONY: policies
policies: install ## write docs/policies: the permissions to deploy and to operate
	@$(VENV)/bin/python -m pipeline.stacks.account.policies

.PHONY: lint
lint: $(VENV)/installed-dev $(VENV)-checkov/installed ## fix what a program can fix, then check Python, shell, Terraform, and the compose file
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" scripts/lint.sh

.PHONY: reference
reference: $(VENV)/installed ## write the tables of inputs and outputs in docs/terraform.md
	@$(VENV)/bin/python -m scripts.terraform_reference

.PHONY: lock
lock: ## update the locked requirements (needs uv)
	scripts/lock.sh

.PHONY: clean
clean: ## delete what these commands made, except running stacks (make down) and Terraform state
	rm -rf $(VENV) $(VENV)-checkov build $(FUNCTION) terraform/pillow_layer*.zip terraform/.build .stack/plugins
	rm -rf terraform/.terraform/providers terraform/.terraform/modules # the rest says which state and workspace is in use
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, and this is %d.%d: set PYTHON=python3.12, for example" % sys.version_info[:2])'
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt lambda/layer/requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing the locked requirements"
	@$(VENV)/bin/python $(PIP_INSTALL) $(LOCKED) -r requirements.txt -r lambda/layer/requirements.txt
	@$(VENV)/bin/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-web: examples/web/requirements.txt $(VENV)/installed
	@$(VENV)/bin/python $(PIP_INSTALL) $(LOCKED) -r $<
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed-web
	@echo "installing the locked requirements of the tests"
	@$(VENV)/bin/python $(PIP_INSTALL) $(LOCKED) -r requirements-dev.txt -r lambda/layer/requirements.txt
	@touch $@

$(VENV)-checkov/installed: requirements-checkov.txt
	@echo "installing checkov"
	@$(PYTHON) -m venv $(VENV)-checkov
	@$(VENV)-checkov/bin/python $(PIP_INSTALL) $(LOCKED) -r $<
	@touch $@
