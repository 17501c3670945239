package domain

// The types of the sources of journal entries. Every entry that is posted has one of them.
const (
	SourcePayment    = "payment"    // a captured payment
	SourceRefund     = "refund"     // a succeeded refund
	SourceDispute    = "dispute"    // a status change of a dispute
	SourceResolution = "resolution" // a manual review that staff resolved
	SourceFee        = "fee"        // a fee of the provider that no captured payment has
	SourcePayout     = "payout"     // a status change of a payout
	SourceManual     = "manual"     // an entry that staff proposed and approved
)

// Sources returns the types of sources. The schema allows exactly these.
func Sources() []string {
	return []string{
		SourcePayment, SourceRefund, SourceDispute, SourceResolution, SourceFee, SourcePayout, SourceManual,
	}
}
