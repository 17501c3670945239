package config_test

import (
	"testing"
	"testing/fstest"
	"time"

	"coinslot/platform/config"
	"coinslot/platform/fault"

	"github.com/stretchr/testify/require"
)

// program is the configuration of a program with a section of its own.
type program struct {
	Log  config.Log `koanf:"log"`
	Shop shop       `koanf:"shop"`
}

// Validate checks both sections.
func (p program) Validate() error { return config.Check(p.Log, p.Shop) }

type shop struct {
	Opens time.Duration `koanf:"opens"`
}

// Validate checks the section.
func (s shop) Validate() []fault.Field {
	var v config.Violations
	v.Duration("shop.opens", s.Opens)
	return v
}

func TestLoad_MergesSourcesAndValidatesSections(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"default.yaml": {Data: []byte("log: {level: info, format: json}\nshop: {opens: 9h}\n")},
		"local.yaml":   {Data: []byte("log: {format: text}\n")},
	}
	load := func(environ ...string) (program, error) {
		return config.Load[program](config.Source{Files: files, Profile: "local", Environ: environ})
	}
	p, err := load("COINSLOT_SHOP_OPENS=10h")
	require.NoError(t, err)
	require.Equal(t, program{
		Log: config.Log{Level: "info", Format: "text"}, Shop: shop{Opens: 10 * time.Hour},
	}, p)
	for variable, says := range map[string]string{
		"COINSLOT_SHOP_OPENS=0s": `configuration key shop.opens: "0s" cannot be used: it must be at least 1ms`,
		"COINSLOT_SHOP_OPENS=soon": `configuration key shop.opens: "soon" cannot be used: ` +
			"write a duration such as 500ms, 10s or 5m",
		"COINSLOT_SHOP_CLOSES=1h": "the environment variable COINSLOT_SHOP_CLOSES names no configuration key; " +
			"see configs/default.yaml",
		"COINSLOT_LOG_LEVEL=loud": `configuration key log.level: "loud" cannot be used: write debug, info, warn or error`,
	} {
		_, err := load(variable)
		require.EqualError(t, err, says)
	}
}
