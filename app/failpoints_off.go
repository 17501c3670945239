//go:build !failpoints && !bench

package main

import "go.uber.org/fx"

// probed adds nothing: a store that is built without the tag failpoints has none.
func probed(string) fx.Option { return fx.Options() }
