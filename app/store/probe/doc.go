// Package probe adds failpoints to the ports of a store that is built with the tag failpoints.
package probe

//go:generate ./generate
