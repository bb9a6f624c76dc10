package fetch

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/source"
)

// BenchmarkFetch is what the client itself takes for a full slate's body, the
// network and the wait for a turn left out.
func BenchmarkFetch(b *testing.B) {
	slate := "[" + strings.Repeat(`{"side":"home","odds":-110,"value":1.5},`, 12_000) + "1]"
	a := source.Adapter{Name: "s", Base: base, Rate: source.Rate{Every: time.Nanosecond, Burst: 1 << 30}}
	c, err := New([]source.Adapter{a}, Options{
		Now: time.Now, Random: func() float64 { return 0 },
		Transport: trip(func(*http.Request) (*http.Response, error) { return says(200, slate), nil }),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(slate)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Fetch(b.Context(), source.Request{Source: "s", Feed: "f", Base: base, Path: "/x"}); err != nil {
			b.Fatal(err)
		}
	}
}
