package service

import (
	"context"
	"fmt"
)

// CheckCurrency returns an error when there are prices and none is in the store's currency: nothing could be bought.
func (s *Service) CheckCurrency(ctx context.Context) error {
	others, err := s.Products.OtherCurrencies(ctx, s.Currency)
	if err != nil || len(others) == 0 {
		return err
	}
	return fmt.Errorf("configuration key store.currency is %s, but the prices in this database are in %v: the currency "+
		"of a store cannot change once prices exist, so set store.currency (COINSLOT_STORE_CURRENCY) to %s",
		s.Currency, others, others[0])
}
