# Everything a newcomer or a CI machine needs, with nothing but Node 20+ and npm.
#   make run     install, generate, build, start (embedded PostgreSQL unless DATABASE_URL is set), print a curl per contract
#   make test    the test suite, on a real PostgreSQL
#   make check   codegen drift, types, lint, which room imports which, spec lint
#   make stress  the fault scenarios with their figures in one table; exit 1 if anything was lost
#   make soak MINUTES=n   a steady load, and what memory and tables grow by

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

# The pages are tested in a real browser too. Where one can be installed without asking anybody (Debian, as root) it is;
# elsewhere the run says which cases it skips, and nothing else depends on it.
browser:
	@command -v chromium >/dev/null || [ -n "$$CHROMIUM" ] || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || \
	  { echo "installing Chromium for the tests of the pages"; \
	    { apt-get install -y --no-install-recommends chromium || { apt-get update && apt-get install -y --no-install-recommends chromium; }; } \
	      >/dev/null 2>&1 || echo "Chromium could not be installed"; }

# The limits are tested against a real Redis too, in the same way. Debian starts a Redis of its own with the package, but for
# containers; where it would, nothing is installed unasked.
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

migrate: build
	@node dist/src/cli/polymint.js migrate

build: dist/.built

bench: build
	@$(BIN)/tsx test/load/bench/endpoints.ts

bench-signing: node_modules/.installed
	@$(BIN)/tsx test/load/bench/signing.ts

# Loopback only, and it ends by itself.
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
