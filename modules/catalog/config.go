package catalog

import "coinslot/platform/fault"

// Config is the section catalog.
type Config struct {
	Cache int `koanf:"cache"` // how many responses about products are cached; 0: none
}

const maxCache = 1_000_000

// Validate returns what is wrong, by key.
func (c Config) Validate() []fault.Field {
	if c.Cache < 0 || c.Cache > maxCache {
		return []fault.Field{{Location: "catalog.cache", Message: "write a number from 0 to 1000000", Value: c.Cache}}
	}
	return nil
}
