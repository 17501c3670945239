// Command coinslot is the backend of a game store with everything that belongs to it: its migrations, its sample catalog,
// an embedded database and a mock payment provider.
package main

import "coinslot/app/cli"

func main() { cli.Main() }
