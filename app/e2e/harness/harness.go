// Package harness starts whole stores, their databases and providers for black-box tests, and speaks to them as clients
// do: every answer is checked against the served OpenAPI document.
package harness

import (
	"encoding/json"
	"net/http"
	"os"
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

// ProgramRole makes this test binary the program itself, for the tests of its processes.
const ProgramRole = "COINSLOT_TEST_PROGRAM"

// Main runs the tests of a package, or the program itself when the environment says so.
func Main(m *testing.M) {
	if os.Getenv(ProgramRole) != "" {
		cli.Main()
		return
	}
	pgtest.Main(m)
}

// The secrets that a store of the tests and its provider share.
const (
	WebhookSecret = "a webhook secret for the tests"
	ProviderKey   = "an API key for the tests"
)

// AsMerchant shows the provider the key.
func AsMerchant(request *http.Request) *http.Request {
	request.Header.Set("Authorization", "Bearer "+ProviderKey)
	return request
}

// spec checks answers against the served OpenAPI document. It is built once: it never changes.
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

// TestPassword is the password of every account that tests make.
const TestPassword = "a password for the tests"

// NewKey returns a new idempotency key.
func NewKey() string { return id.V7{}.NewID().String() }

// Eventually waits until a condition holds that another goroutine of the store brings about.
func Eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, time.Minute, 10*time.Millisecond, what)
}
