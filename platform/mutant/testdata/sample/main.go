// A program for the test of package mutant. Its output depends on two switches.
package main

import (
	"fmt"

	"coinslot/platform/mutant"
)

func main() {
	if mutant.On("print-the-wrong-word") {
		fmt.Println("wrong")
		return
	}
	fmt.Println(mutant.SQL("select-another", "right", "right", "other"))
}
