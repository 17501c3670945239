package service

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// PlaceOrder is a buyer's command to buy some lines of the cart for a total.
type PlaceOrder struct {
	AccountID   id.ID
	CartLineIDs []id.ID
	Expected    money.Money
	Method      string
	ReturnURL   string // where the provider's page leads the buyer back to; empty: nowhere
	Key         string
	Terms
}

func (c PlaceOrder) hash() []byte {
	return hash(c.parts(withReturn(c.ReturnURL, "checkout", fmt.Sprint(id.Strings(c.CartLineIDs)),
		c.Expected.String(), c.Method)...)...)
}

// withReturn leaves the hashes of bodies without a return URL as they have always been.
func withReturn(returnURL string, parts ...string) []string {
	if returnURL != "" {
		parts = append(parts, "return_url", returnURL)
	}
	return parts
}

func (s *Service) checkReturn(returnURL string) error {
	if returnURL == "" || (s.ReturnsTo != nil && s.ReturnsTo(returnURL)) {
		return nil
	}
	return domain.ErrReturnURL.At("return_url", "its origin is not one of payments.return_origins", returnURL)
}

func hash(parts ...string) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	return sum[:]
}

// Place buys the selected lines. The same key again resumes the order that it made before, and returns it as it is now.
func (s *Service) Place(ctx context.Context, c PlaceOrder) (View, error) {
	attempt := ports.Attempt{OrderID: s.IDs.NewID(), Key: c.Key, BodyHash: c.hash()}
	var known ports.Attempt
	var used bool
	var inCart []domain.Selected
	err := s.Together(ctx,
		func(ctx context.Context) (err error) {
			known, used, err = s.Finder.ByKey(ctx, c.AccountID, c.Key)
			return err
		},
		func(ctx context.Context) (err error) {
			inCart, err = s.Carts.Selected(ctx, c.AccountID, c.CartLineIDs)
			return err
		})
	if used {
		return s.again(ctx, c.AccountID, attempt, known)
	}
	if err == nil {
		err = s.checkReturn(c.ReturnURL)
	}
	if err != nil {
		return View{}, err
	}
	p, err := s.accept(ctx, c, inCart)
	if err != nil { // a call with the same key may have bought the lines in the meantime
		return s.lost(ctx, c.AccountID, attempt, err)
	}
	order := domain.Place(attempt.OrderID, c.AccountID, p.basket, c.Method, s.Clock.Now())
	order.ReturnTo(c.ReturnURL)
	order.From(c.IPCountry)
	err = s.Orders.Place(ctx, order, attempt)
	if errors.Is(err, domain.ErrKeyReused) || errors.Is(err, domain.ErrCheckedOut) {
		return s.lost(ctx, c.AccountID, attempt, err)
	}
	if err != nil {
		return View{}, fmt.Errorf("place order: %w", err)
	}
	return s.finish(ctx, order, &run{buyer: p.buyer})
}

// accept prices the lines of a purchase, of which those in the cart were found, and decides whether it may be made.
func (s *Service) accept(ctx context.Context, c PlaceOrder, inCart []domain.Selected) (priced, error) {
	selected, err := s.inOrder(ctx, c.AccountID, c.CartLineIDs, inCart)
	if err != nil {
		return priced{}, err
	}
	p, err := s.price(ctx, c.AccountID, selected, c.Business)
	if err == nil {
		err = p.basket.CheckTax(c.ExpectedCountry, c.ExpectedTreatment)
	}
	if err == nil {
		err = p.basket.Check(c.Expected)
	}
	if err == nil && s.Limits.VerifiedOnly && p.buyer != nil && !p.buyer.Verified {
		err = domain.ErrUnverified
	}
	return p, err
}

// replay answers a call whose key has been used, if it was.
func (s *Service) replay(ctx context.Context, accountID id.ID, attempt ports.Attempt) (View, bool, error) {
	known, used, err := s.Finder.ByKey(ctx, accountID, attempt.Key)
	if err != nil || !used {
		return View{}, false, err
	}
	view, err := s.again(ctx, accountID, attempt, known)
	return view, true, err
}

// again answers a call whose key an earlier attempt has used.
func (s *Service) again(ctx context.Context, accountID id.ID, attempt, known ports.Attempt) (View, error) {
	if !bytes.Equal(known.BodyHash, attempt.BodyHash) {
		return View{}, domain.ErrKeyReused
	}
	order, err := s.Finder.Find(ctx, accountID, known.OrderID)
	if err != nil {
		return View{}, err
	}
	if order.Status() == checkout.Canceled {
		return View{}, domain.ErrCanceled.With("order_id", order.ID())
	}
	if order.Unfinished() {
		if order, err = s.resume(ctx, order.ID(), &run{}); err != nil {
			return View{}, err
		}
	}
	view, err := s.view(ctx, order)
	view.Replayed = true
	return view, err
}

// lost answers a call that lost a race: with the same key it is a replay, with another one the lines are reserved.
func (s *Service) lost(ctx context.Context, accountID id.ID, attempt ports.Attempt, refusal error) (View, error) {
	view, replayed, err := s.replay(ctx, accountID, attempt)
	if err != nil || replayed {
		return view, err
	}
	return View{}, refusal
}

// finish advances an order that this call has the lease of, and returns it.
func (s *Service) finish(ctx context.Context, order domain.Order, r *run) (View, error) {
	order, err := s.advance(ctx, order, r, s.next)
	if err != nil {
		return View{}, err
	}
	if r.summary != nil {
		return View{Order: order.Snapshot(), Payment: *r.summary}, nil
	}
	return s.view(ctx, order)
}

// Quote returns what the selected lines would cost now. domain.ErrCheckedOut when an order has reserved one of them.
func (s *Service) Quote(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) (domain.Basket, error) {
	return s.QuoteFor(ctx, accountID, cartLineIDs, domain.Business{})
}

// QuoteFor is Quote for a business. domain.ErrBusiness.
func (s *Service) QuoteFor(ctx context.Context, accountID id.ID, cartLineIDs []id.ID,
	business domain.Business,
) (domain.Basket, error) {
	inCart, err := s.Carts.Selected(ctx, accountID, cartLineIDs)
	if err != nil {
		return domain.Basket{}, err
	}
	selected, err := s.inOrder(ctx, accountID, cartLineIDs, inCart)
	if err != nil {
		return domain.Basket{}, err
	}
	p, err := s.price(ctx, accountID, selected, business)
	if err != nil {
		return p.basket, err
	}
	reserved, err := s.Finder.Known(ctx, accountID, cartLineIDs)
	if err == nil && reserved {
		err = domain.ErrCheckedOut
	}
	return p.basket, err
}

// inOrder returns these lines in their order, from those found in the cart. An absent line was bought, or never there.
func (s *Service) inOrder(ctx context.Context, accountID id.ID, cartLineIDs []id.ID,
	found []domain.Selected,
) ([]domain.Selected, error) {
	out := make([]domain.Selected, 0, len(cartLineIDs))
	for _, lineID := range cartLineIDs {
		i := slices.IndexFunc(found, func(line domain.Selected) bool { return line.CartLineID == lineID })
		if i < 0 {
			return nil, s.absent(ctx, accountID, lineID)
		}
		out = append(out, found[i])
	}
	return out, nil
}

func (s *Service) absent(ctx context.Context, accountID, cartLineID id.ID) error {
	known, err := s.Finder.Known(ctx, accountID, []id.ID{cartLineID})
	if err != nil {
		return err
	}
	if known {
		return domain.ErrCheckedOut
	}
	return domain.ErrNoItem
}
