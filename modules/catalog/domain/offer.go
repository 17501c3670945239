package domain

import (
	"slices"

	"coinslot/modules/catalog"
	"coinslot/platform/id"
)

// BundleOffer decides whether a bundle that holds archived products is sold. It is not, unless staff said that it is
// sold without them and something is left; then the offer holds what is left.
func BundleOffer(o catalog.Offer, archived map[id.ID]bool, soldWithoutArchived bool) catalog.Offer {
	if o.Kind != catalog.Bundle {
		return o
	}
	left := slices.DeleteFunc(slices.Clone(o.Contents), func(c catalog.Content) bool { return archived[c.ProductID] })
	if len(left) == len(o.Contents) {
		return o
	}
	o.Available = o.Available && soldWithoutArchived && len(left) > 0
	if o.Available {
		o.Contents = left
	}
	return o
}
