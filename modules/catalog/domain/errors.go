// Package domain holds the rules of sellables and prices.
package domain

import "coinslot/platform/fault"

// The faults of catalog.
var (
	ErrNotFound  = fault.New(fault.NotFound, "not-found", "there is no such product, bundle or page")
	ErrSlugTaken = fault.New(fault.Conflict, "slug-taken",
		"another product or bundle has this slug; choose another one")
	ErrStale   = fault.New(fault.Stale, "stale-version", "this has changed since you read it; read it again")
	ErrInvalid = fault.New(fault.Invalid, "invalid-request",
		"some values are out of range; errors lists each of them")
	ErrArchived    = fault.New(fault.Conflict, "archived", "an archived product or bundle cannot be changed")
	ErrPriceInPast = fault.New(fault.Invalid, "price-in-the-past",
		"a price cannot start in the past: one that buyers have seen is never rewritten")
	ErrPriceOrder = fault.New(fault.Conflict, "price-order",
		"the prices of an import must be in the order in which they start")
	ErrPriceInForce = fault.New(fault.Conflict, "price-in-force",
		"the price is in force or starts within five seconds; add a new version instead")
	ErrNoPrice   = fault.New(fault.NotFound, "price-not-found", "there is no such price version")
	ErrPriceRace = fault.New(fault.Conflict, "price-race",
		"somebody else set a price at the same moment; look at it and try again")
	ErrUnknownItems = fault.New(fault.Invalid, "unknown-product", "a product that this refers to does not exist")
)
