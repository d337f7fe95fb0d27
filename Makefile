# The targets for developers and for CI. They need Node 20+ and npm.
#   make run     install, generate, build, start (embedded PostgreSQL unless DATABASE_URL is set), print a curl per contract
#   make test    run the test suite on a real PostgreSQL
#   make check   check generated files, types, code style, linear-time regular expressions, imports between rooms, and specs
#   make stress  run the fault scenarios and print their figures; exit 1 if anything was lost
#   make soak MINUTES=n   run a steady load and print the growth of memory and tables

SHELL := /bin/sh
BIN := node_modules/.bin
SOURCES := $(shell find src generated -type f 2>/dev/null)
SPECS := $(wildcard openapi/*.yaml openapi/services/*.yaml)
export REDOCLY_TELEMETRY := off
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true

.PHONY: run test browser redis codegen check migrate build bench bench-signing stress soak clean

run: build
	@exec node dist/src/cli/polymint.js serve --demo

test: node_modules/.installed browser redis
	@$(BIN)/jest

# The pages are tested in a real browser too. On Debian as root, Chromium is installed; elsewhere the test run says which cases
# it skips. Nothing else depends on the browser.
browser:
	@command -v chromium >/dev/null || [ -n "$$CHROMIUM" ] || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || \
	  { echo "installing Chromium for the tests of the pages"; \
	    { apt-get install -y --no-install-recommends chromium || { apt-get update && apt-get install -y --no-install-recommends chromium; }; } \
	      >/dev/null 2>&1 || echo "Chromium could not be installed"; }

# The limits are tested against a real Redis too, in the same way. Outside containers, Debian starts a Redis service when the
# package is installed; so there nothing is installed.
redis:
	@command -v redis-server >/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || [ -d /run/systemd/system ] || \
	  { echo "installing Redis for the tests of the limits"; \
	    { apt-get install -y --no-install-recommends redis-server || \
	      { apt-get update && apt-get install -y --no-install-recommends redis-server; }; } \
	      >/dev/null 2>&1 || echo "Redis could not be installed"; }

codegen: node_modules/.installed
	@$(BIN)/tsx src/codegen/codegen.ts

check: build
	@$(BIN)/tsx src/codegen/codegen.ts --check
	@$(BIN)/tsc --noEmit -p .
	@$(BIN)/eslint .
	@$(BIN)/depcruise src --config .dependency-cruiser.cjs --output-type err
	@$(BIN)/prettier --check --log-level warn .
	@$(BIN)/redocly lint $(SPECS) --config redocly.yaml
	@$(BIN)/spectral lint $(SPECS) --ruleset .spectral.yaml --fail-severity hint --quiet

migrate: build
	@node dist/src/cli/polymint.js migrate

build: dist/.built

bench: build
	@$(BIN)/tsx test/load/bench/endpoints.ts

bench-signing: node_modules/.installed
	@$(BIN)/tsx test/load/bench/signing.ts

# Uses only loopback addresses and ends by itself.
stress: build
	@$(BIN)/tsx test/load/stress/run.ts

MINUTES ?= 10
soak: build
	@$(BIN)/tsx test/load/soak/run.ts $(MINUTES)

clean:
	rm -rf dist node_modules

node_modules/.installed: package-lock.json
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

generated/wiring.ts: $(SPECS) node_modules/.installed
	@$(BIN)/tsx src/codegen/codegen.ts
	@touch $@

# From nothing: a file that was moved or renamed must not stay behind, where an import would still find it.
dist/.built: node_modules/.installed generated/wiring.ts $(SOURCES) tsconfig.json tsconfig.build.json
	@rm -rf dist
	@$(BIN)/tsc -p tsconfig.build.json
	@chmod +x dist/src/cli/polymint.js
	@touch $@
