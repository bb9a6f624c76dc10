package ingest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source/boltodds"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

const header = "captured_at,mode,market,game,starts_at,sportsbook,selection,target,side,line,odds\n"

// moneyline is one row of a moneyline of NYM @ PHI, 2026-07-16.
func moneyline(at, start, book, team, price string) string {
	return fmt.Sprintf(`%s,prematch,Moneyline,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, %s",%s,%s Moneyline,%s,,,%s`,
		at, start, book, team, team, price) + "\n"
}

const good = `2026-07-16T04:00:00Z,prematch,Total,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:10 PM",betmgm,Philadelphia Phillies O 8.5,,O,8.5,-110` + "\n"

// One bad row is set aside with its reason and its text; the rows around it
// are stored.
func TestBadRows(t *testing.T) {
	replace := func(old, text string) string { return strings.Replace(good, old, text, 1) }
	for _, c := range []struct{ name, row, reason string }{
		{"unknown book", replace("betmgm", "nobook"), "unknown_book"},
		{"unknown team", strings.ReplaceAll(good, "New York Mets", "New York Knights"), "unknown_team"},
		{"unknown market", replace("Total", "Corners"), "bad_market"},
		{"unknown side", replace(",O,", ",X,"), "bad_market"},
		{"quarter line", strings.ReplaceAll(good, "8.5", "8.25"), "bad_line"},
		{"absurd line", strings.ReplaceAll(good, "8.5", "88.5"), "bad_line"},
		{"negative total", strings.ReplaceAll(good, "8.5", "-8.5"), "bad_line"},
		{"line and selection differ", replace(",8.5,", ",9.5,"), "bad_line"},
		{"price inside (-100, 100)", replace("-110", "-50"), "bad_price"},
		{"sentinel price", replace("-110", "0.0001"), "bad_price"},
		{"sentinel zero", replace("-110", "0"), "bad_price"},
		{"no price", replace(",-110\n", ",\n"), "bad_price"},
		{"too few fields", replace(",-110\n", "\n"), "bad_record"},
		{"too many fields", replace("-110", "-110,x"), "bad_record"},
		{"open quote", replace(`2026-07-16",`, `2026-07-16,`), "bad_record"},
		{"not text", replace("betmgm", "bet\xffmgm"), "bad_record"},
		{"impossible time", replace("2026-07-16T04:00:00Z", "2026-07-16T25:00:00Z"), "bad_time"},
		{"from the future", replace("2026-07-16T04:00:00Z", "2026-08-16T04:00:00Z"), "bad_time"},
		{"before any odds", replace("2026-07-16T04:00:00Z", "1926-07-16T04:00:00Z"), "bad_time"},
		{"start on another day", replace("2026-07-16, 07:10 PM", "2026-07-26, 07:10 PM"), "bad_time"},
		{"in play", replace("prematch", "live"), "in_play"},
		{"no game", replace(" vs ", " and "), "bad_game"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.Open(t)
			r := mustImport(t, db, header+moneyline("2026-07-16T03:00:00Z", "07:10 PM", "betmgm", "New York Mets", "+120")+c.row+
				moneyline("2026-07-16T04:00:00Z", "07:10 PM", "betmgm", "New York Mets", "+125"))
			if r.Read != 3 || r.Stored != 2 || r.Quarantined != 1 || r.Reasons[c.reason] != 1 {
				t.Fatalf("got %+v, want 2 of 3 stored and one %s", r, c.reason)
			}
			q, err := db.Quarantine(t.Context(), 10)
			if err != nil || len(q) != 1 || q[0].Detail == "" || q[0].Text == "" || q[0].N != 2 {
				t.Errorf("quarantine: %+v, %v; want row 2 with its text and detail", q, err)
			}
		})
	}
}

