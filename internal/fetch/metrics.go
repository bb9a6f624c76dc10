package fetch

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mlb-betting/mlb-betting/internal/source"
)

// metrics is what the client counts.
type metrics struct {
	requests  *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	bytes     *prometheus.CounterVec
	open      *prometheus.GaugeVec
	stopped   *prometheus.GaugeVec
	remaining *prometheus.GaugeVec
	used      *prometheus.GaugeVec
}

// newMetrics registers with reg; nil: they are counted and nobody sees them.
func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	feed, src := []string{"source", "feed"}, []string{"source"}
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mlb_fetch_requests_total",
			Help: "Requests by outcome, each attempt once. Those not sent (breaker_open, stopped) count too.",
		}, append(feed, "outcome")),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mlb_fetch_duration_seconds", Help: "From the first byte sent to the last received, of answers that came whole.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 20},
		}, feed),
		bytes:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mlb_fetch_bytes_total", Help: "Bytes of bodies, unpacked."}, feed),
		open:      prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "mlb_fetch_breaker_open", Help: "1 while a host keeps failing and is left alone."}, []string{"host"}),
		stopped:   prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "mlb_fetch_source_stopped", Help: "1 while a source is not asked since it refused us."}, src),
		remaining: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "mlb_fetch_credits_remaining", Help: "Credits left of the source's plan, as it last said."}, src),
		used:      prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "mlb_fetch_credits_used", Help: "Credits used of the source's plan, as it last said."}, src),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.requests, m.seconds, m.bytes, m.open, m.stopped, m.remaining, m.used} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register the metrics of fetching: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) breaker(host string, open bool) { m.open.WithLabelValues(host).Set(number(open)) }

func (m *metrics) stop(source string, stopped bool) {
	m.stopped.WithLabelValues(source).Set(number(stopped))
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// failed counts a request that brought nothing.
func (m *metrics) failed(r source.Request, outcome string) {
	m.requests.WithLabelValues(r.Source, r.Feed, outcome).Inc()
}

func (m *metrics) came(d source.Doc) {
	outcome := "ok"
	if d.NotModified {
		outcome = "not_modified"
	}
	m.requests.WithLabelValues(d.Source, d.Feed, outcome).Inc()
	m.seconds.WithLabelValues(d.Source, d.Feed).Observe(d.Took.Truncate(time.Microsecond).Seconds())
	m.bytes.WithLabelValues(d.Source, d.Feed).Add(float64(len(d.Body)))
	if d.Credits.Known {
		m.remaining.WithLabelValues(d.Source).Set(float64(d.Credits.Remaining))
		m.used.WithLabelValues(d.Source).Set(float64(d.Credits.Used))
	}
}
