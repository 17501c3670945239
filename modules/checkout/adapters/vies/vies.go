// Package vies asks VIES, the European Commission's registry of VAT IDs, over its REST interface.
package vies

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"coinslot/platform/vatid"
)

const maxBody = 1 << 20

// Registry asks VIES.
type Registry struct {
	url     string
	timeout time.Duration
	client  *http.Client
}

// New returns the registry at a base URL. One call may last for the timeout.
func New(base string, timeout time.Duration) *Registry {
	return &Registry{strings.TrimSuffix(base, "/") + "/check-vat-number", timeout, &http.Client{}}
}

type question struct {
	Country string `json:"countryCode"`
	Number  string `json:"vatNumber"`
}

// answer is VIES's answer. Valid is absent when the member state did not say.
type answer struct {
	Valid  *bool  `json:"valid"`
	Error  string `json:"userError"`
	Errors []struct {
		Error string `json:"error"`
	} `json:"errorWrappers"`
}

// Assigned reports whether a VAT ID is assigned at this moment. It fails when VIES, or the member state behind it, does
// not say.
func (r *Registry) Assigned(ctx context.Context, vatID string) (bool, error) {
	v, err := vatid.Parse(vatID)
	if err != nil {
		return false, fmt.Errorf("ask VIES for a VAT ID: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	body, err := json.Marshal(question{v.Prefix(), v.Number()})
	if err != nil {
		return false, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	response, err := r.client.Do(request)
	if err != nil {
		return false, fmt.Errorf("ask VIES: %w", err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return false, fmt.Errorf("read the answer of VIES: %w", err)
	}
	return read(response.StatusCode, raw)
}

func read(status int, raw []byte) (bool, error) {
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil {
		return false, fmt.Errorf("VIES answered status %d: %w", status, err)
	}
	for _, e := range a.Errors {
		if e.Error != "" {
			a.Error = e.Error
		}
	}
	decided := a.Error == "" || a.Error == "VALID" || a.Error == "INVALID"
	if status != http.StatusOK || a.Valid == nil || !decided {
		return false, fmt.Errorf("VIES answered status %d and error %q", status, a.Error)
	}
	return *a.Valid, nil
}
