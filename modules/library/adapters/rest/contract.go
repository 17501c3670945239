package rest

import (
	"coinslot/modules/library/domain"
	"coinslot/platform/fault"
	"coinslot/platform/web"
)

var contract = web.Contract{
	Descriptions: descriptions,
	Tags:         map[string]string{"library": "The products that the account owns."},
	Faults:       map[string][]*fault.Error{"get-library-product": {domain.ErrNotOwned}},
}
