package postgres

import (
	"context"
	"fmt"

	"coinslot/modules/library/domain"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
	"coinslot/platform/postgres"
)

// Grants implements ports.Grants.
type Grants struct{ db *postgres.DB }

// NewGrants returns the adapter.
func NewGrants(db *postgres.DB) *Grants { return &Grants{db} }

// insertFirst locks the account, as every writer does. What another writer inserts while it waits for the lock may be
// missing in held, but not in the unique indexes.
var insertFirst = `WITH account AS MATERIALIZED (SELECT library.lock_account(@account_id) AS erased),
	held AS (
		SELECT FROM library.entitlements
		WHERE account_id = @account_id AND product_id = ANY(@product_ids::uuid[]) AND ` + relevant("@order_id") + ` LIMIT 1)
	INSERT INTO library.entitlements (` + columns + `)
	SELECT ` + columns + ` FROM account, ` + records("@rows") + ` WHERE NOT erased AND NOT EXISTS (SELECT FROM held)`

// InsertFirst inserts entitlements of an order to an account that holds nothing to the same products.
func (g *Grants) InsertFirst(ctx context.Context, accountID, orderID id.ID,
	entitlements []domain.Entitlement,
) (bool, error) {
	rows, products := make([]row, len(entitlements)), make([]id.ID, len(entitlements))
	for i, e := range entitlements {
		rows[i], products[i] = row(e), e.ProductID
	}
	query := mutant.SQL("grant-at-once-to-an-erased-account", insertFirst, "NOT erased", "erased IS NOT NULL")
	query = mutant.SQL("grant-at-once-beside-what-is-held", query, "NOT EXISTS (SELECT FROM held)", "TRUE")
	n, err := g.db.DirectExec(ctx, query, postgres.Named{
		"account_id": accountID, "order_id": orderID, "product_ids": id.Strings(products), "rows": postgres.JSON(rows),
	})
	if postgres.IsUnique(err) {
		return false, domain.ErrAlreadyActive
	}
	if err != nil {
		return false, fmt.Errorf("insert first entitlements: %w", err)
	}
	return n > 0, nil
}
