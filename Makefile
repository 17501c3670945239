# Development commands. `make run` and `make test` need Go, and PostgreSQL's binaries, Docker or internet access.
SHELL    := /bin/bash -o pipefail
GO       ?= go
LINT     := $(GO) tool -modfile=.tools/go.mod golangci-lint
FUZZTIME ?= 10s
# The proofs are built with failpoints. SUMMARY hides the lines of passed tests.
PROOFS   := $(GO) test -count=1 -tags failpoints -v -parallel 6 -timeout 60m
RACING   := Concurrent|Many|OtherProcess|Erased|SilentProvider|Storm
SUMMARY  := | grep -vE '^ *(=== |--- PASS)'
SEEDS    ?= 200000
DURATION ?= 60s

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the commands
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## run the store with PostgreSQL and mockpay until Ctrl-C
	@exec ./bin/coinslot serve

.PHONY: demo
demo: build ## make a purchase at the running store
	@./bin/coinslot demo

.PHONY: reset
reset: build ## delete the data of the local store, after confirmation
	@./bin/coinslot reset

.PHONY: build
build: ## build bin/coinslot
	@$(GO) build -o bin/coinslot ./app

.PHONY: test
test: ## run every test
	@$(GO) test -count=1 -v -run 'TestNew_CreatesSeparateDatabases' ./platform/postgres/pgtest | grep -E 'PostgreSQL for|FAIL|need PostgreSQL|^ok'
	@command -v pdftotext >/dev/null || echo 'SKIPPED: reading invoices back as text needs pdftotext (Debian: apt-get install poppler-utils)'
	@command -v soffice >/dev/null || echo 'SKIPPED: opening CSV files in LibreOffice needs soffice (Debian: apt-get install libreoffice-calc-nogui)'
	@command -v pgbouncer >/dev/null || echo 'SKIPPED: the store behind PgBouncer needs pgbouncer (Debian: apt-get install pgbouncer)'
	@ls -d /usr/lib/postgresql/*/bin >/dev/null 2>&1 || command -v initdb >/dev/null || echo 'SKIPPED: stopping and replicating a server needs the binaries of PostgreSQL (Debian: apt-get install postgresql)'
	@[ $$(id -u) = 0 ] || echo 'SKIPPED: a full data folder needs root, to mount a small file system'
	@git cat-file -e 43e27ce 2>/dev/null || echo 'SKIPPED: running v0.1.0 on the schema of now needs git and the history (git fetch --unshallow)'
	$(GO) test -timeout 30m ./...
	@$(PROOFS) ./app/proofs/matrix $(SUMMARY)
	@$(PROOFS) ./app/proofs/simulation $(SUMMARY)
	@COINSLOT_TEST_MUTANTS=reach $(PROOFS) -run '^TestMutants$$' ./app/proofs/mutants $(SUMMARY)

.PHONY: matrix
matrix: ## kill -9 the store at every failpoint of every purchase scenario
	@COINSLOT_TEST_KILL_ALL=1 $(PROOFS) ./app/proofs/matrix $(SUMMARY)

.PHONY: simulate
simulate: ## run the simulation with SEEDS seeds, or replay SEED; DB=1 runs it on PostgreSQL
	@COINSLOT_TEST_SEEDS=$(SEEDS) COINSLOT_TEST_SEED=$(SEED) COINSLOT_TEST_SIMULATE_DB=$(DB) $(PROOFS) -run '^TestSimulation$(if $(DB),OnPostgres)$$' ./app/proofs/simulation $(SUMMARY)
	@$(if $(SEED)$(DB),:,COINSLOT_TEST_SEEDS=$(SEEDS) $(GO) test -count=1 -v -run '^TestRefund_RandomItems_AddUpToSale$$' ./modules/billing/domain $(SUMMARY))

.PHONY: mutants
mutants: ## run the mutation tests; ONLY=refund selects mutants by a part of their names
	@COINSLOT_TEST_MUTANTS=$(or $(ONLY),all) $(GO) test -count=1 -v -timeout 120m -run '^TestMutants$$' ./app/proofs/mutants $(SUMMARY)

.PHONY: chaos
chaos: ## inject faults for DURATION into two stores, mockpay and PostgreSQL while 200 buyers shop
	@COINSLOT_TEST_CHAOS=$(DURATION) COINSLOT_TEST_CHAOS_SEED=$(SEED) $(PROOFS) ./app/proofs/chaos $(SUMMARY)

.PHONY: restore
restore: ## back up a store's database, lose it, restore it and repair it from the provider's records (needs pgBackRest)
	@COINSLOT_TEST_DRILL=1 $(GO) test -count=1 -v -run '^TestRestore_' ./app/proofs/recovery $(SUMMARY)

.PHONY: failover
failover: ## cause failures of a PostgreSQL cluster while shoppers buy: KILLS (20) and PARTITIONS (5) of the leader, and others (needs patroni, etcd-server, python3-etcd, python3-psycopg2; partitions need root, unshare and ip)
	@own=$$(unshare --net true 2>/dev/null && echo '-exec=unshare --net env COINSLOT_TEST_NETWORK=own'); \
	COINSLOT_TEST_FAILOVER=$(or $(KILLS),20) COINSLOT_TEST_PARTITIONS=$(or $(PARTITIONS),5) $(GO) test $${own:+"$$own"} -count=1 -v -timeout 90m -run '^TestFailover_|^TestInTx_' ./app/proofs/recovery $(SUMMARY)

.PHONY: cluster
cluster: build ## run three databases under Patroni, two stores, mockpay and HAProxy until Ctrl-C, without containers (needs patroni, etcd-server, python3-etcd, python3-psycopg2, haproxy)
	@$(GO) build -o bin/cluster ./app/cluster/local && exec ./bin/cluster ./bin/coinslot .docker/cluster

.PHONY: clients
clients: build ## lint the OpenAPI document and make a purchase with generated clients and on the API page (needs Node.js and Chromium)
	@.ci/clients/run bin/coinslot

.PHONY: tables
tables: ## write the rows and bytes that purchases add to each table into app/tables.md
	@COINSLOT_TEST_UPDATE=1 $(GO) test -count=1 -run '^TestTables_' ./app/e2e

.PHONY: alerts
alerts: ## check Prometheus' configuration and test the alert rules (needs promtool: Debian's package prometheus)
	@cd .docker/prometheus && promtool check config prometheus.yml && promtool test rules alerts_test.yml

.PHONY: integration
integration: ## run the tests that need PostgreSQL, with verbose output
	$(GO) test -count=1 -v ./platform/postgres/... ./modules/.../adapters/postgres ./app/...

.PHONY: race
race: ## run modules, platform, mockpay and the concurrent e2e tests with the race detector; ALL=1 runs all tests
ifdef ALL
	$(GO) test -race -timeout 60m ./...
else
	$(GO) test -race -timeout 30m ./modules/... ./platform/... ./app/mockpay
	$(GO) test -race -timeout 30m -run '$(RACING)' ./app/e2e
endif
	@COINSLOT_TEST_SEEDS=500 $(GO) test -count=1 -race -tags failpoints -v -run '^TestSimulation$$|^TestSimulation_SameSeed_SameTrace$$' ./app/proofs/simulation $(SUMMARY)

.PHONY: fuzz
fuzz: ## fuzz each target for FUZZTIME
	$(GO) test -run '^$$' -fuzz FuzzReadJSON -fuzztime $(FUZZTIME) ./platform/web
	$(GO) test -run '^$$' -fuzz FuzzDecode -fuzztime $(FUZZTIME) ./platform/page
	$(GO) test -run '^$$' -fuzz FuzzParseCurrency -fuzztime $(FUZZTIME) ./platform/money

.PHONY: bench
bench: ## compare the store with pgbench, pgx and Echo; QUICK=1 is shorter, ONLY=crowd runs a part, ONLY=operations ORDERS=200000 with so many orders, CHECK=1 fails on a missed goal
	@COINSLOT_TEST_BENCH_ORDERS=$(ORDERS) COINSLOT_TEST_BENCH_QUICK=$(QUICK) COINSLOT_TEST_BENCH_CHECK=$(CHECK) COINSLOT_TEST_BENCH_ONLY=$(ONLY) \
	  $(GO) test -count=1 -tags bench -v -timeout 60m -run 'TestBench' ./app/bench $(SUMMARY)

.PHONY: search
search: ## measure searches of PRODUCTS products (100000): first hits, latencies, CPU of PostgreSQL
	@COINSLOT_TEST_SEARCH_PRODUCTS=$(PRODUCTS) $(GO) test -count=1 -tags bench -v -timeout 60m -run '^TestSearchLatency$$' ./app/bench $(SUMMARY)

.PHONY: parts
parts: ## run the Go benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: cover
cover: ## show the test coverage of each domain and service package
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
lint: ## run the linters and check that generated code is up to date
	$(LINT) run ./...
	$(GO) generate ./app/store/probe && git diff --exit-code -- app/store/probe

.PHONY: check
check: ## check that go.mod is tidy, code is formatted, lint and tests pass, and the work tree is clean
	$(GO) mod tidy -diff
	$(LINT) fmt --diff ./...
	@$(MAKE) --no-print-directory lint test
	@test -z "$$(git status --porcelain)" || { git status --short; echo "the work tree is not clean"; exit 1; }
