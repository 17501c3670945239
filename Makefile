# The store's commands. `make run` and `make test` need Go, and PostgreSQL's binaries, a Docker engine or the internet.
SHELL    := /bin/bash -o pipefail
GO       ?= go
LINT     := $(GO) tool -modfile=.tools/go.mod golangci-lint
FUZZTIME ?= 10s
# What proves that money moves exactly once is built with failpoints. Its closing lines are shown, its seeds replayed.
PROOFS   := $(GO) test -count=1 -tags failpoints -v -parallel 10 -timeout 60m
RACING   := Concurrent|Many|OtherProcess|Erased|SilentProvider|Storm
SUMMARY  := | grep -vE '^ *(=== |--- PASS)'
SEEDS    ?= 200000
DURATION ?= 60s

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the commands
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## run the store, with everything that it needs, until Ctrl-C
	@exec ./bin/coinslot serve

.PHONY: demo
demo: build ## play one purchase against the running store
	@./bin/coinslot demo

.PHONY: reset
reset: build ## delete what the local store has kept, after asking
	@./bin/coinslot reset

.PHONY: build
build: ## build bin/coinslot
	@$(GO) build -o bin/coinslot ./app

.PHONY: test
test: ## run every test
	@$(GO) test -count=1 -v -run 'TestNew_CreatesSeparateDatabases' ./platform/postgres/pgtest | grep -E 'PostgreSQL for|FAIL|need PostgreSQL|^ok'
	@command -v pdftotext >/dev/null || echo 'SKIPPED: reading invoices back as text needs pdftotext (Debian: apt-get install poppler-utils)'
	@command -v soffice >/dev/null || echo 'SKIPPED: opening CSV files in LibreOffice needs soffice (Debian: apt-get install libreoffice-calc-nogui)'
	@git cat-file -e 43e27ce 2>/dev/null || echo 'SKIPPED: running v0.1.0 on the schema of now needs git and the history (git fetch --unshallow)'
	$(GO) test -timeout 30m ./...
	@$(PROOFS) ./app/proofs/matrix $(SUMMARY)
	@$(PROOFS) ./app/proofs/simulation $(SUMMARY)
	@COINSLOT_TEST_MUTANTS=reach $(PROOFS) -run '^TestMutants$$' ./app/proofs/mutants $(SUMMARY)

.PHONY: matrix
matrix: ## cut a purchase with kill -9 at every point, in every scenario
	@COINSLOT_TEST_KILL_ALL=1 $(PROOFS) ./app/proofs/matrix $(SUMMARY)

.PHONY: simulate
simulate: ## play SEEDS random stories of a store that crashes, or the one of SEED again; DB=1 plays them on PostgreSQL
	@COINSLOT_TEST_SEEDS=$(SEEDS) COINSLOT_TEST_SEED=$(SEED) COINSLOT_TEST_SIMULATE_DB=$(DB) $(PROOFS) -run '^TestSimulation$(if $(DB),OnPostgres)$$' ./app/proofs/simulation $(SUMMARY)
	@$(if $(SEED)$(DB),:,COINSLOT_TEST_SEEDS=$(SEEDS) $(GO) test -count=1 -v -run '^TestRefund_RandomItems_AddUpToSale$$' ./modules/billing/domain $(SUMMARY))

.PHONY: mutants
mutants: ## switch one rule off at a time, all or those whose name holds ONLY, and see that the proofs notice
	@COINSLOT_TEST_MUTANTS=$(or $(ONLY),all) $(GO) test -count=1 -v -timeout 120m -run '^TestMutants$$' ./app/proofs/mutants $(SUMMARY)

.PHONY: chaos
chaos: ## kill, cut and slow two stores, their provider and their database for DURATION while 200 buyers shop
	@COINSLOT_TEST_CHAOS=$(DURATION) COINSLOT_TEST_CHAOS_SEED=$(SEED) $(PROOFS) ./app/proofs/chaos $(SUMMARY)

.PHONY: clients
clients: build ## lint the OpenAPI document and play a purchase with clients generated from it and on its page (needs Node.js and Chromium)
	@.ci/clients/run bin/coinslot

.PHONY: integration
integration: ## run the tests that need PostgreSQL, and say which one they use
	$(GO) test -count=1 -v ./platform/postgres/... ./modules/.../adapters/postgres ./app/...

.PHONY: race
race: ## run tests under the race detector: modules, platform, and of app those in which much happens at once; ALL=1 runs every one
ifdef ALL
	$(GO) test -race -timeout 60m ./...
else
	$(GO) test -race -timeout 30m ./modules/... ./platform/... ./app/mockpay
	$(GO) test -race -timeout 30m -run '$(RACING)' ./app/e2e
endif
	@COINSLOT_TEST_SEEDS=500 $(GO) test -count=1 -race -tags failpoints -v -run '^TestSimulation$$|^TestTheSameSeedIsTheSameRun$$' ./app/proofs/simulation $(SUMMARY)

.PHONY: fuzz
fuzz: ## fuzz each target for FUZZTIME
	$(GO) test -run '^$$' -fuzz FuzzReadJSON -fuzztime $(FUZZTIME) ./platform/web
	$(GO) test -run '^$$' -fuzz FuzzDecode -fuzztime $(FUZZTIME) ./platform/page
	$(GO) test -run '^$$' -fuzz FuzzParseCurrency -fuzztime $(FUZZTIME) ./platform/money

.PHONY: bench
bench: ## measure the store against the limit of what lies under it; QUICK=1 is shorter, ONLY=crowd measures one part, CHECK=1 fails on a missed goal
	@COINSLOT_TEST_BENCH_QUICK=$(QUICK) COINSLOT_TEST_BENCH_CHECK=$(CHECK) COINSLOT_TEST_BENCH_ONLY=$(ONLY) \
	  $(GO) test -count=1 -tags bench -v -timeout 60m -run 'TestBench' ./app/bench $(SUMMARY)

.PHONY: parts
parts: ## run the Go benchmarks of the parts
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: cover
cover: ## show how much of every domain and every use case the tests run
	@packages=$$($(GO) list ./modules/... | grep -E '/(domain|service)$$' | paste -sd,) && \
	$(GO) test -coverprofile=coverage.out -coverpkg=$$packages ./modules/... ./app/... >/dev/null && \
	awk 'NR > 1 { split($$1, p, ":"); n = split(p[1], d, "/"); key = d[n-2] "/" d[n-1]; block = $$1; size[block] = $$2; \
	  if ($$3 > 0) hit[block] = 1; of[block] = key } \
	  END { for (b in size) { all[of[b]] += size[b]; if (hit[b]) run[of[b]] += size[b] } \
	  for (k in all) printf "%-20s %5.1f %%\n", k, 100 * run[k] / all[k] }' coverage.out | sort

.PHONY: fmt
fmt: ## format the code
	$(LINT) fmt ./...

.PHONY: lint
lint: ## look for mistakes, and hold the walls and the budgets
	$(LINT) run ./...
	$(GO) generate ./app/store/probe && git diff --exit-code -- app/store/probe

.PHONY: check
check: ## what must hold before a commit is handed on: tidy, formatted, linted, tested, nothing left over
	$(GO) mod tidy -diff
	$(LINT) fmt --diff ./...
	@$(MAKE) --no-print-directory lint test
	@test -z "$$(git status --porcelain)" || { git status --short; echo "the tree is not clean"; exit 1; }
