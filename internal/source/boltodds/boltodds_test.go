package boltodds

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

const header = "captured_at,mode,market,game,starts_at,sportsbook,selection,target,side,line,odds\n"

func first(t *testing.T, row string) (source.OddsRow, error) {
	t.Helper()
	f, err := Format()
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Read(strings.NewReader(header + row + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return r.Next()
}

func TestRows(t *testing.T) {
	const spread = `2026-07-16T04:00:00.5Z,prematch,Spread,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:10 PM",caesars,`
	for _, c := range []struct {
		name, row string
		side      mlb.Side
		line      mlb.Line
		price     string
	}{
		{"away run line", spread + "New York Mets 1.5 Spread,New York Mets,,1.5,-190", mlb.Away, -3, "-190"},
		{"home run line", spread + "Philadelphia Phillies -1.5 Spread,Philadelphia Phillies,,-1.5,+160", mlb.Home, -3, "+160"},
		{"line in the selection alone", spread + "New York Mets 1.5 Spread,New York Mets,,,-190", mlb.Away, -3, "-190"},
		{"decimal comma", spread + `"New York Mets -3,5 Spread",New York Mets,,"-3,5",+800`, mlb.Away, 7, "+800"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := first(t, c.row)
			if err != nil {
				t.Fatal(err)
			}
			if r.Market != mlb.RunLine || r.Side != c.side || r.Line != c.line || r.Price.String() != c.price || r.Period != mlb.FullGame {
				t.Errorf("got %+v, want side %s line %s price %s", r, c.side, c.line, c.price)
			}
			if want := time.Date(2026, 7, 16, 23, 10, 0, 0, time.UTC); !r.Start.Equal(want) { // Eastern daylight time
				t.Errorf("start %s, want %s", r.Start, want)
			}
			if r.Home != "Philadelphia Phillies" || r.Away != "New York Mets" || r.Book != "caesars" || r.N != 1 || !strings.HasSuffix(c.row, r.Text[10:]) {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func TestMoneylineWithALine(t *testing.T) {
	_, err := first(t, `2026-07-16T04:00:00Z,prematch,Moneyline,"A vs B, 2026-07-16","2026-07-16, 07:10 PM",caesars,A Moneyline,A,,1.5,-190`)
	var bad *source.RowError
	if !errors.As(err, &bad) || bad.Reason != source.BadLine {
		t.Errorf("got %v, want bad_line", err)
	}
	_, err = first(t, `2026-07-16T04:00:00Z,prematch,Moneyline,"A vs B, 2026-07-16","2026-07-16, 07:10 PM",caesars,C Moneyline,C,,,-190`)
	if !errors.As(err, &bad) || bad.Reason != source.BadMarket || !strings.Contains(bad.Detail, `"C"`) {
		t.Errorf("got %v, want bad_market that names C", err)
	}
}

// Whatever the bytes, every row is read or refused with a reason.
func FuzzRead(f *testing.F) {
	f.Add(header + `2026-07-16T04:00:00Z,prematch,Total,"A vs B, 2026-07-16","2026-07-16, 07:10 PM",x,A O 8.5,,O,8.5,-110`)
	f.Add(header + `2026-07-16T04:00:00Z,prematch,Spread,"A vs B, 2026-07-16","2026-07-16, 07:10 PM",x,"A -3,5 Spread",A,,"-3,5",+110`)
	f.Add(body(total, "7"))
	f.Add(header + "x")
	f.Add("")
	format, err := Format()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := format.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			var bad *source.RowError
			if err != nil && !errors.As(err, &bad) {
				t.Fatalf("%q: %v is neither a row's error nor the end", text, err)
			}
			if err != nil && (bad.Reason == "" || bad.Detail == "") {
				t.Fatalf("%q: refused without a reason", text)
			}
			if err == nil && (!row.Price.Valid() || !row.Side.Of(row.Market) || row.Start.IsZero() || row.ObservedAt.IsZero()) {
				t.Fatalf("%q: accepted as %+v", text, row)
			}
		}
	})
}
