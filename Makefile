.DEFAULT_GOAL := help
.PHONY: help up test lint bench bench-ingest bench-collect drill-collect drill-quota build fuzz rehearse postgres redis

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
TOOL     = $(GO) tool -modfile=tools.mod
BINARY   = bin/mlb-betting

help: ## print the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

build: ## build bin/mlb-betting
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags "-X github.com/mlb-betting/mlb-betting/internal/cli.version=$(VERSION)" -o $(BINARY) ./cmd/mlb-betting

up: postgres build ## build and run everything on this machine until ctrl-C; synthetic data while no source is set up
	@$(BINARY) config sources --quiet; case $$? in 0) exec $(BINARY) up;; 3) exec $(BINARY) up --demo;; *) exit 1;; esac

test: postgres redis ## run every test on a real PostgreSQL, with coverage and its gates
	$(GO) run ./scripts/gotest

lint: ## check style and the directions of imports
	$(TOOL) golangci-lint run ./...
	GOOS=darwin $(GO) vet ./...

bench: postgres ## print the benchmarks, each beside its yardstick
	$(GO) test -run '^$$' -bench . -benchtime 1s ./internal/odds
	$(GO) test -run '^$$' -bench . -benchtime 3x ./internal/ingest

bench-ingest: postgres ## one run of the import against a bare COPY; fails below 25 %
	$(GO) test -run '^$$' -bench Ingest -benchtime 1x ./internal/ingest

bench-collect: postgres ## from a full slate's last byte to committed rows, and the CPU of polling every 15 s; fails above 250 ms or 25 %
	$(GO) test -run '^$$' -bench 'Latency|Steady' -benchtime 1x -timeout 30m ./internal/drill

drill-collect: postgres ## 12 hours of a full slate in 3 minutes, a worker killed every 20 s: no tick lost or twice, no feed late
	MLB_DRILL=1 $(GO) test -v -count=1 -timeout 15m -run TestKilledWorkers ./internal/drill

rehearse: ## score steam, reverse and sharp money over a whole simulated season (minutes)
	MLB_REHEARSE_DAYS=200 $(GO) test -v -timeout 30m -run 'TestRulesAgainstTruth' ./internal/app
	$(GO) test -v -timeout 30m -run 'TestSeasonOfPrices' ./internal/source/simulator

drill-quota: postgres ## collect a simulated month within a plan of 500 and of 20,000 credits (about 10 minutes)
	MLB_QUOTA_DAYS=30 $(GO) test -v -timeout 60m -run 'TestPaidFeed' ./internal/collect

fuzz: ## fuzz every parser, FUZZTIME each (100000x inputs, or a time)
	@$(GO) run ./scripts/gofuzz $(or $(FUZZTIME),100000x)

postgres:
	@scripts/ensure-postgres.sh

redis:
	@scripts/ensure-redis.sh
