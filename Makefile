# One command each. `make demo` needs Go only; `make test` also a JDK and Maven,
# because it starts a real Kafka.

.DEFAULT_GOAL := help
SHELL := /bin/bash
TOOLS := go tool -modfile=.ci/tools/go.mod

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

build: ## bin/spaas
	CGO_ENABLED=0 go build -trimpath -o bin/spaas ./cmd/spaas

demo: build ## from an empty folder to a running job on real input
	@testdata/demo/demo.sh bin/spaas

test: ## every test, with the time of each package; starts the real services it needs
	@.ci/needs java mvn
	go test -timeout 15m ./...

lint: ## formatting, go.mod, vet, staticcheck, known vulnerabilities
	@.ci/lint

bench: ## the benchmarks, each beside its peer or a hand-written loop
	go test -run '^$$' -bench . -benchmem ./...

services: ## a real Kafka on this machine, until Ctrl-C
	@go build -o bin/services ./pkg/testservice/cmd/services && exec bin/services

bundle: ## the go.mod and go.sum of the bundled runtime and of jobs, when the runtime imports other modules
	go test ./scaffold/bundle -run TestGoModOfRuntime -update
	go test ./scaffold -run TestGoModIsTidy -update

clean: ## remove what make built
	rm -rf bin

.PHONY: help build demo test lint bench services bundle clean
