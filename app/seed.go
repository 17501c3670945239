package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"coinslot/configs"
	"coinslot/modules/identity"
	"coinslot/platform/config"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/web"

	identitydomain "coinslot/modules/identity/domain"
)

const samplePassword = "insert coin to play" //nolint:gosec // the banner prints it

type sampleAccount struct{ handle, name, role string }

var sampleAccounts = []sampleAccount{
	{"ada", "Ada Player", identity.RoleCustomer},
	{"clerk", "Clara Clerk", identity.RoleStaff},
}

// demoAccounts are those that the API's page offers to sign in with.
func demoAccounts(cfg config.Config) (out []web.DemoAccount) {
	if cfg.Profile != config.Local {
		return nil
	}
	for _, a := range sampleAccounts {
		out = append(out, web.DemoAccount{Login: a.handle, Password: samplePassword, Role: a.role})
	}
	return out
}

func (a sampleAccount) email() string { return a.handle + "@coinslot.example" }

// fill adds the samples to a store that has no catalog. Only a local one, which nobody else reaches, gets accounts with a
// known password; no other one starts with them.
func (e *environment) fill(ctx context.Context, s samples) error {
	if e.cfg.Profile == config.Local {
		return s.add(ctx, samplePassword)
	}
	known, err := s.demo(ctx)
	if err != nil {
		return err
	}
	for _, a := range known {
		if slices.Contains(a.Roles, identity.RoleStaff) {
			return fmt.Errorf("the staff account %s has the password of the demo, which everybody knows: "+
				"change it (PUT /v1/me/password) under the profile local, or use another database", a.Email)
		}
	}
	if e.cfg.Secrets.Generate {
		_, err = s.addCatalog(ctx)
	}
	return err
}

// demo returns the sample accounts that have the password which the banner prints.
func (s samples) demo(ctx context.Context) (out []identity.Account, err error) {
	for _, a := range sampleAccounts {
		account, matches, err := s.identity.WithPassword(ctx, a.email(), samplePassword)
		if err != nil {
			return nil, fmt.Errorf("look at sample account %s: %w", a.handle, err)
		}
		if matches {
			out = append(out, account)
		}
	}
	return out, nil
}

// shownDemo returns the accounts that the banner names.
func (e *environment) shownDemo(ctx context.Context, s samples) ([]identity.Account, error) {
	if e.cfg.Profile != config.Local {
		return nil, nil
	}
	return s.demo(ctx)
}

// add fills an empty store, with accounts of a known password.
func (s samples) add(ctx context.Context, password string) error {
	n, err := s.addCatalog(ctx)
	if err != nil || n == 0 {
		return err
	}
	for _, a := range sampleAccounts {
		_, err := s.identity.Register(ctx, identitydomain.Registration{
			Email: a.email(), Handle: a.handle, DisplayName: a.name, Password: password,
		})
		if err != nil && !fault.Is(err, fault.Conflict) {
			return fmt.Errorf("add sample account %s: %w", a.handle, err)
		}
		if _, err := s.identity.GrantRole(ctx, a.handle, a.role); err != nil {
			return fmt.Errorf("grant %s to %s: %w", a.role, a.handle, err)
		}
	}
	return nil
}

// addCatalog adds the sample catalog if there is none, and returns how many sellables that was.
func (s samples) addCatalog(ctx context.Context) (int, error) {
	empty, err := s.catalog.Empty(ctx)
	if err != nil || !empty {
		return 0, err
	}
	raw, err := configs.Files.ReadFile("catalog.yaml")
	if err != nil {
		return 0, err
	}
	return s.importCatalog(ctx, catalogSource{"configs/catalog.yaml", raw, sampleIDs()})
}

// sampleIDs returns a source of the same IDs in every store, so that the examples of the API's document can name them.
func sampleIDs() func() id.ID {
	made, at := 0, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() (out id.ID) {
		sum := sha256.Sum256(fmt.Appendf(nil, "coinslot sample %d", made))
		binary.BigEndian.PutUint64(out[:], uint64(at.UnixMilli()+int64(made))<<16)
		copy(out[6:], sum[:])
		out[6], out[8] = out[6]&0x0f|0x70, out[8]&0x3f|0x80 // version 7, variant of RFC 9562
		made++
		return out
	}
}
