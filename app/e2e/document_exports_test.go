package e2e_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"

	"github.com/stretchr/testify/require"
)

const documentExports = "/v1/admin/document-exports"

// sinceYesterday is a time range with everything that a test has bought.
func sinceYesterday() harness.Object {
	now := time.Now().UTC()
	return harness.Object{"from": now.AddDate(0, 0, -1), "to": now.AddDate(0, 0, 1)}
}

func with(o harness.Object, key string, value any) harness.Object {
	o[key] = value
	return o
}

// awaitExport requests an export and waits until it is ready.
func awaitExport(t *testing.T, clerk *harness.Client, body harness.Object) harness.Reply {
	t.Helper()
	created := clerk.Post(documentExports, body).Is(http.StatusAccepted)
	path := documentExports + "/" + created.Text("id")
	require.Equal(t, path, created.Header.Get("Location"))
	harness.Eventually(t, "the export is ready",
		func() bool { return clerk.Get(path).Is(http.StatusOK).Text("status") == "ready" })
	return clerk.Get(path)
}

// unzip returns the files of a downloaded export.
func unzip(t *testing.T, clerk *harness.Client, export harness.Reply) map[string][]byte {
	t.Helper()
	answer := clerk.Get(export.Text("zip")).Is(http.StatusOK)
	require.Equal(t, "application/zip", answer.Header.Get("Content-Type"))
	require.Contains(t, answer.Header.Get("Content-Disposition"), ".zip")
	archive, err := zip.NewReader(bytes.NewReader(answer.Raw), int64(len(answer.Raw)))
	require.NoError(t, err)
	out := map[string][]byte{}
	for _, f := range archive.File {
		file, err := f.Open()
		require.NoError(t, err)
		out[f.Name], err = io.ReadAll(file)
		require.NoError(t, err)
	}
	require.Equal(t, answer.Raw, clerk.Get(export.Text("zip")).Raw, "the same bytes again")
	return out
}

func TestDocumentExport_ZIPHasFilesAndManifest(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil, harness.With(func(cfg *store.Config) { cfg.Exports.Batch = 2 }))
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	buyer.Send(http.MethodPatch, "/v1/me",
		harness.Object{"display_name": `=HYPERLINK("http://evil.example")`, "country": "DE"}, nil).Is(http.StatusOK)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	for _, slug := range []string{"star-orchard", "brassica", "saltborn", "mirrorfen"} {
		buyer.Checkout("pm_ok", slug).Is(http.StatusCreated)
	}
	buyer.Refund(order.Text("id"), nil).Is(http.StatusCreated)
	r.AwaitNumbers(t)

	export := awaitExport(t, clerk, with(sinceYesterday(), "locale", "de"))
	require.InDelta(t, 6, export.Body["total"], 0)
	require.InDelta(t, 6, export.Body["done"], 0)
	require.NotContains(t, export.Body, "type")
	buyer.Checkout("pm_ok", "kite-season").Is(http.StatusCreated)
	r.AwaitNumbers(t)
	files := unzip(t, clerk, export)
	require.Len(t, files, 13, "a later invoice is not in the export")

	number := clerk.Get("/v1/admin/invoices?order=" + order.Text("number")).Items("items")[0]["number"].(string)
	invoice := "/v1/admin/invoices/" + order.Body["invoice"].(harness.Object)["id"].(string)
	require.Equal(t, clerk.Get(invoice+"/pdf").Raw, files["invoices/"+number+".pdf"])
	require.Equal(t, clerk.Get(invoice+"/xml").Raw, files["invoices/"+number+".xml"])
	manifest := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(files["manifest.csv"]), "\ufeff")))
	manifest.Comma = ';'
	rows, err := manifest.ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 7)
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	byNumber, corrected := map[string][]string{}, "" // documents that were numbered together may be in any order
	for _, row := range rows[1:] {
		byNumber[row[column["number"]]] = row
		corrected += row[column["corrected_invoice"]]
		require.Equal(t, `'=HYPERLINK("http://evil.example")`, row[column["buyer_name"]])
		require.Contains(t, files, row[column["pdf"]])
		require.Contains(t, files, row[column["xml"]])
	}
	require.Equal(t, []string{"DE", "EUR", "10,92", "2,07", "12,99"},
		byNumber[number][column["country"]:column["gross"]+1])
	require.Equal(t, number, corrected, "of the credit note, and of no other document")

	notes := unzip(t, clerk, awaitExport(t, clerk,
		with(with(sinceYesterday(), "type", "credit_note"), "formats", []string{"xml"})))
	require.Len(t, notes, 2)
	require.Contains(t, string(notes["manifest.csv"]), "credit_note,CN-")
}

