// Plays a purchase to its refund with a client that is generated from the store's document.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

// session is what the calls share.
type session struct {
	*ClientWithResponses
	token string
	calls int
}

func (s *session) authorize(_ context.Context, r *http.Request) error {
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	return nil
}

// key returns a new Idempotency-Key.
func (s *session) key() string {
	s.calls++
	return fmt.Sprintf("go-%d-%d", time.Now().UnixNano(), s.calls)
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// got returns the answer that a status must have had.
func got[T any](what string, answer *T, status string, body []byte) *T {
	if answer == nil {
		log.Fatalf("%s: %s %s", what, status, body)
	}
	fmt.Println(what+":", status)
	return answer
}

func main() {
	s := &session{}
	client, err := NewClientWithResponses(os.Args[1], WithRequestEditorFn(s.authorize))
	must(err)
	s.ClientWithResponses = client
	ctx := context.Background()
	s.signIn(ctx)
	product, err := s.GetProductWithResponse(ctx, "tidewright", &GetProductParams{})
	must(err)
	productID := got("product", product.JSON200, product.Status(), product.Body).Id.String()
	cart, err := s.AddCartItemWithResponse(ctx, &AddCartItemParams{}, AddCartItemRequest{ProductId: &productID})
	must(err)
	items := []string{got("cart", cart.JSON201, cart.Status(), cart.Body).Items[0].Id.String()}
	s.buy(ctx, items, productID)
	fmt.Println("1 passed, 0 failed")
}

func (s *session) signIn(ctx context.Context) {
	name, password := fmt.Sprintf("go-%d", time.Now().UnixMilli()), "a long and happy sentence"
	account, err := s.RegisterWithResponse(ctx,
		RegisterRequest{Email: name + "@example.com", Handle: name, DisplayName: name, Password: password})
	must(err)
	got("register", account.JSON201, account.Status(), account.Body)
	tokens, err := s.SignInWithResponse(ctx, SignInRequest{Login: name, Password: password})
	must(err)
	s.token = got("sign in", tokens.JSON201, tokens.Status(), tokens.Body).AccessToken
}

// buy is declined once, pays again and refunds the order.
func (s *session) buy(ctx context.Context, items []string, productID string) {
	quote, err := s.QuoteCheckoutWithResponse(ctx, Selection{ItemIds: items})
	must(err)
	total := got("quote", quote.JSON200, quote.Status(), quote.Body).Total
	declined, err := s.CheckoutWithResponse(ctx, &CheckoutParams{IdempotencyKey: s.key()}, CheckoutRequest{
		ItemIds: items, ExpectedTotal: MoneyInput{Amount: total.Amount, Currency: total.Currency},
		PaymentMethod: "pm_insufficient_funds",
	})
	must(err)
	problem := got("declined", declined.ApplicationproblemJSON402, declined.Status(), declined.Body)
	if *problem.DeclineCode != "insufficient_funds" {
		log.Fatalf("the decline code is %s", *problem.DeclineCode)
	}
	orderID := problem.OrderId.String()
	paid, err := s.PayOrderWithResponse(ctx, orderID, &PayOrderParams{IdempotencyKey: s.key()},
		PayOrderRequest{PaymentMethod: "pm_ok"})
	must(err)
	got("pay again", paid.JSON201, paid.Status(), paid.Body)
	owned, err := s.ListLibraryWithResponse(ctx, &ListLibraryParams{})
	must(err)
	if entries := got("library", owned.JSON200, owned.Status(), owned.Body).Items; len(entries) != 1 ||
		entries[0].ProductId.String() != productID {
		log.Fatal("the product is not in the library")
	}
	refund, err := s.RefundOrderWithResponse(ctx, orderID, &RefundOrderParams{IdempotencyKey: s.key()},
		RefundOrderRequest{Reason: "I bought it by mistake"})
	must(err)
	if amount := got("refund", refund.JSON201, refund.Status(), refund.Body).Amount; amount != total {
		log.Fatal("another amount was refunded")
	}
}
