package history_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"coinslot/app/proofs/history"

	"github.com/stretchr/testify/require"
)

const (
	game = "game"
	gems = "gems"
)

// at sets the call and the return of an operation of an account, in seconds.
func at(call, returned time.Duration, op history.Operation) history.Operation {
	op.Account, op.Call, op.Return = "ada", call*time.Second, returned*time.Second
	return op
}

// unknown is an operation whose outcome is not known.
func unknown(call time.Duration, op history.Operation) history.Operation {
	op = at(call, 0, op)
	op.Return = history.Never
	return op
}

func cart(version int64, units map[string]int) history.Cart {
	return history.Cart{Version: version, Units: units}
}

func readCart(c history.Cart) history.Operation {
	return history.Operation{Kind: history.ReadCart, Cart: c}
}

// add adds units of a consumable; 0 units: the game.
func add(product string, units int, after history.Cart) history.Operation {
	return history.Operation{Kind: history.Add, Products: []string{product}, Quantity: units, Cart: after}
}

func set(product string, units int, after history.Cart) history.Operation {
	return history.Operation{Kind: history.SetQuantity, Products: []string{product}, Quantity: units, Cart: after}
}

func remove(product string, after history.Cart) history.Operation {
	return history.Operation{Kind: history.Remove, Products: []string{product}, Cart: after}
}

func checkout(status string) history.Operation {
	return history.Operation{Kind: history.Checkout, Products: []string{game}, Order: "o1", Status: status}
}

func status(orderStatus string) history.Operation {
	return history.Operation{Kind: history.ReadOrders, Orders: map[string]string{"o1": orderStatus}}
}

// library is a read of a library in which these orders have granted the game.
func library(orders ...string) history.Operation {
	op := history.Operation{Kind: history.ReadLibrary}
	for _, order := range orders {
		op.Library = append(op.Library, history.Entitlement{Product: game, Order: order})
	}
	return op
}

var (
	empty   = cart(1, map[string]int{})
	oneGame = cart(2, map[string]int{game: 1})
	refund  = history.Operation{Kind: history.Reverse, Order: "o1"}
	resolve = history.Operation{Kind: history.Resolve, Order: "o1"}
)

type histories map[string][]history.Operation

func (h histories) check(t *testing.T, linearizable bool) {
	t.Helper()
	for name, operations := range h {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "history.html")
			line, err := history.Check(operations, path)
			if linearizable {
				require.NoError(t, err)
				require.Contains(t, line, "histories: 1 accounts, ")
				return
			}
			require.ErrorContains(t, err, "0 are too large to check; visualization of the smallest: "+path)
			require.FileExists(t, path)
		})
	}
}

func TestCheck_Cart_Linearizable(t *testing.T) {
	t.Parallel()
	histories{
		"each change has the next version": {
			at(1, 2, readCart(empty)),
			at(3, 4, add(game, 0, oneGame)),
			at(5, 6, add(game, 0, oneGame)),
			at(7, 8, add(gems, 2, cart(3, map[string]int{game: 1, gems: 2}))),
			at(9, 10, set(gems, 5, cart(4, map[string]int{game: 1, gems: 5}))),
			at(11, 12, remove(gems, cart(5, map[string]int{game: 1}))),
		},
		"concurrent adds take effect in one order": {
			at(1, 9, add(gems, 2, cart(3, map[string]int{game: 1, gems: 2}))),
			at(1, 9, add(game, 0, oneGame)),
			at(1, 9, readCart(empty)),
		},
		"a lost response has had its effect": {
			unknown(1, add(game, 0, history.Cart{})),
			at(3, 4, readCart(oneGame)),
		},
		"a lost response has no effect": {
			unknown(1, add(game, 0, history.Cart{})),
			at(3, 4, readCart(empty)),
			at(5, 6, add(gems, 1, cart(2, map[string]int{gems: 1}))),
		},
		"a lost response has its effect later": {
			unknown(1, add(game, 0, history.Cart{})),
			at(3, 4, readCart(empty)),
			at(5, 6, readCart(oneGame)),
		},
		"a paid order removes its lines": {
			at(1, 2, add(game, 0, oneGame)),
			at(3, 6, checkout("completed")),
			at(4, 5, readCart(oneGame)),
			at(7, 8, readCart(cart(3, map[string]int{}))),
		},
		"an order that is paid later removes its lines later": {
			at(1, 2, add(game, 0, oneGame)),
			unknown(3, checkout("")),
			at(4, 5, readCart(oneGame)),
			at(7, 8, readCart(cart(3, map[string]int{}))),
		},
	}.check(t, true)
}

func TestCheck_Cart_NotLinearizable(t *testing.T) {
	t.Parallel()
	histories{
		"lost update: two adds have the same version": {
			at(1, 9, add(gems, 2, cart(2, map[string]int{gems: 2}))),
			at(1, 9, add(game, 0, oneGame)),
		},
		"lost update: the second change loses the first": {
			at(1, 2, add(gems, 2, cart(2, map[string]int{gems: 2}))),
			at(3, 4, add(game, 0, cart(3, map[string]int{game: 1}))),
		},
		"stale read after an own write": {
			at(1, 2, add(game, 0, oneGame)),
			at(3, 4, readCart(empty)),
		},
		"a later read is older than an earlier one": {
			at(1, 9, add(game, 0, oneGame)),
			at(2, 3, readCart(oneGame)),
			at(4, 5, readCart(empty)),
		},
		"a lost response has its effect twice": {
			unknown(1, add(gems, 1, history.Cart{})),
			at(3, 4, readCart(cart(3, map[string]int{gems: 2}))),
		},
		"a change without a request": {
			at(1, 2, readCart(empty)),
			at(3, 4, readCart(oneGame)),
		},
		"a paid order leaves its lines": {
			at(1, 2, add(game, 0, oneGame)),
			at(3, 4, checkout("completed")),
			at(5, 6, readCart(oneGame)),
		},
		"a declined order removes its lines": {
			at(1, 2, add(game, 0, oneGame)),
			at(3, 4, checkout("declined")),
			at(5, 6, readCart(cart(3, map[string]int{}))),
		},
	}.check(t, false)
}

