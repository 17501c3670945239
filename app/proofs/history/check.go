package history

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"
)

// limit bounds the check of a cart or an order.
const limit = 20 * time.Second

// object is what is checked on its own: the cart of an account, or one of its orders with its entitlement.
// Linearizability is local: a history is linearizable if that of each object is.
type object struct {
	account    string
	name       string
	model      porcupine.Model
	operations []Operation
	tooLarge   atomic.Bool // the model has given up
}

// check checks the operations, for at most a time.
func (o *object) check(limit time.Duration) porcupine.CheckResult {
	result := porcupine.CheckOperationsTimeout(o.model, o.history(), limit)
	if o.tooLarge.Load() {
		return porcupine.Unknown
	}
	return result
}

// Check checks that the operations of each account are linearizable, and returns a line that says so. Otherwise the
// error has the smallest history that is not, and its visualization is written to a file.
func Check(operations []Operation, visualization string) (string, error) {
	return CheckWithin(operations, visualization, limit)
}

// CheckWithin is Check with a limit of the time for each cart and each order. A history that takes longer is an error,
// too: whether it is linearizable is not known.
func CheckWithin(operations []Operation, visualization string, limit time.Duration) (string, error) {
	objects, accounts := objectsOf(operations), map[string]bool{}
	var illegal, unclear []*object
	for _, o := range objects {
		accounts[o.account] = true
		switch o.check(limit) {
		case porcupine.Ok:
		case porcupine.Illegal:
			illegal = append(illegal, o)
		case porcupine.Unknown:
			unclear = append(unclear, o)
		}
	}
	if len(illegal)+len(unclear) == 0 {
		return fmt.Sprintf("histories: %d accounts, %d operations linearizable", len(accounts), len(operations)), nil
	}
	found := fmt.Sprintf("histories: of %d carts and orders %d are not linearizable and %d are too large to check",
		len(objects), len(illegal), len(unclear))
	if len(illegal) == 0 {
		return "", fmt.Errorf("%s; the smallest: %s", found, smallest(unclear))
	}
	worst := smallest(illegal)
	_, info := porcupine.CheckOperationsVerbose(worst.model, worst.history(), limit)
	if err := porcupine.VisualizePath(worst.model, info, visualization); err != nil {
		return "", fmt.Errorf("%s; the smallest: %s\n%w", found, worst, err)
	}
	return "", fmt.Errorf("%s; visualization of the smallest: %s\n%s", found, visualization, worst)
}

func smallest(objects []*object) *object {
	return slices.MinFunc(objects, func(a, b *object) int { return cmp.Compare(len(a.operations), len(b.operations)) })
}

// objectsOf partitions operations by account, and those of an account by cart and order.
func objectsOf(operations []Operation) (out []*object) {
	accounts := map[string][]Operation{}
	var others []Operation
	for _, op := range inOrder(operations, nil) {
		if op.Kind == Resolve || op.Account == "" {
			others = append(others, op)
			continue
		}
		accounts[op.Account] = append(accounts[op.Account], op)
	}
	for _, name := range slices.Sorted(maps.Keys(accounts)) {
		account := accounts[name]
		cart := &object{account: name, name: "the cart", operations: ofCart(account)}
		cart.model = cartModel(&cart.tooLarge)
		out = append(out, cart)
		for _, orderID := range orderIDs(account) {
			out = append(out, &object{
				account: name, name: "order " + orderID, model: orderModel(orderID),
				operations: ofOrder(orderID, account, others),
			})
		}
	}
	return out
}

// inOrder returns operations in the order of their calls.
func inOrder(operations, more []Operation) []Operation {
	out := slices.Concat(operations, more)
	slices.SortStableFunc(out, func(a, b Operation) int { return cmp.Compare(a.Call, b.Call) })
	return out
}

// history returns the operations for porcupine, each as an input. Concurrent operations are shown as those of different
// clients.
func (o *object) history() []porcupine.Operation {
	out := make([]porcupine.Operation, len(o.operations))
	var busy []time.Duration // until when each client is
	for i, op := range o.operations {
		client := slices.IndexFunc(busy, func(until time.Duration) bool { return until < op.Call })
		if client < 0 {
			client = len(busy)
			busy = append(busy, 0)
		}
		busy[client] = op.Return
		out[i] = porcupine.Operation{ClientId: client, Input: op, Call: int64(op.Call), Return: int64(op.Return)}
	}
	return out
}

// String names the object and describes its operations, a line each.
func (o *object) String() string {
	out := []string{o.name + " of " + o.account}
	for _, op := range o.operations {
		returned := "        …"
		if op.Known() {
			returned = fmt.Sprintf("%9.3fs", op.Return.Seconds())
		}
		out = append(out, fmt.Sprintf("  %9.3fs – %10s  %s", op.Call.Seconds(), returned, op))
	}
	return strings.Join(out, "\n")
}
