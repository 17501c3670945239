package web_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"coinslot/platform/config"
	"coinslot/platform/web"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"
)

// streams serves a ZIP file whose handler waits between its files for longer than the time-outs of the server.
func streams(t *testing.T, fail error) string {
	t.Helper()
	const timeout = 200 * time.Millisecond
	s := newServer(t, io.Discard, func(c *config.HTTP) {
		c.WriteTimeout, c.HandlerTimeout = timeout, timeout/2
	})
	op := web.Op{Method: http.MethodGet, Path: "/file", ID: "file", Summary: "file", Tag: "test"}
	web.Register(s.API, op, func(context.Context, *struct{}) (*huma.StreamResponse, error) {
		return web.NewZip("file.zip", func(ctx context.Context, out io.Writer) error {
			archive := zip.NewWriter(out)
			for i := range 3 {
				file, err := archive.CreateHeader(&zip.FileHeader{Name: fmt.Sprint(i)})
				if err != nil {
					return err
				}
				if _, err := file.Write(make([]byte, 1<<20)); err != nil {
					return err
				}
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(timeout): // such as a slow database
				}
			}
			if fail != nil {
				return fail
			}
			return archive.Close()
		}), nil
	})
	web.AnswersWith(s.API, op, web.Zip)
	require.NoError(t, s.Listen(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Shutdown(context.Background())) })
	return "http://" + s.Address() + "/file"
}

func TestStream_LongerThanTimeouts_IsComplete(t *testing.T) {
	t.Parallel()
	response, err := http.Get(streams(t, nil))
	require.NoError(t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, web.Zip, response.Header.Get("Content-Type"))
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	require.NoError(t, err)
	require.Len(t, archive.File, 3)
}

func TestStream_Fails_ClosesConnection(t *testing.T) {
	t.Parallel()
	response, err := http.Get(streams(t, errors.New("no database")))
	require.NoError(t, err)
	defer response.Body.Close()
	_, err = io.ReadAll(response.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}
