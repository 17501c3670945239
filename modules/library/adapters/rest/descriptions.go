package rest

// descriptions say in the API's document what the operations do.
var descriptions = map[string]string{
	"list-library": `The newest first: what orders gave and was neither refunded nor withheld. problems tells why a product cannot be used,
such as a DLC whose game is refunded or withheld while a bank decides about its payment.`,
	"get-library-product": `404 not-in-library when it is not owned, was refunded, or is withheld while a bank decides about its payment.`,
}
