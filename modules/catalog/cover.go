package catalog

import "coinslot/platform/id"

// CoverDTO is a Cover on the wire. It is here because the cart and checkout show it alike and may not use each other's
// adapters: of one Go type the API's document has one schema.
type CoverDTO struct {
	Type string `json:"type" enum:"line,order,library" doc:"line: another item of the cart; order: an earlier order; library: it is owned, and no single order gave it"`
	ID   string `json:"id,omitempty" format:"uuid" doc:"Of the item or the order"`
}

// DTO returns the cover as it goes over the wire.
func (c Cover) DTO() *CoverDTO {
	switch {
	case c.LineID != id.Nil:
		return &CoverDTO{"line", c.LineID.String()}
	case c.OrderID != id.Nil:
		return &CoverDTO{"order", c.OrderID.String()}
	}
	return &CoverDTO{Type: "library"}
}
