// Package samples adds the sample catalog and the demo accounts to an empty store, and imports catalogs from YAML.
package samples

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"coinslot/configs"
	"coinslot/modules/identity"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/web"

	catalogservice "coinslot/modules/catalog/service"
	identitydomain "coinslot/modules/identity/domain"
	identityservice "coinslot/modules/identity/service"
)

// Loader adds samples through the use cases of catalog and identity.
type Loader struct {
	Catalog  *catalogservice.Service
	Identity *identityservice.Service
}

// Password is the password of the demo accounts.
const Password = "insert coin to play" //nolint:gosec // the banner prints it

type sampleAccount struct{ handle, name, role string }

var sampleAccounts = []sampleAccount{
	{"ada", "Ada Player", identity.RoleCustomer},
	{"clerk", "Clara Clerk", identity.RoleStaff},
}

// DemoAccounts returns the accounts that the API page offers to sign in with.
func DemoAccounts() (out []web.DemoAccount) {
	for _, a := range sampleAccounts {
		out = append(out, web.DemoAccount{Login: a.handle, Password: Password, Role: a.role})
	}
	return out
}

func (a sampleAccount) email() string { return a.handle + "@coinslot.example" }

// Demo returns the demo accounts that exist and still have Password.
func (s Loader) Demo(ctx context.Context) (out []identity.Account, err error) {
	for _, a := range sampleAccounts {
		account, matches, err := s.Identity.WithPassword(ctx, a.email(), Password)
		if err != nil {
			return nil, fmt.Errorf("check the password of sample account %s: %w", a.handle, err)
		}
		if matches {
			out = append(out, account)
		}
	}
	return out, nil
}

// Add adds the sample catalog, and the demo accounts with the given password. It does nothing if the catalog is not
// empty; accounts that exist keep their passwords.
func (s Loader) Add(ctx context.Context, password string) error {
	empty, err := s.Catalog.Empty(ctx)
	if err != nil || !empty {
		return err
	}
	if _, err := s.AddCatalog(ctx); err != nil && !errors.Is(err, ErrCurrency) {
		return err
	}
	for _, a := range sampleAccounts {
		_, err := s.Identity.Register(ctx, identitydomain.Registration{
			Email: a.email(), Handle: a.handle, DisplayName: a.name, Password: password,
		})
		if err != nil && !fault.Is(err, fault.Conflict) {
			return fmt.Errorf("add sample account %s: %w", a.handle, err)
		}
		if _, err := s.Identity.GrantRole(ctx, a.handle, a.role); err != nil {
			return fmt.Errorf("grant %s to %s: %w", a.role, a.handle, err)
		}
	}
	return nil
}

// ErrCurrency is returned for a store that does not sell in the currency of the sample catalog.
var ErrCurrency = errors.New("the sample catalog has prices in " + currency + ", and store.currency is another one")

const currency = "EUR" // of configs/catalog.yaml

// AddCatalog adds the sample catalog if the catalog is empty. It returns the number of products and bundles added, and
// ErrCurrency.
func (s Loader) AddCatalog(ctx context.Context) (int, error) {
	if s.Catalog.Currency != currency {
		return 0, ErrCurrency
	}
	empty, err := s.Catalog.Empty(ctx)
	if err != nil || !empty {
		return 0, err
	}
	raw, err := configs.Files.ReadFile("catalog.yaml")
	if err != nil {
		return 0, err
	}
	return s.ImportCatalog(ctx, Source{"configs/catalog.yaml", raw, sampleIDs()})
}

// sampleIDs returns a generator of IDs that are the same in every store: the examples of the OpenAPI document use them.
func sampleIDs() func() id.ID {
	n, at := 0, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() (out id.ID) {
		sum := sha256.Sum256(fmt.Appendf(nil, "coinslot sample %d", n))
		binary.BigEndian.PutUint64(out[:], uint64(at.UnixMilli()+int64(n))<<16)
		copy(out[6:], sum[:])
		out[6], out[8] = out[6]&0x0f|0x70, out[8]&0x3f|0x80 // version 7, variant of RFC 9562
		n++
		return out
	}
}
