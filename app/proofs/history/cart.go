package history

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/anishathalye/porcupine"
)

// Cart is a cart: the units of each product, and the version, which each change increments.
type Cart struct {
	Version int64
	Units   map[string]int
}

// String describes the cart on a line.
func (c Cart) String() string {
	out := fmt.Sprintf("version %d:", c.Version)
	for _, product := range slices.Sorted(maps.Keys(c.Units)) {
		out += fmt.Sprintf(" %s×%d", short(product), c.Units[product])
	}
	return strings.TrimSuffix(out, ":")
}

func (c Cart) equal(other Cart) bool {
	return c.Version == other.Version && maps.Equal(c.Units, other.Units)
}

// apply returns the cart that an operation leaves. False: the operation is not possible on this cart.
func (c Cart) apply(op Operation) (Cart, bool) {
	next := Cart{c.Version + 1, maps.Clone(c.Units)}
	switch op.Kind {
	case Add:
		product := op.Products[0]
		if op.Quantity == 0 && c.Units[product] > 0 {
			return c, true
		}
		next.Units[product] += max(op.Quantity, 1)
		return next, true
	case SetQuantity:
		product := op.Products[0]
		next.Units[product] = op.Quantity
		return next, c.Units[product] > 0
	case Remove, Checkout: // a paid order removes its lines
		for _, product := range op.Products {
			delete(next.Units, product)
		}
		if len(next.Units) == len(c.Units) {
			return c, op.Kind == Checkout
		}
		return next, true
	case ReadCart, ReadOrders, ReadLibrary, Reverse, Resolve:
	}
	return c, true
}

// after returns the carts that an operation may leave. None: the response contradicts this cart.
func (c Cart) after(op Operation) []Cart {
	next, possible := c.apply(op)
	switch {
	case !op.Known() && possible && !next.equal(c):
		return []Cart{c, next}
	case !op.Known():
		return []Cart{c}
	case possible && (op.Kind == Checkout || next.equal(op.Cart)):
		return []Cart{next}
	}
	return nil
}

// carts are the carts that are possible after some operations: an operation with an unknown outcome doubles them, and
// the next one with a known outcome leaves those that agree with it.
type carts []Cart

// maxCarts bounds the work of a check.
const maxCarts = 1 << 10

func (c carts) equal(other carts) bool { return slices.EqualFunc(c, other, Cart.equal) }

// after returns the carts that are possible after an operation, in an order that does not depend on that of c.
func (c carts) after(ctx context.Context, op Operation) carts {
	next := map[string]Cart{}
	for _, before := range c {
		for _, cart := range before.after(op) {
			next[fmt.Sprint(cart.Version, cart.Units)] = cart
		}
		if ctx.Err() != nil {
			return nil
		}
	}
	out := make(carts, 0, len(next))
	for _, key := range slices.Sorted(maps.Keys(next)) {
		out = append(out, next[key])
	}
	return out
}

// cartModel returns the sequential model of a cart. When more than maxCarts are possible it sets tooLarge, and rejects
// all further operations to end the check.
func cartModel(tooLarge *atomic.Bool) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return carts{{1, map[string]int{}}} },
		StepContext: func(ctx context.Context, state, op, _ any) (bool, any) {
			if tooLarge.Load() {
				return false, nil
			}
			next := state.(carts).after(ctx, op.(Operation))
			tooLarge.Store(len(next) > maxCarts)
			return len(next) > 0, next
		},
		Equal:             func(a, b any) bool { return a.(carts).equal(b.(carts)) },
		Hash:              func(state any) uint64 { return uint64(state.(carts)[0].Version) },
		DescribeOperation: func(op, _ any) string { return op.(Operation).String() },
	}
}

// ofCart selects the operations of an account's cart. Checkouts that were not paid change nothing. An Add of a product
// that a cart has once is repeated until its outcome is known: of these repetitions the first stands for all, because
// at most one of them changes the cart.
func ofCart(account []Operation) (out []Operation) {
	repeated := map[string]bool{}
	for _, op := range account {
		switch op.Kind {
		case ReadCart, SetQuantity, Remove:
			out = append(out, op)
		case Checkout:
			if op.Status != "declined" && op.Status != "canceled" {
				out = append(out, op)
			}
		case Add:
			product := op.Products[0]
			if op.Known() || op.Quantity > 0 || !repeated[product] {
				out = append(out, op)
			}
			repeated[product] = !op.Known() && op.Quantity == 0
		case ReadOrders, ReadLibrary, Reverse, Resolve:
		}
	}
	return out
}