// A damaged file is one clear error and leaves no trace.
func TestBadFiles(t *testing.T) {
	zipped := func(text string) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	whole := zipped(header + strings.Repeat(good, 100))
	for _, c := range []struct{ name, body, want string }{
		{"empty", "", "empty"},
		{"cut gzip", string(whole[:len(whole)-10]), "cut short"},
		{"damaged gzip", string(whole[:40]) + "xxxx" + string(whole[44:]), "damaged"},
		{"gzip header", "\x1f\x8bxx", "gzip"},
		{"missing column", strings.Replace(header, ",odds", "", 1), `column "odds" is missing`},
		{"unknown column", strings.Replace(header, ",odds", ",odds,limit", 1), `unknown column "limit"`},
		{"column twice", strings.Replace(header, ",odds", ",odds,odds", 1), "twice"},
		{"another file", "PNG\r\n\x1a\n", "column"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.Open(t)
			_, err := importText(t, db, c.body, Options{})
			if !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "changes.csv") {
				t.Errorf("got %v, want ErrInvalid about changes.csv with %q", err, c.want)
			}
			if s := status(t, db); s.Documents != 0 || s.Ticks != 0 {
				t.Errorf("left behind: %+v", s)
			}
		})
	}
}

func status(t testing.TB, db *store.DB) store.Status {
	t.Helper()
	s, err := db.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAcceptedForms(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	spread := func(selection, line string) string {
		return `2026-07-16T04:00:00Z,prematch,Spread,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:10 PM",caesars,"New York Mets ` +
			selection + ` Spread",New York Mets,,` + line + ",-190\r\n"
	}
	r := mustImport(t, db, "\xef\xbb\xbf"+header+"\n"+spread("1.5", "")+spread("-3,5", `"-3,5"`)+spread("2.5", "2.5"))
	if r.Stored != 3 || r.Read != 3 {
		t.Fatalf("a byte-order mark, CRLF, blank lines, lines in the selection and decimal commas: %+v", r)
	}
	lines := allLines(t, db)
	var got []mlb.Line
	for _, l := range lines {
		got = append(got, l.Line)
	}
	slices.Sort(got)
	if want := []mlb.Line{-5, -3, 7}; !slices.Equal(got, want) { // home side's view, half-runs
		t.Errorf("lines %v, want %v", got, want)
	}
}

func allLines(t testing.TB, db *store.DB) []store.LineSummary {
	t.Helper()
	lines, err := db.LineSummaries(t.Context(), gameIDs(t, db))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func gameIDs(t testing.TB, db *store.DB) []mlb.GameID {
	t.Helper()
	games, err := db.GamesBetween(t.Context(), mlb.Date{Year: 2000, Month: 1, Day: 1}, mlb.Date{Year: 2100, Month: 1, Day: 1})
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]mlb.GameID, len(games))
	for i, g := range games {
		ids[i] = g.ID
	}
	return ids
}

const twice = header +
	`2026-07-16T04:00:00Z,prematch,Moneyline,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:10 PM",betmgm,New York Mets Moneyline,New York Mets,,,+110
2026-07-16T04:00:00Z,prematch,Moneyline,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:10 PM",betmgm,Philadelphia Phillies Moneyline,Philadelphia Phillies,,,-135
2026-07-16T04:00:00Z,prematch,Moneyline,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:10 PM",nobook,New York Mets Moneyline,New York Mets,,,+110
2026-07-16T05:00:00Z,prematch,Moneyline,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:11 PM",betmgm,New York Mets Moneyline,New York Mets,,,+110
2026-07-16T05:00:00Z,prematch,Moneyline,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:11 PM",betmgm,New York Mets Moneyline,New York Mets,,,+130
`

