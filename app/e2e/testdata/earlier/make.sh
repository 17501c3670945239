#!/usr/bin/env bash
# Makes the fixtures: what the store of an earlier commit keeps of some purchases. From a clone with its history, with
# git, go, curl, jq, psql and pg_dump, and a PostgreSQL server of which this names a superuser:
#
#	SERVER=postgres://postgres@127.0.0.1:5432 app/e2e/testdata/earlier/make.sh 6ba3561 e079b99 b323545 43e27ce
set -euo pipefail
root=$(git rev-parse --show-toplevel)
work=$(mktemp -d)
chmod 755 "$work"
trap 'kill "${store:-}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT

for commit in "$@"; do
	mkdir "$work/$commit"
	git -C "$root" archive "$commit" | tar -x -C "$work/$commit"
	(cd "$work/$commit" && go build -o coinslot ./app)
	export COINSLOT_HTTP_ADDRESS=127.0.0.1:18080 COINSLOT_ADMIN_ADDRESS=127.0.0.1:18081 COINSLOT_MOCKPAY_ADDRESS=127.0.0.1:18082
	export COINSLOT_DATA_DIR="$work/$commit/data"
	psql -q "$SERVER/postgres" -c "DROP DATABASE IF EXISTS earlier" -c "CREATE DATABASE earlier"
	export COINSLOT_DATABASE_URL="$SERVER/earlier?sslmode=disable" COINSLOT_MIGRATION_DATABASE_URL="$SERVER/earlier?sslmode=disable"
	(cd "$work/$commit" && exec ./coinslot serve >log 2>&1) &
	store=$!
	until curl -sf "http://$COINSLOT_HTTP_ADDRESS/readyz" >/dev/null; do kill -0 "$store"; sleep 0.2; done

	v1=http://$COINSLOT_HTTP_ADDRESS/v1 json='Content-Type: application/json'
	curl -sf $v1/accounts -H "$json" -d '{"email":"mona@example.com","handle":"mona","display_name":"Mona","password":"a sentence is good"}' >/dev/null
	auth="Authorization: Bearer $(curl -sf $v1/sessions -H "$json" -d '{"login":"mona","password":"a sentence is good"}' | jq -r .access_token)"
	key=0
	item() { # kind, slug, quantity: prints the item's ID
		local id
		id=$(curl -sf "$v1/$1s/$2" | jq -r .id)
		curl -sf $v1/cart/items -H "$auth" -H "$json" -d "{\"$1_id\":\"$id\",\"quantity\":$3}" |
			jq -r --arg id "$id" --arg kind "$1_id" '.items[] | select(.[$kind] == $id) | .id'
	}
	buy() { # method, items …
		local ids total method=$1
		shift
		ids=$(printf '%s\n' "$@" | jq -R . | jq -sc .)
		total=$(curl -sf $v1/checkouts/quote -H "$auth" -H "$json" -d "{\"item_ids\":$ids}" | jq -c .total)
		key=$((key + 1))
		curl -s $v1/checkouts -H "$auth" -H "$json" -H "Idempotency-Key: purchase-$key" \
			-d "{\"item_ids\":$ids,\"expected_total\":$total,\"payment_method\":\"$method\"}" | jq -c '{status, code, total}'
	}
	# Three lines, two of one price, one of three units; a bundle beside a product; a declined one; one that is open.
	buy pm_ok "$(item product tidewright 1)" "$(item product brassica 1)" "$(item product dragon-treat 3)"
	buy pm_ok "$(item bundle sleepy-stories 1)" "$(item product star-orchard 1)"
	buy pm_declined "$(item product mirrorfen 1)"
	buy pm_requires_action "$(item product saltborn 1)"
	sleep 2 # the invoices are numbered

	kill -TERM "$store"
	wait "$store" || true
	psql -q "$SERVER/earlier" -f "$root/app/e2e/testdata/earlier/trim.sql"
	pg_dump --no-owner --inserts --rows-per-insert=100 "$SERVER/earlier" |
		sed -E '/^(--.*)?$/d; /^SET |^SELECT pg_catalog.set_config|^.(un)?restrict/d' >"$root/app/e2e/testdata/earlier/$commit.sql"
done
