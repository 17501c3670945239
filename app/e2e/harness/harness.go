// Package harness starts stores with their databases and payment providers for black-box tests. Its client validates
// every response against the served OpenAPI document.
package harness

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"coinslot/app/cli"
	"coinslot/app/store"
	"coinslot/configs"
	"coinslot/platform/config"
	"coinslot/platform/id"
	"coinslot/platform/postgres/pgtest"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/stretchr/testify/require"
)

// ProgramRole is an environment variable. If it is set, the test binary runs the command line instead of tests.
const ProgramRole = "COINSLOT_TEST_PROGRAM"

// testsPerProcessor is the default of -parallel for each processor. Black-box tests mostly wait for background work.
const testsPerProcessor = 3

// Main runs the tests of a package, or the command line if ProgramRole is set.
func Main(m *testing.M) {
	if os.Getenv(ProgramRole) != "" {
		cli.Main()
		return
	}
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == parallelFlag })
	if !given {
		_ = flag.Set(parallelFlag, strconv.Itoa(testsPerProcessor*runtime.GOMAXPROCS(0))) // package testing defines it
	}
	pgtest.Main(m)
}

const parallelFlag = "test.parallel"

// Secrets that the tests' stores and providers share.
const (
	WebhookSecret = "a webhook secret for the tests"
	ProviderKey   = "an API key for the tests"
)

// Authorize adds the provider's API key to a request.
func Authorize(request *http.Request) *http.Request {
	request.Header.Set("Authorization", "Bearer "+ProviderKey)
	return request
}

// spec validates responses against the served OpenAPI document.
var spec = sync.OnceValues(func() (validator.Validator, error) {
	cfg, err := store.LoadConfig(config.Source{Files: configs.Files, Profile: "test"})
	if err != nil {
		return nil, err
	}
	api, err := store.API(cfg)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(api.OpenAPI())
	if err != nil {
		return nil, err
	}
	document, err := libopenapi.NewDocument(raw)
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(document)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return v, nil
})

// TestPassword is the password of every account in tests.
const TestPassword = "a password for the tests"

// NewKey returns a new idempotency key.
func NewKey() string { return id.V7{}.NewID().String() }

// Eventually polls a condition every 10 ms. It fails the test after a minute.
func Eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, time.Minute, 10*time.Millisecond, what)
}