func TestSecondImportStoresNothing(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	r := mustImport(t, db, twice)
	if r.Read != 5 || r.Stored != 2 || r.Duplicate != 1 || r.Quarantined != 2 || r.Reasons["conflict"] != 1 {
		t.Errorf("first import: %+v", r)
	}
	if again := mustImport(t, db, twice); again.Stored != 0 || again.Duplicate != 3 || again.Quarantined != 2 || !again.Known {
		t.Errorf("second import: %+v", again)
	}
	// The same rows in another document are known row by row.
	if more := mustImport(t, db, twice+"\n"); more.Stored != 0 || more.Duplicate != 3 || more.Quarantined != 2 || more.Known {
		t.Errorf("overlapping import: %+v", more)
	}
	if s := status(t, db); s.Ticks != 2 || s.Documents != 2 || s.Unfinished != 0 {
		t.Errorf("database: %+v", s)
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	text := changeLog(400)
	rehearsed, err := importText(t, db, text, Options{DryRun: true, batch: 100})
	if err != nil {
		t.Fatal(err)
	}
	if s := status(t, db); s.Documents != 0 || s.Games != 0 || s.Ticks != 0 || s.Lines != 0 {
		t.Errorf("a dry run left %+v", s)
	}
	imported := mustImport(t, db, text)
	if rehearsed.Stored != imported.Stored || rehearsed.Duplicate != imported.Duplicate || rehearsed.Quarantined != imported.Quarantined || !rehearsed.DryRun {
		t.Errorf("dry run %+v, import %+v", rehearsed, imported)
	}
}

// changeLog is a made-up log of so many captures of one game at four books,
// with alternates, repeats and a bad row in every tenth capture.
func changeLog(captures int) string {
	var b strings.Builder
	b.WriteString(header)
	books := []string{"betmgm", "caesars", "draftkings", "fanduel"}
	start := time.Date(2026, 7, 15, 12, 0, 0, 0, time.UTC)
	for i := range captures {
		at := start.Add(time.Duration(i) * time.Minute).Format(time.RFC3339)
		book := books[i%len(books)]
		b.WriteString(moneyline(at, "07:10 PM", book, "New York Mets", fmt.Sprintf("+%d", 110+5*(i*i/3%3))))
		b.WriteString(moneyline(at, "07:10 PM", book, "Philadelphia Phillies", fmt.Sprintf("-%d", 120+5*(i/3%2))))
		for _, line := range []string{"7.5", "8.5", "9.5"} {
			for _, side := range []string{"O", "U"} {
				fmt.Fprintf(&b, `%s,prematch,Total,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:10 PM",%s,Philadelphia Phillies %s %s,,%s,%s,-%d`+"\n",
					at, book, side, line, side, line, 105+(i*7+len(line)*3)%30)
			}
		}
		if i%10 == 0 {
			b.WriteString(moneyline(at, "07:10 PM", book, "New York Mets", "+7"))
		}
	}
	return b.String()
}

// dump is everything curated, in one order, without surrogate ids.
func dump(t testing.TB, db *store.DB) string {
	t.Helper()
	ids := gameIDs(t, db)
	var b strings.Builder
	ticks, err := db.Ticks(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	polls, err := db.Polls(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	at := func(g mlb.GameID) int { return slices.Index(ids, g) }
	for _, q := range ticks {
		fmt.Fprintln(&b, "tick", at(q.Game), q.Market, q.Line, q.Book, q.Side, q.Price, q.ObservedAt)
	}
	for _, p := range polls {
		fmt.Fprintln(&b, "poll", at(p.Game), p.Book, p.ObservedAt)
	}
	for _, s := range allLines(t, db) {
		s.Game = mlb.GameID(at(s.Game))
		fmt.Fprintf(&b, "line %+v\n", s)
	}
	for _, id := range ids {
		mains, err := db.MainLines(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mains {
			fmt.Fprintln(&b, "main", at(m.Game), m.Book, m.Market, m.ObservedAt.UTC(), m.Line)
		}
	}
	return b.String()
}

func differ(t testing.TB, got, want string) {
	t.Helper()
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Fatalf("line %d of %d and %d:\n got  %s\n want %s", i, len(a), len(b), a[i], b[i])
		}
	}
	if len(a) != len(b) {
		t.Fatalf("%d lines, want %d", len(a), len(b))
	}
}

// However a log is cut into documents and in whatever order they come, the
// curated rows are those of the whole log in one document.
func TestDocumentsInAnyOrder(t *testing.T) {
	wholeURL, cutURL := storetest.URL(t), storetest.URL(t)
	whole, cut := storetest.Connect(t, wholeURL), storetest.Connect(t, cutURL)
	rapid.Check(t, func(rt *rapid.T) {
		clearAll(t, wholeURL)
		clearAll(t, cutURL)
		captures := rapid.IntRange(2, 25).Draw(rt, "captures")
		rows := strings.SplitAfter(strings.TrimPrefix(changeLog(captures), header), "\n")
		parts := make([]string, rapid.IntRange(1, 4).Draw(rt, "documents"))
		for i := range parts {
			parts[i] = header
		}
		for _, row := range rows[:len(rows)-1] {
			i := rapid.IntRange(0, len(parts)-1).Draw(rt, "document")
			parts[i] += row
		}
		mustImport(t, whole, header+strings.Join(rows, ""))
		for i, part := range parts {
			mustImport(t, cut, part+strings.Repeat("\n", i)) // two empty parts are not one document
		}
		if got, want := dump(t, cut), dump(t, whole); got != want {
			differ(t, got, want)
		}
	})
}

// clearAll empties a test's database of all but its directory.
func clearAll(t testing.TB, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	const all = `TRUNCATE raw.doc, raw.piece, staging.quote, staging.quarantine, curated.game, curated.game_alias, curated.game_ref, curated.archive_price, curated.split, curated.merged_game, curated.result, curated.weather, curated.quote,
		curated.poll, curated.line_summary, curated.main_line`
	if _, err := conn.Exec(t.Context(), all); err != nil {
		t.Fatal(err)
	}
}

func TestKilledAndTakenUp(t *testing.T) {
	t.Parallel()
	text := changeLog(1500)
	whole := storetest.Open(t)
	mustImport(t, whole, text)
	want := dump(t, whole)

	file := filepath.Join(t.TempDir(), "changes.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	url := storetest.URL(t)
	db := storetest.Connect(t, url)
	for _, after := range []int{1, 3, 5} {
		killAfter(t, url+"|"+file, after)
	}
	if s := status(t, db); s.Unfinished != 1 || s.Ticks == 0 {
		t.Errorf("after three kills: %+v, want one unfinished document and some ticks", s)
	}
	r := mustImport(t, db, text)
	if r.Read != int64(strings.Count(text, "\n")-1) {
		t.Errorf("taken up: %+v", r)
	}
	differ(t, dump(t, db), want)
}

// killAfter kills an import, in a process of its own, after some
// transactions, and returns when its database sessions have ended.
func killAfter(t *testing.T, what string, transactions int) {
	t.Helper()
	cmd := helper(t, victim+"="+what)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range transactions {
		if !lines.Scan() {
			t.Fatal("the import ended before it was killed")
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	url, _, _ := strings.Cut(what, "|")
	awaitUnlocked(t, storetest.Connect(t, url))
}

// awaitUnlocked waits until the killed process's session has been noticed.
func awaitUnlocked(t *testing.T, db *store.DB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		unlock, err := db.LockWriters(ctx, false)
		if err == nil {
			unlock()
			return
		}
		if !errors.Is(err, mlb.ErrConflict) {
			t.Fatal(err)
		}
	}
}

func TestDatabaseGoesAway(t *testing.T) {
	t.Parallel()
	text := changeLog(1000)
	url := storetest.URL(t)
	db := storetest.Connect(t, url)
	other, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(t.Context())
	ended := false
	_, err = importText(t, db, text, Options{batch: 500, Progress: func(int64, int64) {
		if !ended {
			ended = true
			const all = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
			if _, err := other.Exec(context.Background(), all); err != nil {
				t.Error(err)
			}
		}
	}})
	if !errors.Is(err, mlb.ErrUnavailable) || !strings.Contains(err.Error(), "again") {
		t.Fatalf("got %v, want ErrUnavailable that says what to do", err)
	}
	mustImport(t, db, text)
	whole := storetest.Open(t)
	mustImport(t, whole, text)
	differ(t, dump(t, db), dump(t, whole))
}

func TestOneImportAtATime(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	unlock, err := db.LockWriters(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := importText(t, db, twice, Options{}); !errors.Is(err, mlb.ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
	unlock()
	mustImport(t, db, twice)
}

// A capture of the real market, where it is at hand.
func TestRealCapture(t *testing.T) {
	files, err := filepath.Glob("../../../shared/data/boltodds/*changes*.csv*")
	if err != nil || len(files) == 0 {
		t.Skip("real captures absent: ../shared/data/boltodds")
	}
	for _, name := range files {
		db := storetest.Open(t)
		body, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer body.Close()
		f, err := boltodds.Format()
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		for _, wantNew := range []bool{true, false} {
			r, err := Odds(t.Context(), db, f, filepath.Base(name), body, Options{Now: now})
			if err != nil {
				t.Fatal(err)
			}
			if r.Read == 0 || r.Stored+r.Duplicate+r.Quarantined != r.Read || (r.Stored > 0) != wantNew {
				t.Errorf("%s: %+v", name, r)
			}
			if _, err := body.Seek(0, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
}
