package service

import (
	"context"

	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
)

// SendReceipt sends an issued invoice or credit note to its buyer. Nothing is sent when the account has been erased or
// has no address. It returns domain.ErrNoMail when the store sends no mail.
func (s *Service) SendReceipt(ctx context.Context, document ports.IssuedDocument) error {
	if s.Mailer == nil {
		return domain.ErrNoMail
	}
	buyer, found, err := s.Buyers.Buyer(ctx, document.AccountID)
	if err != nil || !found || buyer.Email == "" {
		return err
	}
	file, err := s.Documents.DocumentFile(ctx, document)
	if err != nil {
		return err
	}
	return s.Mailer.Send(ctx, ports.Receipt{
		Key: document.ID, Refund: document.CreditNote, Buyer: buyer, Document: file,
	})
}
