//go:build !failpoints && !bench

package probe

import "go.uber.org/fx"

// Of adds nothing: a store that is built without the tag failpoints has none.
func Of(string) fx.Option { return fx.Options() }
