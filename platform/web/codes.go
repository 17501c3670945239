package web

import (
	"bytes"
	"html/template"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

var codesPage = template.Must(template.New("codes").Funcs(template.FuncMap{"join": strings.Join}).Parse(
	`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Coinslot: error codes</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse }
th, td { border-top: 1px solid #ccc; padding: .4rem .8rem; text-align: left; vertical-align: top }
code { font-size: .9em }
</style>
<h1>Error codes</h1>
<p>Every error is a problem document (RFC 9457). Programs decide by its <code>code</code>; its type is
<code>urn:coinslot:problem:</code> followed by the code. <a href="/docs/">The API</a></p>
<table>
<tr><th>Code<th>Status<th>Meaning, and what to do<th>Operations
{{range .}}<tr id="{{.Code}}"><td><code>{{.Code}}</code>
<td>{{range $i, $s := .Statuses}}{{if $i}}, {{end}}{{$s}}{{end}}
<td>{{range .Meanings}}{{.}}<br>{{end}}
<td>{{if gt (len .Operations) 12}}many{{else}}<code>{{join .Operations ", "}}</code>{{end}}
{{end}}</table>
</html>
`))

// serveCodes serves the page of error codes.
func (a *API) serveCodes(e *echo.Echo) {
	read(e, "/docs/codes", func(c echo.Context) error {
		var page bytes.Buffer
		if err := codesPage.Execute(&page, a.Codes()); err != nil {
			return err
		}
		c.Response().Header().Set("Content-Security-Policy",
			"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		return c.HTMLBlob(http.StatusOK, page.Bytes())
	})
}
