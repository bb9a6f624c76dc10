package ingest

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/boltodds"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

// season hands out parsed rows of a made-up slate: every minute the books move
// 600 of the 6,000 prices of fifteen games, no price twice at once, some
// fourteen of one book and game together, which is what a captured market did.
type season struct {
	r      *rand.Rand
	left   int
	n      int64
	at     time.Time
	teams  []mlb.Team
	prices []price // every price there is, in random order
}

type price struct {
	game int
	book string
	mlb.LineKey
	side mlb.Side
}

var benchBooks = []string{"pinnacle", "circa", "draftkings", "fanduel", "betmgm", "caesars", "bet365", "fanatics", "betrivers", "espnbet"}

func newSeason(rows int, start time.Time) *season {
	s := &season{r: rand.New(rand.NewPCG(1, 2)), left: rows, at: start, teams: mlb.Teams()}
	for game := range 15 {
		for _, book := range benchBooks {
			for i := range 20 {
				key := mlb.LineKey{Market: mlb.Total, Period: mlb.FullGame, Line: mlb.Line(9 + i)}
				if i < 10 {
					key.Market, key.Line = mlb.RunLine, mlb.Line(2*i-9)
				}
				first, second := key.Market.Sides()
				s.prices = append(s.prices, price{game, book, key, first}, price{game, book, key, second})
			}
		}
	}
	parts := slices.Collect(slices.Chunk(s.prices, 14))
	s.r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	s.prices = slices.Concat(parts...)
	return s
}

func (s *season) Next() (source.OddsRow, error) {
	if s.left == 0 {
		return source.OddsRow{}, io.EOF
	}
	p := s.prices[s.n%int64(len(s.prices))]
	s.left--
	s.n++
	if s.n%600 == 0 {
		s.at = s.at.Add(time.Minute)
	}
	day := s.at.Truncate(24 * time.Hour)
	row := source.OddsRow{
		N: s.n, ObservedAt: s.at, Date: mlb.DateOf(day), Start: day.Add(23 * time.Hour),
		Home: s.teams[2*p.game].Name, Away: s.teams[2*p.game+1].Name, Book: p.book,
		Market: p.Market, Period: p.Period, Side: p.side, Line: p.Line,
	}
	a, err := odds.FromProb(s.probability(p))
	if err != nil {
		return row, err
	}
	row.Price, err = odds.FromAmerican(a)
	return row, err
}

// probability is near even in the middle of a ladder of lines and moves a
// little every time.
func (s *season) probability(p price) float64 {
	first, _ := p.Market.Sides()
	middle, sign := mlb.Line(17), 1.0
	if p.Market == mlb.RunLine {
		middle = 0
	}
	if p.side != first {
		sign = -1
	}
	return odds.Sigmoid(sign*0.2*float64(p.Line-middle) + 0.05*s.r.NormFloat64())
}

// leastShare is how fast an import is at least, in percent of a bare COPY of
// the same run.
const leastShare = 25

// BenchmarkIngest takes parsed rows to committed curated rows, through dedupe,
// identity, staging and summaries, and in the same run copies as many rows
// into a plain table with the ticks' key.
func BenchmarkIngest(b *testing.B) {
	const rows = 600_000
	for b.Loop() {
		url, _ := storetest.Durable(b)
		db := storetest.Connect(b, url)
		ours := ingestRows(b, db, rows)
		bare, err := db.BareCopy(b.Context(), rows)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(rows)/ours.Seconds(), "quotes/s")
		b.ReportMetric(float64(rows)/bare.Seconds(), "bare_copy/s")
		share := 100 * bare.Seconds() / ours.Seconds()
		b.ReportMetric(share, "%_of_bare")
		if share < leastShare {
			b.Errorf("the import is %.1f %% as fast as a bare COPY, want at least %d %%", share, leastShare)
		}
		b.ReportMetric(peakMemory(b), "peak_MB")
	}
}

func ingestRows(b *testing.B, db *store.DB, rows int) time.Duration {
	b.Helper()
	ctx := b.Context()
	f, err := boltodds.Format()
	if err != nil {
		b.Fatal(err)
	}
	aliases, err := db.Aliases(ctx, f.Source)
	if err != nil {
		b.Fatal(err)
	}
	if err := db.SetZone(ctx, false); err != nil {
		b.Fatal(err)
	}
	doc, err := db.ReceiveDoc(ctx, store.Doc{
		SourceID: aliases.Source.ID, Kind: store.Odds, Format: f.Name, Name: "bench", Confirmation: f.Confirmation,
	}, strings.NewReader("bench"))
	if err != nil {
		b.Fatal(err)
	}
	start := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	t := newTaker(db, doc, aliases, Options{Now: start.AddDate(1, 0, 0)})
	began := time.Now()
	if err := t.takeAll(ctx, newSeason(rows, start), func(int64) {}); err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	counts, err := db.DocCounts(ctx, doc.ID)
	if err != nil || counts.Stored < int64(rows)*8/10 {
		b.Fatalf("%+v, %v: too few rows were stored to measure anything", counts, err)
	}
	b.Logf("%+v", counts)
	return took
}

// peakMemory is the most memory this process has had resident, in megabytes;
// 0 where the system does not tell.
func peakMemory(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	var kB float64
	if _, err := fmt.Sscan(after, &kB); err != nil {
		b.Fatal(err)
	}
	return kB / 1024
}
