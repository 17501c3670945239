// The program of a test: what it prints depends on a switch.
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
