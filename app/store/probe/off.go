//go:build !failpoints

package probe

// Rig is empty without the tag failpoints, and each wrapper returns its argument.
type Rig struct{}

// NewRig returns the empty rig.
func NewRig(*Rig) Rig { return Rig{} }

// Clock returns the clock.
func Clock[C any](c C, _ Rig) C { return c }

// BillingWork returns the port.
func BillingWork[P any](p P, _ Rig) P { return p }

// LibraryWork returns the port.
func LibraryWork[P any](p P, _ Rig) P { return p }
