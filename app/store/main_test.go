package store

import (
	"testing"

	"coinslot/platform/postgres/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
