package cli

import (
	"encoding/json"
	"os"

	"coinslot/app/store"
	"coinslot/platform/web"
)

type openapiCmd struct{}

// Run prints the OpenAPI document. It needs no database.
func (openapiCmd) Run(c *cli) error {
	api, err := describeAPI(c)
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(api.OpenAPI(), "", "  ")
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(append(raw, '\n'))
	return err
}

func describeAPI(c *cli) (*web.API, error) {
	cfg, err := c.load()
	if err != nil {
		return nil, err
	}
	return store.API(cfg)
}
