// Buys something from the API's page in a real browser, with the requests as the page fills them in.
// Usage: node purchase.mjs URL [SCREENSHOT]    CHROMIUM names the browser.
import { chromium } from "playwright-core";
import { readFile } from "node:fs/promises";

const [url, screenshot] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
const page = await browser.newPage({ viewport: { width: 1200, height: 1600 } });
const faults = [];
page.on("pageerror", (error) => faults.push(error.message));

function expect(what, wanted, actual) {
  if (actual !== wanted) throw new Error(`${what}: ${actual} instead of ${wanted}`);
  console.log(`${what}: ${actual}`);
}

// send executes an operation of a tag as it is filled in and returns its block on the page.
async function send(tag, operation, status) {
  const block = page.locator(`#operations-${tag}-${operation}`);
  await block.locator(".opblock-summary-control").first().click();
  await block.locator("button.execute").click();
  const shown = block.locator(".live-responses-table .response .response-col_status").first();
  await shown.waitFor();
  expect(operation, String(status), (await shown.innerText()).trim().split(/\s/)[0]);
  return block;
}

// newestInvoice downloads Ada's newest invoice without a browser.
async function newestInvoice() {
  const call = async (path, init) => {
    const answer = await fetch(`${url}${path}`, init);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer;
  };
  const session = await call("/v1/sessions", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ login: "ada", password: "insert coin to play" }),
  });
  const headers = { Authorization: `Bearer ${(await session.json()).access_token}` };
  const invoices = await (await call("/v1/invoices", { headers })).json();
  return Buffer.from(await (await call(`/v1/invoices/${invoices.items[0].id}/pdf`, { headers })).arrayBuffer());
}

await page.goto(`${url}/docs/`);
await page.getByRole("button", { name: "Sign in as customer" }).click();
await page.getByText("Signed in as ada").waitFor();
await page.reload();
await send("accounts", "get-me", 200); // the token has outlived the reload
await send("cart", "add-cart-item", 201);
await send("checkout", "quote-checkout", 200);
await send("checkout", "checkout", 201);
await send("checkout", "get-order", 200);
await send("library", "list-library", 200);
const invoice = await send("billing", "get-invoice-pdf", 200);
const [download] = await Promise.all([page.waitForEvent("download"), invoice.getByText("Download file").click()]);
const saved = await readFile(await download.path());
expect("the invoice is whole", true, saved.equals(await newestInvoice()));
const refund = await send("checkout", "refund-order", 201);
await refund.scrollIntoViewIfNeeded();
if (screenshot) await page.screenshot({ path: screenshot });
expect("errors of the page", "", faults.join("; "));
await browser.close();
