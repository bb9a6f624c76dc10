package source_test

import (
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// told is a list of rows, each a price or why there is none.
type told struct{ rows []told1 }

type told1 struct {
	row source.OddsRow
	err error
}

func (l *told) Next() (source.OddsRow, error) {
	if len(l.rows) == 0 {
		return source.OddsRow{}, io.EOF
	}
	r := l.rows[0]
	l.rows = l.rows[1:]
	return r.row, r.err
}

func at(ref, book string, side mlb.Side, american string) told1 {
	r := told1{row: source.OddsRow{Ref: ref, Book: book, Market: mlb.Moneyline, Side: side, Complete: true}}
	a, err := odds.ParseAmerican(american)
	if err == nil {
		r.row.Price, err = odds.FromAmerican(a)
	}
	if err != nil {
		r.err = source.RejectPrice(american)
	}
	return r
}

// wholly reads rows as one answer and tells each row's reason, "" for none.
func wholly(t *testing.T, rows ...told1) (reasons []string) {
	t.Helper()
	f := source.Whole(source.OddsFormat{Zone: time.UTC, Open: func(io.Reader, *time.Location) (source.OddsReader, error) {
		return &told{rows}, nil
	}})
	r, err := f.Read(nil)
	if err != nil {
		t.Fatal(err)
	}
	for {
		_, err := r.Next()
		var bad *source.RowError
		switch {
		case errors.Is(err, io.EOF):
			return reasons
		case errors.As(err, &bad):
			reasons = append(reasons, string(bad.Reason))
		case err != nil:
			t.Fatal(err)
		default:
			reasons = append(reasons, "")
		}
	}
}

func TestWhole(t *testing.T) {
	swapped := at("2", "68", mlb.Home, "-110")
	swapped.err = source.Reject(source.SwappedTeams, "side home, team of away")
	suspended := at("1", "68", mlb.Away, "100")
	suspended.err = source.Reject(source.Suspended, "")
	for name, c := range map[string]struct {
		rows []told1
		want []string
	}{
		"plain": {
			[]told1{at("1", "68", mlb.Home, "-110"), at("1", "68", mlb.Away, "100"), at("1", "69", mlb.Home, "-115")},
			[]string{"", "", ""},
		},
		"one book twice at one price": {
			[]told1{at("1", "68", mlb.Home, "-110"), at("1", "68", mlb.Home, "-110")},
			[]string{"", ""},
		},
		"one book twice": {
			[]told1{at("1", "68", mlb.Home, "-110"), at("1", "68", mlb.Away, "100"), at("1", "68", mlb.Home, "-125"), at("2", "68", mlb.Home, "-110"), at("1", "69", mlb.Home, "-125")},
			[]string{"duplicated_book", "duplicated_book", "duplicated_book", "", ""},
		},
		"swapped": {
			[]told1{at("2", "69", mlb.Away, "-110"), swapped, at("1", "68", mlb.Home, "-110")},
			[]string{"swapped_teams", "swapped_teams", ""},
		},
		"sentinels": {
			[]told1{at("1", "68", mlb.Home, "-99999"), at("1", "68", mlb.Away, "99999"), at("1", "69", mlb.Home, "0"), at("1", "69", mlb.Away, "110")},
			[]string{"sentinel_price", "sentinel_price", "sentinel_price", ""},
		},
		"a book of means": {
			[]told1{at("1", "15", mlb.Home, "-34.7"), at("1", "15", mlb.Away, "12"), at("2", "15", mlb.Home, "-123.5"), at("2", "15", mlb.Away, "-112"), at("2", "68", mlb.Away, "-112")},
			[]string{"average_price", "average_price", "average_price", "average_price", ""},
		},
		"two odd prices make no book of means": {
			[]told1{at("1", "15", mlb.Home, "-34.7"), at("1", "15", mlb.Away, "12"), at("2", "15", mlb.Home, "-123"), suspended},
			[]string{"average_price", "average_price", "", "suspended"},
		},
	} {
		if got := wholly(t, c.rows...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestRejectPrice(t *testing.T) {
	for text, want := range map[string]source.Reason{
		"0": source.SentinelPrice, "-99999": source.SentinelPrice, "9999": source.SentinelPrice, "99": source.AveragePrice, "-12.5": source.AveragePrice,
		"112.5": source.AveragePrice, "": source.BadPrice, "even-ish": source.BadPrice, `{"value":-110}`: source.BadPrice, "NaN": source.BadPrice, "2000000": source.BadPrice,
	} {
		var bad *source.RowError
		if err := source.RejectPrice(text); !errors.As(err, &bad) || bad.Reason != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestNewest(t *testing.T) {
	const body = `[{"last_update":"2026-05-16T14:00:00Z","books":[{"other":"2027-01-01T00:00:00Z","last_update":"2026-05-16T15:00:00Z"},
		{"last_update":"soon"},{"last_update":null},{"last_update":["2028-01-01T00:00:00Z"]},"2029-01-01T00:00:00Z"],"last_update":7}]`
	want := time.Date(2026, 5, 16, 15, 0, 0, 0, time.UTC)
	if got := source.Newest([]byte(body), []string{"last_update"}); !got.Equal(want) {
		t.Errorf("%s, want %s", got, want)
	}
	for _, broken := range []string{"", "{", `{"last_update":`, "]", "<html>", "7"} {
		if got := source.Newest([]byte(broken), []string{"last_update"}); !got.IsZero() {
			t.Errorf("%q: %s", broken, got)
		}
	}
}
