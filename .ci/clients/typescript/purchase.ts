// Plays a purchase to its refund with a client that is generated from the store's document, without a cast.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

const baseUrl = process.argv[2];
if (baseUrl === undefined) throw new Error("usage: node purchase.js URL");
const store = createClient<paths>({ baseUrl });

type Answer<T> = { data?: T; error?: components["schemas"]["Problem"]; response: Response };

function got<T>(what: string, answer: Answer<T>): T {
  if (answer.data === undefined) throw new Error(`${what}: ${answer.response.status} ${answer.error?.code}: ${answer.error?.detail}`);
  console.log(`${what}: ${answer.response.status}`);
  return answer.data;
}

const name = `ts-${Date.now()}`;
const password = "a long and happy sentence";
got("register", await store.POST("/v1/accounts", { body: { email: `${name}@example.com`, handle: name, display_name: name, password } }));
const session = got("sign in", await store.POST("/v1/sessions", { body: { login: name, password } }));
store.use({ onRequest({ request }) { request.headers.set("Authorization", `Bearer ${session.access_token}`); } });

const product = got("product", await store.GET("/v1/products/{id}", { params: { path: { id: "tidewright" } } }));
const cart = got("cart", await store.POST("/v1/cart/items", { body: { product_id: product.id, quantity: 1 } }));
const itemIds = cart.items.map((item) => item.id);
const quote = got("quote", await store.POST("/v1/checkouts/quote", { body: { item_ids: itemIds } }));

const buy = (method: string) =>
  store.POST("/v1/checkouts", {
    params: { header: { "Idempotency-Key": crypto.randomUUID() } },
    body: { item_ids: itemIds, expected_total: { amount: quote.total.amount, currency: quote.total.currency }, payment_method: method },
  });

const declined = await buy("pm_insufficient_funds");
if (declined.error?.code !== "payment-declined") throw new Error(`declined: ${declined.response.status}`);
console.log(`declined: ${declined.response.status} ${declined.error.code}`);

const failed = got("orders", await store.GET("/v1/orders")).items[0];
if (failed === undefined) throw new Error("the declined order is not listed");
const order = got("pay again", await store.POST("/v1/orders/{id}/payments", {
  params: { path: { id: failed.id }, header: { "Idempotency-Key": crypto.randomUUID() } }, body: { payment_method: "pm_ok" },
}));
if (order.status !== "completed") throw new Error(`the order is ${order.status}`);
const library = got("library", await store.GET("/v1/library"));
if (!library.items.some((entry) => entry.product_id === product.id)) throw new Error("the product is not in the library");
const refund = got("refund", await store.POST("/v1/orders/{id}/refunds", {
  params: { path: { id: order.id }, header: { "Idempotency-Key": crypto.randomUUID() } }, body: { reason: "I bought it by mistake" },
}));
if (refund.amount.amount !== quote.total.amount) throw new Error("another amount was refunded");
console.log(`1 passed, 0 failed`);
