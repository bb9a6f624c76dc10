GO ?= go
.DEFAULT_GOAL := help
.PHONY: help up test build

help: ## print the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

build: ## build bin/mlb-betting
	CGO_ENABLED=0 $(GO) build -buildvcs=false -trimpath -o bin/mlb-betting ./cmd/mlb-betting

up: build ## build and run everything on this machine, with synthetic data
	@exec bin/mlb-betting up --demo

test: ## run every test
	$(GO) test ./...
