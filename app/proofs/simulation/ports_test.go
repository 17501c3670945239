//go:build failpoints

package simulation_test

import (
	"coinslot/modules/billing"

	billingmemory "coinslot/modules/billing/adapters/memory"
	billingports "coinslot/modules/billing/ports"
	cartmemory "coinslot/modules/cart/adapters/memory"
	cartports "coinslot/modules/cart/ports"
	catalogmemory "coinslot/modules/catalog/adapters/memory"
	catalogports "coinslot/modules/catalog/ports"
	checkoutmemory "coinslot/modules/checkout/adapters/memory"
	checkoutports "coinslot/modules/checkout/ports"
	librarymemory "coinslot/modules/library/adapters/memory"
	libraryports "coinslot/modules/library/ports"
)

// simPorts are the stores of a simulation: in memory, or on PostgreSQL.
type simPorts struct {
	shelf    simShelf
	carts    simCarts
	entitled simEntitled
	books    simBooks
	orders   simOrders
}

type simShelf struct {
	catalogports.UnitOfWork
	catalogports.ProductRepository
	catalogports.Search
}

type simCarts struct {
	cartports.UnitOfWork
	cartports.Finder
	cartports.Lines
}

type simEntitled struct {
	libraryports.UnitOfWork
	libraryports.Shelf
}

type simBooks struct {
	billingports.UnitOfWork
	billingports.Books
	billingports.Papers
	backlog billingports.Backlog
	journal billingports.Journal
	news    func() []billing.PaymentChanged
}

// Backlog finds what waits for its time.
func (b simBooks) Backlog() billingports.Backlog { return b.backlog }

// Journal answers questions about the ledger.
func (b simBooks) Journal() billingports.Journal { return b.journal }

// News are the events that were published, the oldest first.
func (b simBooks) News() []billing.PaymentChanged { return b.news() }

type simOrders struct {
	checkoutports.Orders
	checkoutports.Finder
	checkoutports.Reviews
}

func memoryPorts() simPorts {
	shelf, carts, entitled := catalogmemory.NewStore(), cartmemory.NewStore(), librarymemory.NewStore()
	books, orders := billingmemory.NewStore(), checkoutmemory.NewStore()
	return simPorts{
		simShelf{shelf, shelf, shelf},
		simCarts{carts, carts, carts},
		simEntitled{entitled, entitled},
		simBooks{books, books, books, books.Backlog(), books.Journal(), books.News},
		simOrders{orders, orders, orders},
	}
}
