// Command coinslot is the backend of a game store with everything that belongs to it: its migrations, its sample
// catalog, an embedded database and a mock payment provider.
package main

import (
	_ "time/tzdata" // the sellers' time zones, on machines that have none

	"coinslot/app/cli"
)

func main() { cli.Main() }
