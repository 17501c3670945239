package rest

var descriptions = map[string]string{
	"list-library": `The newest first, without products that were refunded or are suspended during a dispute of their
payment. problems tells why a product cannot be used, such as a DLC whose base game is refunded or suspended.`,
	"get-library-product": `404 not-in-library when the account does not own the product, when it was refunded, and while
it is suspended during a dispute of its payment.`,
}
