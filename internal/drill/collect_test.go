package drill

import (
	"os"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
	"github.com/mlb-betting/mlb-betting/internal/world"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// course is how a drill goes: a part of a day of fifteen games, at a speed, and
// how often a worker is killed.
type course struct {
	start   time.Time // virtual
	length  time.Duration
	speed   float64
	every   time.Duration // real, between two kills
	most    time.Duration // real, that a feed may be late after a kill beyond its dead worker's lease
	durable bool          // PostgreSQL as users get it
}

// season has a slate of fifteen games on 1 April, the first at 16:35 UTC and the
// last at 02:05, at twelve books.
var season = simulator.Config{Season: 2026, Seed: 7}

// rehearsal is short enough for every run of the tests, in which no verdict
// depends on how fast the machine is: its limit on lateness only catches a feed
// that nobody takes over.
var rehearsal = course{
	start: time.Date(2026, time.April, 1, 22, 32, 0, 0, time.UTC), length: 20 * time.Minute, speed: 48, every: 6 * time.Second,
	most: 20 * time.Second,
}

// full is the day from ten in the morning to ten at night in the east
// (`make drill-collect`).
var full = course{
	start: time.Date(2026, time.April, 1, 14, 0, 0, 0, time.UTC), length: 12 * time.Hour, speed: 240, every: 20 * time.Second,
	most: 2 * time.Second, durable: true,
}

// Two workers collect a slate while one of them after the other is killed in the
// middle of a look and started again. What is stored in the end is what the
// world's own record says they were shown: nothing lost, nothing twice.
func TestKilledWorkers(t *testing.T) {
	c := rehearsal
	if os.Getenv("MLB_DRILL") != "" {
		c = full
	}
	url := database(t, c)
	db := storetest.Connect(t, url)
	if err := db.SetZone(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	program := build(t)
	w, err := world.New(t.Context(), world.Options{Season: season, Start: c.start, Speed: c.speed, Real: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Logf("SYNTHETIC: %s of %s at %v virtual seconds a second, a worker killed every %s", c.length, c.start.Format(time.RFC3339), c.speed, c.every)
	crew := &crew{program: program, control: w.Control(), database: url, clock: w.Clock(), db: db}
	kills := crew.pass(t, c)
	crew.finish(t)
	checkTicks(t, w, db, len(kills))
	checkLateness(t, db, c, kills)
}

// database is a database of its own for the drill.
func database(t testing.TB, c course) string {
	t.Helper()
	if !c.durable {
		return storetest.URL(t)
	}
	url, _ := storetest.Durable(t)
	return url
}
