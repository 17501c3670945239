// Package configs carries the configuration files and the sample catalog inside the binary.
package configs

import "embed"

// Files holds default.yaml, the profiles on top of it, and catalog.yaml.
//
//go:embed *.yaml
var Files embed.FS
