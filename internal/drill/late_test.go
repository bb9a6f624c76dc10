package drill

import (
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/store"
)

// madeLook is a look of the ledger.
type madeLook struct {
	target       int64
	feed         string
	due, started time.Time // virtual
}

// checkLateness prints for each kill the largest lateness of a look after it,
// in real seconds beyond the lease that the dead worker held, and fails where
// it is more than the drill allows.
func checkLateness(t *testing.T, db *store.DB, c course, kills []kill) {
	t.Helper()
	looks := looksOf(t, db)
	realTime := func(d time.Duration) time.Duration {
		return time.Duration(float64(d) / c.speed).Round(time.Millisecond)
	}
	var worst time.Duration
	for i, k := range kills {
		until := c.start.Add(c.length)
		if i+1 < len(kills) {
			until = kills[i+1].at
		}
		late, feed := lateness(looks, k, until)
		worst = max(worst, realTime(late))
		t.Logf("kill %2d at %s of %d, which held %d leases: at most %s late beyond them (%s)",
			i+1, k.at.Format("15:04:05"), k.pid, len(k.until), realTime(late), feed)
	}
	var most time.Duration
	for _, l := range looks {
		most = max(most, l.started.Sub(l.due))
	}
	t.Logf("%d looks; the latest of all, lease included: %s; the latest after a kill beyond its lease: %s, allowed %s",
		len(looks), realTime(most), worst, c.most)
	if worst > c.most {
		t.Errorf("a feed was %s late after a kill, allowed %s", worst, c.most)
	}
}

// lateness is how late looks were between a kill and another moment. The first
// look at what the dead worker held cannot be made before its lease ran out.
func lateness(looks []madeLook, k kill, until time.Time) (most time.Duration, feed string) {
	held := map[int64]bool{}
	for _, l := range looks {
		if !l.started.After(k.at) || l.started.After(until) {
			continue
		}
		due := l.due
		if free, ok := k.until[l.target]; ok && !held[l.target] {
			held[l.target] = true
			if free.After(due) {
				due = free
			}
		}
		if late := l.started.Sub(due); late > most {
			most, feed = late, l.feed
		}
	}
	return most, feed
}

func looksOf(t *testing.T, db *store.DB) (all []madeLook) {
	t.Helper()
	var l madeLook
	query(t, db, `
		SELECT t.id, s.name || ' ' || t.feed, r.due_at, r.started_at
		FROM collect.run r JOIN collect.target t ON t.id = r.target_id JOIN curated.source s ON s.id = t.source_id
		ORDER BY r.started_at`, nil, []any{&l.target, &l.feed, &l.due, &l.started}, func() { all = append(all, l) })
	return all
}
