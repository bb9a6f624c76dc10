package drill

import (
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/world"
)

// tick is a stored or an expected change of a price.
type tick struct {
	world.Key
	price int32
	at    time.Time
}

// checkTicks compares what is stored with the world's own record.
//
// An answer counts once its bytes are in the raw zone: from there on nothing
// may be lost. One that died with its worker before that, or came when a slow
// machine had let its lease run out, is as one that was never asked for; what only such answers showed is counted and printed apart.
// An answer of one content with the one before it confirms it and shows
// nothing new. The moment of an answer is that by the clock of the worker who
// received it, which its document is named by: a price counts while its game
// has not begun by then.
func checkTicks(t *testing.T, w *world.World, db *store.DB, kills int) {
	t.Helper()
	var answers, received, died []world.Exchange
	moments := receivedAt(t, db)
	var lag time.Duration
	for _, e := range w.Journal() {
		if e.Source != world.ActionNetwork || e.Route != "scoreboard" || e.Status != http.StatusOK {
			continue
		}
		at, ok := firstFrom(moments[e.SHA256], e.At)
		if !ok {
			died, answers = append(died, e), append(answers, e)
			continue
		}
		lag = max(lag, at.Sub(e.At))
		e.At = at
		received, answers = append(received, e), append(answers, e)
	}
	want, got := expected(t, w, received), stored(t, db)
	lost, extra := without(want, got), without(got, want)
	unseen := without(timeless(expected(t, w, answers)), timeless(want))
	t.Logf("answers with prices: %d, of which %d reached the raw zone, %d died before it, with their worker or its lease (%d kills); %d documents",
		len(answers), len(received), len(died), kills, len(moments))
	t.Logf("ticks shown: %d; stored: %d; lost: %d; stored and never shown: %d; twice: %d", len(want), len(got), len(lost), len(extra), twice(t, db))
	t.Logf("ticks that only answers showed which died before the raw zone: %d", len(unseen))
	t.Logf("from an answer's moment in the world to the last byte at the worker: at most %s virtual", lag)
	if len(want) < 500 {
		t.Errorf("%d ticks were shown: nothing to compare", len(want))
	}
	for _, x := range lost[:min(len(lost), 10)] {
		t.Errorf("lost: %+v", x)
	}
	for _, x := range extra[:min(len(extra), 10)] {
		t.Errorf("never shown: %+v", x)
	}
	if n := twice(t, db); n > 0 || len(lost)+len(extra) > 20 {
		t.Errorf("%d lost, %d never shown, %d twice", len(lost), len(extra), n)
	}
}

// clockSlack is how far a worker's clock may be behind the world's.
const clockSlack = time.Second

// firstFrom is when an answer of a moment was received: no earlier.
func firstFrom(all []time.Time, at time.Time) (time.Time, bool) {
	i := slices.IndexFunc(all, func(x time.Time) bool { return !x.Before(at.Add(-clockSlack)) })
	if i < 0 {
		return at, false
	}
	return all[i], true
}

// receivedAt are the moments of the documents with prices in the raw zone, by
// their contents, in order.
func receivedAt(t *testing.T, db *store.DB) map[string][]time.Time {
	t.Helper()
	all := map[string][]time.Time{}
	var sum []byte
	var name string
	query(t, db, `
		SELECT d.sha256, d.name FROM raw.doc d JOIN curated.source s ON s.id = d.source_id
		WHERE s.name = 'actionnetwork' AND d.kind = 'odds'`, nil, []any{&sum, &name}, func() {
		told := name[strings.LastIndex(name, " ")+1:]
		at, err := time.Parse(time.RFC3339Nano, told)
		if err != nil {
			t.Fatalf("%q does not end with its moment: %v", name, err)
		}
		hash := hex.EncodeToString(sum)
		all[hash] = append(all[hash], at.Truncate(time.Microsecond))
	})
	for _, at := range all {
		slices.SortFunc(at, time.Time.Compare)
	}
	return all
}

func expected(t *testing.T, w *world.World, answers []world.Exchange) map[tick]int {
	t.Helper()
	quotes, err := w.Expect(answers, true)
	if err != nil {
		t.Fatal(err)
	}
	all := map[tick]int{}
	for _, q := range quotes {
		all[tick{q.Key, q.Price.Int(), q.At.UTC()}]++
	}
	return all
}

// timeless are ticks without their moments.
func timeless(all map[tick]int) map[tick]int {
	out := map[tick]int{}
	for k, n := range all {
		k.at = time.Time{}
		out[k] += n
	}
	return out
}

func stored(t *testing.T, db *store.DB) map[tick]int {
	t.Helper()
	all := map[tick]int{}
	x := tick{Key: world.Key{Source: world.ActionNetwork}}
	query(t, db, `
		SELECT r.ref, a.alias, q.market, q.period, q.side, q.line, q.price, q.observed_at
		FROM curated.quote q
		JOIN curated.source s ON s.id = q.source_id AND s.name = 'actionnetwork'
		JOIN curated.game_ref r ON r.game_id = q.game_id AND r.source_id = q.source_id
		JOIN curated.book_alias a ON a.book_id = q.book_id AND a.source_id = q.source_id`, nil,
		[]any{&x.Event, &x.Book, &x.Market, &x.Period, &x.Side, &x.Line, &x.price, &x.at}, func() {
			k := x
			k.at = k.at.UTC()
			all[k]++
		})
	return all
}

// twice is how many stored ticks say what the tick before them said.
func twice(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	query(t, db, `
		SELECT count(*) FROM (
			SELECT price = lag(price) OVER (PARTITION BY source_id, game_id, book_id, market, period, line, side ORDER BY observed_at) AS same
			FROM curated.quote) q WHERE same`, nil, []any{&n}, func() {})
	return n
}

// without are the ticks that a has more often than b.
func without(a, b map[tick]int) (all []tick) {
	for _, k := range slices.SortedFunc(maps.Keys(a), func(x, y tick) int { return x.at.Compare(y.at) }) {
		for range max(0, a[k]-b[k]) {
			all = append(all, k)
		}
	}
	return all
}
