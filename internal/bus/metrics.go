package bus

import "github.com/prometheus/client_golang/prometheus"

// metrics count what the bus did. With no registerer they count for nobody.
type metrics struct {
	sent, received, connects                   *prometheus.CounterVec // by via
	unsent, malformed, gaps, missed, overflows prometheus.Counter
}

func newMetrics(r prometheus.Registerer, b *Bus) metrics {
	count := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "mlb_bus_" + name, Help: help})
	}
	byVia := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mlb_bus_" + name, Help: help}, []string{"via"})
	}
	m := metrics{
		sent:      byVia("sent_total", "Messages sent to other processes."),
		received:  byVia("received_total", "Messages heard from other processes."),
		connects:  byVia("connects_total", "Connections made to listen."),
		unsent:    count("unsent_total", "Messages that no way took; others find out by comparing marks."),
		malformed: count("malformed_total", "Messages that cannot be read."),
		gaps:      count("gaps_total", "Messages before which others were lost."),
		missed:    count("missed_total", "Times the database's mark told what no message had."),
		overflows: count("overflows_total", "Times a subscriber was too slow and was told to read again."),
	}
	if r == nil {
		return m
	}
	via := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "mlb_bus_via", Help: "How messages come: 0 process alone, 1 Redis, 2 PostgreSQL, 3 polling, 4 not at all.",
	}, func() float64 { return float64(b.State().Via) })
	r.MustRegister(m.sent, m.received, m.connects, m.unsent, m.malformed, m.gaps, m.missed, m.overflows, via)
	return m
}
