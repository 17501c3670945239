package web

import (
	_ "embed" // the page's script
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
)

// DemoAccount is an account with a public password. The API's page has a button to sign in with it.
type DemoAccount struct{ Login, Password, Role string }

//go:embed docs.js
var docsScript []byte

// docsHead has the script and the sample values that it replaces in requests.
var docsHead = template.Must(template.New("head").Parse(`<style>
#demo { font: 14px/1.6 sans-serif; margin: 20px auto 0; max-width: 1460px; padding: 0 20px }
#demo button { font: inherit; margin-right: .5rem }
</style>
<script id="samples" type="application/json">{{.}}</script>
<script src="/docs/coinslot.js"></script>`))

var docsDemo = template.Must(template.New("demo").Parse(`<section id="demo">
{{if .}}<p>Demo accounts:
{{range .}}<button data-login="{{.Login}}" data-password="{{.Password}}">Sign in as {{.Role}}</button>
<code>{{.Login}} / {{.Password}}</code>
{{end}}<span id="demo-status" role="status"></span></p>{{end}}
<p>You can send the sample requests unchanged: the page sets a new Idempotency-Key for each, and replaces IDs that begin
with 00000000 by those of your newest cart item, order, invoice, credit note or session.</p>
</section>`))

// docs serves the API's page. Its assets are embedded.
func docs(e *echo.Echo, demo []DemoAccount) error {
	var head, body strings.Builder
	if err := docsHead.Execute(&head, map[string]string{
		"item": SampleItem, "order": SampleOrder, "invoice": SampleInvoice, "creditNote": SampleCreditNote,
		"session":      SampleSession,
		"refreshToken": SampleRefreshToken, "key": sampleKey,
	}); err != nil {
		return fmt.Errorf("write the head of the API's page: %w", err)
	}
	if err := docsDemo.Execute(&body, demo); err != nil {
		return fmt.Errorf("write the demo accounts of the API's page: %w", err)
	}
	page := echo.WrapHandler(v5emb.NewHandlerWithConfig(swgui.Config{
		Title: "Coinslot", SwaggerJSON: "/openapi.json", BasePath: "/docs/",
		AppendHead:  template.HTML(head.String()), //nolint:gosec // made by a template
		PrependHTML: template.HTML(body.String()), //nolint:gosec // made by a template
		SettingsUI: map[string]string{
			"persistAuthorization": "true", "tryItOutEnabled": "true", "displayRequestDuration": "true",
			"requestInterceptor": "coinslot.onRequest", "responseInterceptor": "coinslot.onResponse",
			"onComplete": "coinslot.start",
		},
	}))
	read(e, "/docs", func(c echo.Context) error { return c.Redirect(http.StatusPermanentRedirect, "/docs/") })
	read(e, "/docs/coinslot.js", func(c echo.Context) error {
		return c.Blob(http.StatusOK, "text/javascript; charset=utf-8", docsScript)
	})
	read(e, "/docs/*", func(c echo.Context) error {
		c.Response().Header().Set("Content-Security-Policy", docsPolicy)
		c.Response().Header().Set("Referrer-Policy", "no-referrer")
		return page(c)
	})
	return nil
}

const docsPolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; frame-ancestors 'none'"
