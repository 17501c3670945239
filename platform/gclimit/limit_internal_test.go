package gclimit

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLimit_ShareOfIntervals_RaisesAndLowers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		shares []float64
		limit  int64
	}{
		"two intervals are a burst":              {[]float64{0.5, 0.5}, 64},
		"three raise it":                         {[]float64{0.5, 0.5, 0.5}, 96},
		"each further interval raises it":        {[]float64{0.5, 0.5, 0.5, 0.5}, 144},
		"up to the maximum":                      {[]float64{0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, 256},
		"intervals that are not successive":      {[]float64{0.5, 0.5, 0.05, 0.5, 0.5}, 64},
		"few collections lower it":               {[]float64{0.5, 0.5, 0.5, 0.01}, 84},
		"a share in between leaves it unchanged": {[]float64{0.5, 0.5, 0.5, 0.05}, 96},
		"down to the minimum":                    {[]float64{0.01, 0.01}, 64},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &limit{Range: Range{Min: 64, Max: 256}, bytes: 64}
			for _, share := range test.shares {
				l.adjust(share)
			}
			require.Equal(t, test.limit, l.bytes)
		})
	}
}
