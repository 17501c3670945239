package web

// IDs in the sample catalog, for the document's examples: the products Tidewright and Brassica and the bundle Starter Purse.
const (
	SampleProduct      = "019b76da-a808-7a7b-a401-c3da0d17a2e1"
	SampleBundle       = "019b76da-a85e-745d-bc50-b33715fe074d"
	OtherSampleProduct = "019b76da-a812-7bc0-961f-b71ecb536b17"
)

// IDs that a store makes when a client does something. In examples these stand in their place.
const (
	SampleItem       = "00000000-0000-7000-8000-000000000001" // of the cart
	SampleOrder      = "00000000-0000-7000-8000-000000000002"
	SampleInvoice    = "00000000-0000-7000-8000-000000000003"
	SampleCreditNote = "00000000-0000-7000-8000-000000000004"
	SampleSession    = "00000000-0000-7000-8000-000000000005"
	// SampleRefreshToken stands in the place of the one that signing in returns.
	SampleRefreshToken = "the-refresh-token-of-sign-in"

	sampleKey = "a-key-of-my-own"
)
