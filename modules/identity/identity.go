// Package identity is the door to accounts, credentials, sessions and roles.
package identity

import (
	"context"
	"time"

	"coinslot/platform/id"
)

// The roles. Every account is a customer.
const (
	RoleCustomer = "customer"
	RoleStaff    = "staff"
)

// Account is what other modules may know of an account.
type Account struct {
	ID          id.ID
	Email       string
	Handle      string
	DisplayName string
	Country     string // ISO 3166-1 alpha-2
	Language    string // ISO 639-1
	Roles       []string
	CreatedAt   time.Time
	Version     int64
}

// Accounts tells about accounts.
type Accounts interface {
	// Account returns an account, or a fault of kind NotFound when it never was or has been erased.
	Account(ctx context.Context, accountID id.ID) (Account, error)
}

// AccountErased is the news that an account and its personal data are gone. Version 1.
type AccountErased struct {
	AccountID id.ID `json:"account_id"`
}
