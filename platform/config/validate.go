package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"coinslot/platform/fault"
)

// Check returns the first violation of the sections as an error of one sentence, or nil.
func Check(sections ...Section) error {
	for _, s := range sections {
		for _, violation := range s.Validate() {
			return Error(violation)
		}
	}
	return nil
}

// Error describes a violation in one sentence that names the key.
func Error(violation fault.Field) error {
	if violation.Value == nil {
		return fmt.Errorf("configuration key %s: %s", violation.Location, violation.Message)
	}
	return fmt.Errorf("configuration key %s: %q cannot be used: %s", violation.Location, fmt.Sprint(violation.Value),
		violation.Message)
}

// Violations collects the violations of a section.
type Violations []fault.Field

// Add adds a violation: the key, its value, or nil when it may hold a secret, and advice such as "write json or text".
func (v *Violations) Add(key string, value any, advice string) {
	*v = append(*v, fault.Field{Location: key, Message: advice, Value: value})
}

// Duration checks that d is at least 1ms.
func (v *Violations) Duration(key string, d time.Duration) {
	if d < time.Millisecond {
		v.Add(key, d, "it must be at least 1ms")
	}
}

// Number checks that least <= n <= most.
func (v *Violations) Number(key string, n, least, most int) {
	if n < least || n > most {
		v.Add(key, n, fmt.Sprintf("write a number from %d to %d", least, most))
	}
}

// Address checks that an address has the form host:port and resolves.
func (v *Violations) Address(key, address string) {
	if _, err := net.ResolveTCPAddr("tcp", address); err != nil || address == "" {
		v.Add(key, address, "write a host and a port such as 127.0.0.1:8080")
	}
}

// URL checks that an address is an HTTP or HTTPS URL. An empty one is valid.
func (v *Violations) URL(key, address string) {
	if u, err := url.Parse(address); address != "" && (err != nil || !isHTTP(u)) {
		v.Add(key, address, "write a URL such as http://127.0.0.1:8082")
	}
}

// database checks a database URL. The violation does not repeat it, because it may hold a password.
func (v *Violations) database(key, address string) {
	u, err := url.Parse(address)
	if address != "" && (err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql")) {
		v.Add(key, nil, "write a URL such as postgres://user:password@host:5432/database")
	}
}

const (
	minBodyMemory = 1 << 20
	maxDrainDelay = 5 * time.Minute
	minLease      = time.Second
	maxLease      = time.Minute
)

// Validate returns the violations of the section.
func (c HTTP) Validate() []fault.Field {
	var v Violations
	v.Address("http.address", c.Address)
	v.Duration("http.handler_timeout", c.HandlerTimeout)
	v.Duration("http.read_header_timeout", c.ReadHeaderTimeout)
	v.Duration("http.read_timeout", c.ReadTimeout)
	v.Duration("http.write_timeout", c.WriteTimeout)
	v.Duration("http.idle_timeout", c.IdleTimeout)
	v.Duration("http.drain_timeout", c.DrainTimeout)
	if c.DrainDelay < 0 || c.DrainDelay > maxDrainDelay {
		v.Add("http.drain_delay", c.DrainDelay, "write a duration from 0s to "+maxDrainDelay.String())
	}
	v.Number("http.in_flight", c.InFlight, 1, 10_000)
	v.Number("http.connections", c.Connections, 1, 1_000_000)
	if c.BodyMemory < minBodyMemory {
		v.Add("http.body_memory", c.BodyMemory,
			fmt.Sprintf("write a number of bytes from %d, enough for 16 bodies", minBodyMemory))
	}
	v.URL("http.public_url", c.PublicURL)
	for _, origin := range c.CORSOrigins {
		if origin != "*" && !isOrigin(strings.TrimSuffix(origin, ":*")) {
			v.Add("http.cors_origins", origin,
				"write origins such as https://shop.example, or http://localhost:* for any port")
		}
	}
	if c.CountryHeader != "" && len(c.TrustedProxies) == 0 {
		v.Add("http.country_header", c.CountryHeader, "only trusted proxies may send it: write their addresses to "+
			"http.trusted_proxies, or leave it empty")
	}
	for _, cidr := range c.TrustedProxies {
		if _, err := netip.ParsePrefix(cidr); err != nil {
			v.Add("http.trusted_proxies", cidr, "write address ranges such as 10.0.0.0/8")
		}
	}
	return v
}

// Validate returns the violations of the section.
func (c Admin) Validate() []fault.Field {
	var v Violations
	v.Address("admin.address", c.Address)
	return v
}

// Validate returns the violations of the section.
func (c Log) Validate() []fault.Field {
	var v Violations
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Level) {
		v.Add("log.level", c.Level, "write debug, info, warn or error")
	}
	if !slices.Contains([]string{"json", "text"}, c.Format) {
		v.Add("log.format", c.Format, "write json or text")
	}
	return v
}

// Validate returns the violations of the section.
func (c Database) Validate() []fault.Field {
	var v Violations
	v.Duration("database.connect_timeout", c.ConnectTimeout)
	v.Duration("database.acquire_timeout", c.AcquireTimeout)
	v.Duration("database.commit_timeout", c.CommitTimeout)
	v.Duration("database.idle_timeout", c.IdleTimeout)
	v.Number("database.pool_size", c.PoolSize, 1, 10_000)
	v.database("database.url", c.URL)
	v.database("database.replica_url", c.ReplicaURL)
	return v
}

// Validate returns the violations of the section.
func (c Migration) Validate() []fault.Field {
	var v Violations
	v.database("migration.database_url", c.DatabaseURL)
	return v
}

// Validate returns the violations of the section.
func (c Jobs) Validate() []fault.Field {
	var v Violations
	v.Duration("jobs.poll_interval", c.PollInterval)
	v.Duration("jobs.pause_after", c.PauseAfter)
	v.Number("jobs.workers", c.Workers, 1, 10_000)
	if c.Lease < minLease || c.Lease > maxLease {
		v.Add("jobs.lease", c.Lease, fmt.Sprintf("write a duration from %s to %s", minLease, maxLease))
	}
	return v
}
