// Package identity is the published interface of the identity module: accounts and their roles.
package identity

import (
	"context"
	"time"

	"coinslot/platform/id"
)

// The roles. Every account is a customer, except that of a guest.
const (
	RoleCustomer = "customer"
	RoleStaff    = "staff"
	RoleGuest    = "guest" // of an account that has not been registered, instead of RoleCustomer
)

// Account is the data of an account for other modules.
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
	Verified    bool // the holder of the address has confirmed it
	Guest       bool // it has no address, no handle and no password yet
}

// Accounts finds accounts.
type Accounts interface {
	// Account returns an account, or a fault of kind NotFound when it does not exist or has been erased.
	Account(ctx context.Context, accountID id.ID) (Account, error)
}

// AccountErased is the event that an account and its personal data have been erased. Version 1. It is published once,
// in the transaction of the erasure.
type AccountErased struct {
	AccountID id.ID `json:"account_id"`
}