func TestDocumentExport_InvalidRequest_ReturnsProblem(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil, harness.With(func(cfg *store.Config) { cfg.Exports.Documents, cfg.Exports.Open = 1, 2 }))
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	for location, body := range map[string]harness.Object{
		"body.to":         {"from": "2026-02-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"},
		"body.from":       {"from": "yesterday", "to": "2026-02-01T00:00:00Z"},
		"body.type":       with(sinceYesterday(), "type", "receipt"),
		"body.formats":    with(sinceYesterday(), "formats", []string{}),
		"body.formats[1]": with(sinceYesterday(), "formats", []string{"pdf", "docx"}),
		"body.locale":     with(sinceYesterday(), "locale", "fr"),
	} {
		rejected := clerk.Post(documentExports, body).Problem(http.StatusUnprocessableEntity, "invalid-request")
		require.Equal(t, location, rejected.Items("errors")[0]["location"], string(rejected.Raw))
	}
	clerk.Post(documentExports, harness.Object{"from": "2026-02-01T00:00:00Z"}).Problem(http.StatusUnprocessableEntity,
		"invalid-request")
	early := clerk.Post(documentExports, harness.Object{"from": "0001-01-01T00:30:00+01:00", "to": "2026-02-01T00:00:00Z"})
	require.Equal(t, "body.from", early.Problem(http.StatusUnprocessableEntity,
		"invalid-request").Items("errors")[0]["location"])

	empty := awaitExport(t, clerk, sinceYesterday())
	require.Len(t, unzip(t, clerk, empty), 1, "the manifest alone")
	for _, slug := range []string{"tidewright", "star-orchard"} {
		buyer.Checkout("pm_ok", slug).Is(http.StatusCreated)
	}
	r.AwaitNumbers(t)
	large := clerk.Post(documentExports, sinceYesterday()).Problem(http.StatusUnprocessableEntity,
		"document-export-too-large")
	require.InDelta(t, 1, large.Body["limit"], 0)
	require.Len(t, clerk.Get(documentExports).Is(http.StatusOK).Items("items"), 1, "a refused one does not exist")
	past := harness.Object{"from": "2020-01-01T00:00:00Z", "to": "2020-02-01T00:00:00Z"}
	clerk.Post(documentExports, past).Is(http.StatusAccepted)
	clerk.Post(documentExports, past).Problem(http.StatusConflict, "too-many-document-exports")

	path := documentExports + "/" + empty.Text("id")
	clerk.Delete(path, nil).Is(http.StatusNoContent)
	for _, gone := range []harness.Reply{
		clerk.Get(path), clerk.Get(path + "/zip"), clerk.Delete(path, nil), clerk.Get(documentExports + "/one"),
	} {
		gone.Problem(http.StatusNotFound, "document-export-not-found")
	}
	clerk.Post(documentExports, past).Is(http.StatusAccepted)
	r.AsOwner(t, `UPDATE billing.document_exports SET expires_at = now()`)
	require.Empty(t, clerk.Get(documentExports).Is(http.StatusOK).Items("items"), "all are expired")
	clerk.Post(documentExports, past).Is(http.StatusAccepted)
	require.Equal(t, 1, harness.Count(t, r, "billing.document_exports"), "expired exports are removed")
}

// The first store stops while most of the documents have no files, and another one continues.
func TestDocumentExport_StoreStops_AnotherContinues(t *testing.T) {
	t.Parallel()
	one := harness.With(func(cfg *store.Config) { cfg.Exports.Batch = 1 })
	r := harness.Start(t, nil, one)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	for range 3 {
		buyer.Buy("pm_ok", buyer.Add("dragon-treat")).Is(http.StatusCreated)
	}
	r.AwaitNumbers(t)
	// The database refuses every PDF but the first, until the store has stopped.
	r.AsOwner(t, `CREATE FUNCTION public.stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF (SELECT count(*) FROM billing.invoice_documents) >= 1 THEN RAISE EXCEPTION SQLSTATE '57014'; END IF;
			RETURN NEW; END $$;
		CREATE TRIGGER stop BEFORE INSERT ON billing.invoice_documents FOR EACH ROW EXECUTE FUNCTION public.stop()`)
	path := clerk.Post(documentExports, sinceYesterday()).Is(http.StatusAccepted).Header.Get("Location")
	harness.Eventually(t, "one document is rendered", func() bool { return clerk.Get(path).Body["done"] == 1.0 })
	pending := clerk.Get(path).Is(http.StatusOK)
	require.Equal(t, "preparing", pending.Text("status"))
	require.Nil(t, pending.Body["zip"])
	early := clerk.Get(path+"/zip").Problem(http.StatusConflict, "document-export-not-ready")
	require.InDelta(t, 3, early.Body["total"], 0)
	require.NotEmpty(t, early.Header.Get("Retry-After"))
	r.Stop()
	r.AsOwner(t, `DROP TRIGGER stop ON billing.invoice_documents`)
	server, stop := r.Start(t, r.Config(t), false, one)
	t.Cleanup(stop)
	clerk = &harness.Client{T: t, Base: "http://" + server.Address(), Token: clerk.Token}
	harness.Eventually(t, "the export is ready", func() bool { return clerk.Get(path).Text("status") == "ready" })
	require.Len(t, unzip(t, clerk, clerk.Get(path)), 7)
}
