package history_test

import (
	"testing"

	"coinslot/app/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
