package history

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Never is the return time of an operation whose outcome is not known: it may take effect at any later time, or never.
const Never = time.Duration(math.MaxInt64)

// Kind is what an operation does.
type Kind string

// The kinds of operations.
const (
	ReadCart    Kind = "read the cart"
	Add         Kind = "add"
	SetQuantity Kind = "set the quantity"
	Remove      Kind = "remove"
	Checkout    Kind = "check out"
	ReadOrders  Kind = "read orders"
	ReadLibrary Kind = "read the library"
	Reverse     Kind = "reverse" // a refund by the buyer or at the provider
	Resolve     Kind = "resolve" // staff end a manual review
)

// Operation is a request, and its outcome if that is known.
type Operation struct {
	Account  string
	Kind     Kind
	Products []string // of Add, SetQuantity and Remove: one; of Checkout: those of its lines
	Quantity int      // of Add and SetQuantity; 0: the product is one that a cart has once
	Order    string   // of Checkout, once it is known, of Reverse and Resolve
	Disputed bool     // of Checkout: the bank will reverse the payment

	Call, Return time.Duration // Never: the outcome is not known
	Cart         Cart          // the outcome of an operation of the cart
	Status       string        // the outcome of Checkout
	Orders       map[string]string
	Library      []Entitlement
}

// Entitlement is an entry of a library: a product, and the order that granted it.
type Entitlement struct{ Product, Order string }

// Known reports whether the outcome is known.
func (o Operation) Known() bool { return o.Return != Never }

// String describes the operation and its outcome on a line.
func (o Operation) String() string {
	parts := []string{string(o.Kind)}
	for _, product := range o.Products {
		parts = append(parts, short(product))
	}
	if o.Quantity > 0 {
		parts = append(parts, fmt.Sprintf("×%d", o.Quantity))
	}
	if o.Order != "" {
		parts = append(parts, "order "+short(o.Order))
	}
	return strings.Join(parts, " ") + " → " + o.outcome()
}

func (o Operation) outcome() string {
	if !o.Known() {
		return "unknown"
	}
	switch o.Kind {
	case ReadCart, Add, SetQuantity, Remove:
		return o.Cart.String()
	case Checkout:
		return o.Status
	case ReadOrders:
		var orders []string
		for _, order := range slices.Sorted(maps.Keys(o.Orders)) {
			orders = append(orders, short(order)+" "+o.Orders[order])
		}
		return "[" + strings.Join(orders, ", ") + "]"
	case ReadLibrary:
		var entries []string
		for _, e := range o.Library {
			entries = append(entries, short(e.Product)+" of order "+short(e.Order))
		}
		return "[" + strings.Join(entries, ", ") + "]"
	case Reverse, Resolve:
	}
	return "done"
}

// short is the random end of an ID.
func short(id string) string { return id[max(0, len(id)-6):] }
