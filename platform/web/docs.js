// The script of the API's page. It signs in with demo accounts, sets a new Idempotency-Key for each request, and
// replaces the sample IDs by those of the account's newest objects.
"use strict";
const coinslot = (() => {
  const samples = JSON.parse(document.getElementById("samples").textContent);
  let refreshToken = "";

  const first = async (path, get) => (await get(path)).items?.[0]?.id;
  // newest has a function for each sample, which returns the ID that replaces it, or undefined. admin is "/admin" for
  // requests of staff.
  const newest = {
    item: async (get) => (await get("/v1/cart")).items?.at(-1)?.id,
    order: (get, admin) => first(`/v1${admin}/orders?limit=1`, get),
    invoice: (get, admin) => first(`/v1${admin}/invoices?limit=1`, get),
    session: (get) => first("/v1/sessions", get),
    creditNote: async (get, admin) => admin
      ? first("/v1/admin/credit-notes?limit=1", get)
      : (await get("/v1/orders")).items?.flatMap((order) => order.refunds)
        .find((refund) => refund.credit_note)?.credit_note.id,
  };

  const reader = (headers) => async (path) => {
    const response = await fetch(path, { headers: { Authorization: headers.Authorization ?? "" } });
    return response.ok ? response.json() : {};
  };

  const newKey = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  async function onRequest(request) {
    if (request.loadSpec) return request;
    if (request.headers["Idempotency-Key"] === samples.key) request.headers["Idempotency-Key"] = newKey();
    const replace = (placeholder, actual) => {
      request.url = request.url.replaceAll(placeholder, actual);
      if (typeof request.body === "string") request.body = request.body.replaceAll(placeholder, actual);
    };
    const admin = request.url.includes("/v1/admin/") ? "/admin" : "";
    for (const [name, find] of Object.entries(newest)) {
      const placeholder = samples[name];
      if (!request.url.includes(placeholder) && !String(request.body ?? "").includes(placeholder)) continue;
      const actual = await find(reader(request.headers), admin);
      if (actual) replace(placeholder, actual);
    }
    if (refreshToken) replace(samples.refreshToken, refreshToken);
    return request;
  }

  function authorize(tokens) {
    refreshToken = tokens.refresh_token;
    ui.authActions.authorizeWithPersistOption({
      bearer: {
        name: "bearer", schema: ui.specSelectors.securityDefinitions().get("bearer"), value: tokens.access_token,
      },
    });
  }

  function onResponse(response) {
    if (response.ok && response.obj?.access_token) authorize(response.obj);
    return response;
  }

  async function signIn(button) {
    const status = document.getElementById("demo-status");
    const response = await fetch("/v1/sessions", {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ login: button.dataset.login, password: button.dataset.password }),
    });
    const body = await response.json();
    if (response.ok) authorize(body);
    status.textContent = response.ok
      ? `Signed in as ${button.dataset.login}. All requests below have the access token.`
      : body.detail;
  }

  const start = () => {
    for (const button of document.querySelectorAll("#demo button")) {
      button.addEventListener("click", () => signIn(button));
    }
  };
  return { onRequest, onResponse, start };
})();
