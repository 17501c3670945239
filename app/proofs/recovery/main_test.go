package recovery_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"coinslot/app/e2e/harness"
)

// networkVariable is set when the tests run in a network namespace of their own.
const networkVariable = "COINSLOT_TEST_NETWORK"

func TestMain(m *testing.M) {
	if os.Getenv(networkVariable) != "" {
		if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "the loopback device: %v: %s\n", err, out)
			os.Exit(1)
		}
	}
	harness.Main(m)
}
