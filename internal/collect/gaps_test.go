package collect

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/quota"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/oddsapi"
	"github.com/mlb-betting/mlb-betting/internal/world"
)

var day = mlb.Date{Year: 2026, Month: time.May, Day: 16}

func (s *stage) gaps(t *testing.T, c *Collector) []Gap {
	t.Helper()
	all, err := c.Gaps(t.Context(), day, day)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (s *stage) past() Past {
	return Past{Adapters: []source.Adapter{s.cfg.Watches[0].Adapter, s.cfg.Watches[1].Adapter, oddsapi.Adapter(oddsapi.DefaultOffer())}}
}

// backfill asks for the day and returns what came of each thing.
func (s *stage) backfill(t *testing.T, ctx context.Context, want Wanted, tell func(Progress)) (Refilled, error) {
	t.Helper()
	want.From, want.To = day, day
	return s.worker(t, "backfill").Backfill(ctx, s.past(), want, tell)
}

// While all is looked at there are no gaps. An outage is one, with its cause
// and what fills it, and is none any more when that was asked for.
func TestGapsAndBackfill(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	w := s.worker(t, "one")
	s.pass(t, 4*time.Minute, time.Minute, w)
	if got := s.gaps(t, w); len(got) != 0 {
		t.Fatalf("gaps without an outage: %+v", got)
	}
	if err := s.world.SetFaults([]world.Fault{{Kind: world.ServerErrors, Source: world.ActionNetwork}}); err != nil {
		t.Fatal(err)
	}
	down := s.world.Clock().Now()
	s.pass(t, 12*time.Minute, time.Minute, w)
	if err := s.world.SetFaults(nil); err != nil {
		t.Fatal(err)
	}
	s.pass(t, 12*time.Minute, time.Minute, w)
	got := s.gaps(t, w)
	if len(got) != 1 {
		t.Fatalf("%d gaps, want one: %+v", len(got), got)
	}
	g := got[0]
	if g.Source != "actionnetwork" || g.Feed != "scoreboard" || g.Game != 0 || g.Cause != "server" || g.Looks < 5 ||
		g.From.Before(down.Add(-time.Minute)) || g.To.Sub(down) < 10*time.Minute || g.To.Sub(down) > 30*time.Minute {
		t.Errorf("%+v, down from %v", g, down)
	}
	if want := "collect backfill --from 2026-05-16 --to 2026-05-16 --source actionnetwork --feed history"; g.Command() != want {
		t.Errorf("%q, want %q", g.Command(), want)
	}
	r, err := s.backfill(t, t.Context(), Wanted{Source: g.Source, Feed: g.Fill}, func(Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Filled) != 1 || r.Had != r.Asked || r.Had == 0 || r.Stored == 0 {
		t.Errorf("%+v, want one gap filled and prices stored", r)
	}
	if got := s.gaps(t, w); len(got) != 0 {
		t.Errorf("gaps after the backfill: %+v", got)
	}
}

// Nobody looking at all is a gap of every feed; days ahead, and feeds of
// sources that are off, have none.
func TestGapsWithoutWorker(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	w := s.worker(t, "one")
	s.world.Clock().Step(time.Hour)
	got := s.gaps(t, w)
	if len(got) != 1 || got[0].Feed != "schedule" || got[0].Cause != causeNoLook { // which games there are was never asked
		t.Fatalf("%+v", got)
	}
	s.pass(t, 2*time.Minute, time.Minute, w)
	s.world.Clock().Step(3 * time.Hour)
	feeds := map[string]string{}
	for _, g := range s.gaps(t, w) {
		feeds[g.Feed] = g.Cause
	}
	if feeds["scoreboard"] != causeNoLook || feeds["schedule"] != causeNoLook || len(feeds) != 2 {
		t.Errorf("%v, want both feeds unlooked at", feeds)
	}
	next, err := w.Gaps(t.Context(), nextDay(day), nextDay(nextDay(day)))
	if err != nil || len(next) != 0 {
		t.Errorf("days ahead: %+v, %v", next, err)
	}
}

// A game that the source leaves out, while it is looked at, is a gap of that
// game alone.
func TestGapOfGame(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	w := s.worker(t, "one")
	s.pass(t, 3*time.Minute, time.Minute, w)
	if err := s.world.SetFaults([]world.Fault{{Kind: world.PartialSlate, Source: world.ActionNetwork, Count: 4}}); err != nil {
		t.Fatal(err)
	}
	s.pass(t, 20*time.Minute, 5*time.Minute, w)
	games := map[mlb.GameID]bool{}
	for _, g := range s.gaps(t, w) {
		if g.Game != 0 && g.Book == 0 {
			games[g.Game] = true
			if g.Cause != causeNotShown && g.Cause != CausePartialSlate {
				t.Errorf("%+v", g)
			}
		}
	}
	if len(games) == 0 {
		t.Errorf("no game is missed: %+v", s.gaps(t, w))
	}
}

// A backfill that is killed between games goes on after the last one it had,
// and asks for none twice.
func TestBackfillResumes(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	s.pass(t, 3*time.Minute, time.Minute, s.worker(t, "one"))
	s.world.Clock().Step(8 * time.Hour) // every game has begun
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	want := Wanted{Source: "actionnetwork", Resume: true}
	had, again := map[string]int{}, 0
	tell := func(p Progress) {
		switch p.Skipped {
		case "":
			had[p.Item]++
		case "had before":
			again++
		}
		if len(had) == 3 {
			kill()
		}
	}
	if _, err := s.backfill(t, ctx, want, tell); !errors.Is(err, context.Canceled) || len(had) != 3 {
		t.Fatalf("%v after %d games, want an interruption after 3", err, len(had))
	}
	r, err := s.backfill(t, t.Context(), want, tell)
	if err != nil || again != 3 || r.Had < 5 {
		t.Errorf("%+v, %v; %d passed over, want 3", r, err, again)
	}
	for game, n := range had {
		if n != 1 {
			t.Errorf("%s was asked for %d times", game, n)
		}
	}
	asked := 0
	for _, e := range s.world.Journal() {
		if e.Route == "history" {
			asked++
		}
	}
	if asked > len(had)+1 { // one was interrupted at most
		t.Errorf("%d requests for %d games", asked, len(had))
	}
}

// What failed is written down with its cause, the rest is asked for, and a
// source that fails again and again is left alone.
func TestBackfillFails(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	s.pass(t, 3*time.Minute, time.Minute, s.worker(t, "one"))
	s.world.Clock().Step(8 * time.Hour)
	if err := s.world.SetFaults([]world.Fault{{Kind: world.NotFound, Source: world.ActionNetwork}}); err != nil {
		t.Fatal(err)
	}
	r, err := s.backfill(t, t.Context(), Wanted{Source: "actionnetwork"}, func(p Progress) {
		if p.Skipped == "" && p.Cause == "" {
			t.Errorf("%+v", p)
		}
	})
	if err == nil || !strings.Contains(err.Error(), "--resume") || r.Failed != inARow || r.Skipped == 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if err := s.world.SetFaults(nil); err != nil {
		t.Fatal(err)
	}
	s.world.Clock().Step(time.Hour)
	if r, err = s.backfill(t, t.Context(), Wanted{Source: "actionnetwork", Resume: true}, func(Progress) {}); err != nil || r.Had < 5 {
		t.Errorf("after the fault: %+v, %v", r, err)
	}
}

// What cannot be had is one clear error, before any request.
func TestBackfillRefuses(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	c := s.worker(t, "one")
	for name, x := range map[string]struct {
		want Wanted
		says string
	}{
		"winter":     {Wanted{From: mlb.Date{Year: 2025, Month: 12, Day: 24}, To: day}, "outside the season"},
		"tomorrow":   {Wanted{From: day, To: nextDay(day)}, "still to come"},
		"backwards":  {Wanted{From: nextDay(day), To: day}, "earlier day first"},
		"too old":    {Wanted{From: mlb.Date{Year: 2026, Month: 4, Day: 1}, To: day, Source: "actionnetwork"}, "keeps a game for 14 days"},
		"no feed":    {Wanted{From: day, To: day, Source: "actionnetwork", Feed: "scoreboard"}, "actionnetwork history"},
		"no source":  {Wanted{From: day, To: day, Source: "nosource"}, "statsapi schedule"},
		"turned off": {Wanted{From: day, To: day, Source: "oddsapi"}, "collect acknowledge oddsapi"},
	} {
		if _, err := c.Backfill(t.Context(), s.past(), x.want, nil); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v, want it to say %q", name, err, x.says)
		}
	}
	if err := s.db.AcknowledgeSource(t.Context(), "oddsapi", start); err != nil {
		t.Fatal(err)
	}
	_, err := c.Backfill(t.Context(), s.past(), Wanted{From: day, To: day, Source: "oddsapi"}, nil)
	if !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), "needs a key") {
		t.Errorf("paid feed without a key: %v", err)
	}
	if n := len(s.world.Journal()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// A backfill spends what the plan has left over, and nothing else: a plan that
// is too small for the month pays none.
func TestBackfillOfPaidFeed(t *testing.T) {
	t.Parallel()
	for credits, most := range map[int]bool{500: false, 900_000: true} {
		t.Run(strconv.Itoa(credits), func(t *testing.T) {
			t.Parallel()
			var past Past
			s := watching(t, world.Options{Start: start, Keys: map[string]world.Plan{"k": {Credits: credits, Historical: true}}},
				func(schedule, prices source.Adapter) []Watch {
					key := source.NewSecret("k")
					past = Past{Adapters: []source.Adapter{prices}, Keys: map[string]source.Secret{prices.Name: key}}
					return []Watch{scheduleOf(schedule, 31), {
						Adapter: prices, Feed: "odds", Key: key,
						Paid: &Paid{Plan: quota.Standard(credits), Adapter: func(quota.Level) source.Adapter { return prices }},
					}}
				})
			w := s.worker(t, "one")
			s.pass(t, 4*time.Minute, 2*time.Minute, w)
			s.world.Clock().Step(8 * time.Hour)
			r, err := w.Backfill(t.Context(), past, Wanted{From: day, To: day, Source: "oddsapi"}, func(p Progress) {
				if !most && p.Cause != "" && p.Cause != causeCredits {
					t.Errorf("%s: %s", p.Cause, p.Detail)
				}
			})
			asked := 0
			for _, e := range s.world.Journal() {
				if e.Route == "historical-odds" {
					asked++
				}
			}
			if most != (asked > 0) || most != (err == nil) || most != (r.Stored > 0) {
				t.Errorf("%d credits: %+v, %v, %d asked", credits, r, err, asked)
			}
			plans, err := w.Plans(t.Context())
			if err != nil || plans[0].Estimate.Spent != s.world.Credits("k") {
				t.Errorf("%+v, %v; the API counted %d", plans, err, s.world.Credits("k"))
			}
		})
	}
}
