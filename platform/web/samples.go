package web

// IDs of the sample catalog in the examples of the OpenAPI document: the products Tidewright and Brassica, and the
// bundle Starter Purse.
const (
	SampleProduct      = "019b76da-a808-7a7b-a401-c3da0d17a2e1"
	SampleBundle       = "019b76da-a85e-745d-bc50-b33715fe074d"
	OtherSampleProduct = "019b76da-a812-7bc0-961f-b71ecb536b17"
)

// Placeholders in examples for the IDs of objects that clients create. The API's page replaces them.
const (
	SampleItem       = "00000000-0000-7000-8000-000000000001" // a cart item
	SampleOrder      = "00000000-0000-7000-8000-000000000002"
	SampleInvoice    = "00000000-0000-7000-8000-000000000003"
	SampleCreditNote = "00000000-0000-7000-8000-000000000004"
	SampleSession    = "00000000-0000-7000-8000-000000000005"
	// SampleRefreshToken is the placeholder for a refresh token.
	SampleRefreshToken = "the-refresh-token-of-sign-in"

	sampleKey = "a-key-of-my-own"
)