func TestCheck_Order_Linearizable(t *testing.T) {
	t.Parallel()
	staff := resolve
	staff.Call, staff.Return = 7*time.Second, 8*time.Second
	disputed := checkout("completed")
	disputed.Disputed = true
	histories{
		"granted before it is completed": {
			unknown(1, checkout("")),
			at(2, 3, status("processing")),
			at(4, 5, library("o1")),
			at(6, 7, status("processing")),
			at(8, 9, status("completed")),
			at(10, 11, library("o1")),
		},
		"a concurrent read is older than another": {
			at(1, 9, checkout("completed")),
			at(2, 8, status("completed")),
			at(2, 8, status("processing")),
			at(2, 8, library()),
		},
		"revoked with its refund": {
			at(1, 2, checkout("completed")),
			at(3, 4, library("o1")),
			at(5, 6, refund),
			at(7, 8, status("completed")),
			at(9, 10, library()),
			at(11, 12, status("refunded")),
		},
		"revoked by a dispute": {
			at(1, 2, disputed),
			at(3, 4, library()),
			at(5, 6, status("completed")),
		},
		"bought by a checkout whose response is lost": {
			unknown(1, history.Operation{Kind: history.Checkout, Products: []string{game}}),
			at(3, 4, library("o1")),
		},
		"accepted by staff": {
			unknown(1, checkout("")),
			at(3, 4, status("manual_review")),
			at(5, 6, library()),
			staff,
			at(9, 10, status("completed")),
		},
	}.check(t, true)
}

func TestCheck_Order_NotLinearizable(t *testing.T) {
	t.Parallel()
	histories{
		"completed, then processing": {
			at(1, 2, checkout("completed")),
			at(1, 2, status("completed")),
			at(3, 4, status("processing")),
		},
		"completed, then declined": {
			at(1, 2, checkout("completed")),
			at(1, 2, status("completed")),
			at(3, 4, status("declined")),
		},
		"canceled, then completed": {
			unknown(1, checkout("")),
			at(3, 4, status("canceled")),
			at(5, 6, status("completed")),
		},
		"refunded, then completed": {
			at(1, 2, checkout("completed")),
			at(3, 4, refund),
			at(5, 6, status("refunded")),
			at(7, 8, status("completed")),
		},
		"refunded without a refund": {
			at(1, 2, checkout("completed")),
			at(1, 2, status("completed")),
			at(3, 4, status("refunded")),
		},
		"completed, and not in the library": {
			at(1, 2, checkout("completed")),
			at(1, 2, status("completed")),
			at(3, 4, library()),
		},
		"in the library before the checkout": {
			at(1, 2, library("o1")),
			at(3, 4, checkout("completed")),
		},
		"in the library without a checkout": {
			at(1, 2, library("o1")),
		},
		"in the library after a decline": {
			at(1, 2, checkout("declined")),
			at(1, 2, status("declined")),
			at(3, 4, library("o1")),
		},
		"in the library after the refund": {
			at(1, 2, checkout("completed")),
			at(3, 4, refund),
			at(5, 6, status("refunded")),
			at(7, 8, library("o1")),
		},
		"in the library twice": {
			at(1, 2, checkout("completed")),
			at(3, 4, library("o1", "o1")),
		},
		"in the library by two orders": {
			at(1, 2, checkout("completed")),
			unknown(3, history.Operation{Kind: history.Checkout, Products: []string{game}}),
			at(5, 6, library("o1", "o2")),
		},
		"revoked without a reason": {
			at(1, 2, checkout("completed")),
			at(3, 4, library("o1")),
			at(5, 6, library()),
		},
	}.check(t, false)
}

func TestCheck_SeveralViolations_ReportsSmallest(t *testing.T) {
	t.Parallel()
	small, large := at(1, 2, readCart(oneGame)), at(1, 2, add(game, 0, oneGame))
	small.Account = "bob"
	path := filepath.Join(t.TempDir(), "history.html")
	_, err := history.Check([]history.Operation{large, at(3, 4, readCart(empty)), small}, path)
	require.EqualError(t, err, "histories: of 2 carts and orders 2 are not linearizable and 0 are too large to check; "+
		"visualization of the smallest: "+path+"\nthe cart of bob\n"+
		"      1.000s –     2.000s  read the cart → version 2: game×1")
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(page), "read the cart")
}

// Changes whose outcome is not known leave too many carts, or too many orders in which they may have taken effect.
func TestCheck_TooManyUnknownOutcomes_Fails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limit time.Duration
		units func(n int) int
	}{
		"carts":  {time.Minute, func(n int) int { return 1 << n }},
		"orders": {100 * time.Millisecond, func(int) int { return 1 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			operations := []history.Operation{at(100, 101, readCart(cart(2, map[string]int{game: 1})))}
			for n := range 30 {
				operations = append(operations, unknown(time.Duration(n), add(gems, c.units(n), history.Cart{})))
			}
			_, err := history.CheckWithin(operations, filepath.Join(t.TempDir(), "history.html"), c.limit)
			require.ErrorContains(t, err,
				" 0 are not linearizable and 1 are too large to check; the smallest: the cart of ada\n")
		})
	}
}
