package cache

import "github.com/prometheus/client_golang/prometheus"

// cacheMetrics count what the cache gave. With no registerer they count for
// nobody.
type cacheMetrics struct {
	hits           *prometheus.CounterVec // by where
	misses, failed prometheus.Counter
}

func newCacheMetrics(r prometheus.Registerer) cacheMetrics {
	m := cacheMetrics{
		hits:   counters("mlb_cache_hits_total", "Entries found, by where.", "where"),
		misses: prometheus.NewCounter(prometheus.CounterOpts{Name: "mlb_cache_misses_total", Help: "Entries that had to be read."}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{Name: "mlb_cache_redis_failures_total", Help: "Questions to Redis without an answer."}),
	}
	if r != nil {
		r.MustRegister(m.hits, m.misses, m.failed)
	}
	return m
}

// counterMetrics count what the counters allowed and refused, by who decided.
type counterMetrics struct{ taken, refused *prometheus.CounterVec }

func newCounterMetrics(r prometheus.Registerer) counterMetrics {
	m := counterMetrics{
		taken:   counters("mlb_rate_taken_total", "Requests within their rate, by who counted.", "by"),
		refused: counters("mlb_rate_refused_total", "Requests told to wait, by who counted.", "by"),
	}
	if r != nil {
		r.MustRegister(m.taken, m.refused)
	}
	return m
}

func counters(name, help, label string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
}
