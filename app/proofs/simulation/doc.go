// Package simulation plays random stories of a store that crashes: the services of every module over memory adapters, a
// scripted provider, and checks of money and goods after every step. One seed is one story, bit by bit the same.
// It is built with the tag failpoints; make simulate runs it.
package simulation
