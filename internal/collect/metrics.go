package collect

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// metrics is what a collector counts itself, and, read from the database when
// asked, how all feeds stand whoever looks at them.
type metrics struct {
	runs    *prometheus.CounterVec
	late    prometheus.Histogram
	taking  *prometheus.HistogramVec
	refused *prometheus.CounterVec
	rows    *prometheus.CounterVec
}

// newMetrics registers with reg; nil: they are counted and nobody sees them.
func newMetrics(reg prometheus.Registerer, c *Collector) (metrics, error) {
	feed := []string{"source", "feed"}
	m := metrics{
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mlb_collect_runs_total", Help: "Looks by outcome (stored, unchanged, partial, failed) and cause.",
		}, append(feed, "outcome", "cause")),
		late: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "mlb_collect_late_seconds", Help: "From when a look was due to when it began.",
			Buckets: []float64{.5, 1, 2, 5, 10, 30, 60, 120, 300},
		}),
		taking: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mlb_collect_take_seconds", Help: "From the last byte of an answer to its rows committed.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, feed),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mlb_collect_unaffordable_total", Help: "Looks that the plan of a paid source did not afford.",
		}, feed),
		rows: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mlb_collect_rows_total", Help: "Rows by what became of them (stored, duplicate, quarantined).",
		}, append(feed, "fate")),
	}
	if reg == nil {
		return m, nil
	}
	books, err := mlb.Books()
	if err != nil {
		return m, err
	}
	for _, x := range []prometheus.Collector{m.runs, m.late, m.taking, m.refused, m.rows, newStanding(c, books)} {
		if err := reg.Register(x); err != nil {
			return m, fmt.Errorf("register the metrics of collecting: %w", err)
		}
	}
	return m, nil
}

// made counts a look.
func (m metrics) made(t store.Target, r store.Run) {
	m.runs.WithLabelValues(t.Source, t.Feed, r.Outcome, r.Cause).Inc()
	m.late.Observe(max(0, r.StartedAt.Sub(r.DueAt).Seconds()))
	for fate, n := range map[string]int64{"stored": r.Counts.Stored, "duplicate": r.Counts.Duplicate, "quarantined": r.Counts.Quarantined} {
		m.rows.WithLabelValues(t.Source, t.Feed, fate).Add(float64(n))
	}
}

func (m metrics) took(t store.Target, d time.Duration) {
	m.taking.WithLabelValues(t.Source, t.Feed).Observe(d.Seconds())
}

func (m metrics) unaffordable(t store.Target) { m.refused.WithLabelValues(t.Source, t.Feed).Inc() }

// standing is how the feeds stand, read at every scrape.
type standing struct {
	c                                                               *Collector
	books                                                           map[mlb.BookID]string
	up, outage, age, fresh, allowed, failing, verified, got, wanted *prometheus.Desc
	creditsUsed, creditsLimit, creditsForecast, closingsLeft        *prometheus.Desc
}

func newStanding(c *Collector, books []mlb.Book) standing {
	names := map[mlb.BookID]string{}
	for _, b := range books {
		names[b.ID] = b.Label()
	}
	feed := []string{"source", "feed"}
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("mlb_collect_"+name, help, labels, nil)
	}
	return standing{
		c:               c,
		books:           names,
		up:              desc("status_readable", "1 while the standing of the feeds can be read from the database."),
		outage:          desc("outage", "1 while this process cannot collect at all, by cause.", "cause"),
		age:             desc("feed_age_seconds", "Since the last look that succeeded; none before the first.", feed...),
		fresh:           desc("feed_fresh", "1 while the feed is as fresh as the games of the day ask for.", feed...),
		allowed:         desc("feed_allowed_age_seconds", "The age that the games ask for now; +Inf while none does.", feed...),
		failing:         desc("feed_failing", "Targets of the feed whose last look failed or was partial, by cause.", append(feed, "cause")...),
		verified:        desc("feed_verified", "1 once the feed has run against a live body.", feed...),
		got:             desc("book_games", "Games of a book in the newest look.", append(feed, "book")...),
		wanted:          desc("book_games_expected", "Games of a book that were expected in it.", append(feed, "book")...),
		creditsUsed:     desc("credits_used", "Credits of the plan used this month, or possibly so.", "source"),
		creditsLimit:    desc("credits_limit", "Credits of the plan a month.", "source"),
		creditsForecast: desc("credits_forecast", "Credits that the month is expected to use.", "source"),
		closingsLeft:    desc("closings_unpromised", "Closing captures to come this month that the plan does not afford.", "source"),
	}
}

// Describe sends the descriptions.
func (s standing) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		s.up, s.outage, s.age, s.fresh, s.allowed, s.failing, s.verified, s.got, s.wanted, s.creditsUsed, s.creditsLimit, s.creditsForecast, s.closingsLeft,
	} {
		out <- d
	}
}

// scrapeLimit ends a scrape whose database does not answer.
const scrapeLimit = 5 * time.Second

// Collect reads how the feeds stand. A database that does not answer is told as
// such, not as feeds without a failure.
func (s standing) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeLimit)
	defer cancel()
	feeds, err := s.c.Statuses(ctx)
	plans, errPlans := s.c.Plans(ctx)
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(s.up, number(err == nil && errPlans == nil))
	if o := s.c.Outage(); o.Cause != "" {
		gauge(s.outage, 1, o.Cause)
	}
	now := s.c.cfg.Now()
	for _, f := range feeds {
		if !f.LastSuccess.IsZero() {
			gauge(s.age, now.Sub(f.LastSuccess).Seconds(), f.Source, f.Feed)
		}
		gauge(s.fresh, number(f.Fresh), f.Source, f.Feed)
		allowed := math.Inf(1)
		if f.Allowed < cadence.NoLimit {
			allowed = f.Allowed.Seconds()
		}
		gauge(s.allowed, allowed, f.Source, f.Feed)
		gauge(s.verified, number(!f.Verified.IsZero()), f.Source, f.Feed)
		if f.LastRun.Cause != "" {
			gauge(s.failing, float64(max(1, f.Failing)), f.Source, f.Feed, f.LastRun.Cause)
		}
		for _, b := range f.Books {
			book := s.books[b.Book]
			gauge(s.got, float64(b.Got), f.Source, f.Feed, book)
			gauge(s.wanted, float64(b.Expected), f.Source, f.Feed, book)
		}
	}
	for _, p := range plans {
		gauge(s.creditsUsed, float64(p.Estimate.Spent), p.Source)
		gauge(s.creditsLimit, float64(p.Estimate.Limit), p.Source)
		gauge(s.creditsForecast, float64(p.Forecast.Expected), p.Source)
		gauge(s.closingsLeft, float64(p.Estimate.Closings-p.Estimate.Promised), p.Source)
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
