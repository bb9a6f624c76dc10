// Package results2026 reads lists of results of the seasons 2025 and 2026 in
// two layouts, told apart by their header: one with starts in Eastern time,
// and one with MLB's gamePk and starts in UTC. Other columns are passed over.
package results2026

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// Format is both layouts. start_et carries no zone and is written in Eastern
// time.
func Format() (source.ResultFormat, error) {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return source.ResultFormat{}, fmt.Errorf("results2026: %w", err)
	}
	return source.ResultFormat{Name: "results2026", Source: "results2026", Zone: eastern, Open: Open}, nil
}

// The columns every list has, and those of which it has one or the other.
var columns = []string{"date", "away", "home", "away_runs", "home_runs"}

const (
	gamePK       = "game_pk"
	startUTC     = "game_start_utc"
	startEastern = "start_et"
)

// maxBody and maxGames bound the memory of one document: two seasons are 5,000
// games, 400 kB.
const (
	maxBody  = 16 << 20
	maxGames = 100_000
)

// Open reads the whole list, since only that tells which games are legs of a
// doubleheader. Starts without a zone were written in the given one.
func Open(r io.Reader, zone *time.Location) (source.ResultReader, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxBody {
		return nil, fmt.Errorf("%w: the list is larger than %d MB: split it", mlb.ErrInvalid, maxBody>>20)
	}
	p := parser{zone: zone}
	if p.records, err = source.NewRecordsWith(bytes.NewReader(text), columns...); err != nil {
		return nil, err
	}
	if err := p.takeLayout(); err != nil {
		return nil, err
	}
	games, err := p.all()
	if err != nil {
		return nil, err
	}
	number(games)
	return &reader{games}, nil
}

// game is a row of the list. err is a *source.RowError.
type game struct {
	row source.ResultRow
	err error
}

type reader struct{ games []game }

// Next is the next game.
func (r *reader) Next() (source.ResultRow, error) {
	if len(r.games) == 0 {
		return source.ResultRow{}, io.EOF
	}
	g := r.games[0]
	r.games = r.games[1:]
	return g.row, g.err
}

// parser reads rows of either layout.
type parser struct {
	records *source.Records
	zone    *time.Location // of start_et
	hasPK   bool
	start   string // the column
	fields  []string
}

func (p *parser) takeLayout() error {
	header := p.records.Header()
	for _, c := range []string{gamePK, startUTC, startEastern} {
		if first := slices.Index(header, c); first >= 0 && first != p.records.Column(c) {
			return fmt.Errorf("%w: column %q stands twice in the header", mlb.ErrInvalid, c)
		}
	}
	p.hasPK = slices.Contains(header, gamePK)
	switch {
	case slices.Contains(header, startUTC):
		p.start = startUTC
	case slices.Contains(header, startEastern):
		p.start = startEastern
	default:
		return fmt.Errorf("%w: neither column %q nor %q is in the header", mlb.ErrInvalid, startEastern, startUTC)
	}
	return nil
}

func (p *parser) field(name string) string { return p.fields[p.records.Column(name)] }

func (p *parser) all() (games []game, err error) {
	for {
		p.fields, err = p.records.Next()
		if err == io.EOF { //nolint:errorlint // Records' contract is io.EOF itself
			return games, nil
		}
		if err != nil && !errors.As(err, new(*source.RowError)) {
			return nil, err
		}
		if len(games) == maxGames {
			return nil, fmt.Errorf("%w: more than %d games: split the list", mlb.ErrInvalid, maxGames)
		}
		g := game{row: source.ResultRow{N: p.records.N(), Text: source.Shown(p.records.Text())}, err: err}
		if err == nil {
			g.err = p.parse(&g.row)
		}
		games = append(games, g)
	}
}

// parse fills a row. The score comes last: a game without one still counts
// for the number of the other leg.
func (p *parser) parse(row *source.ResultRow) (err error) {
	if row.Date, err = source.ParseDay(p.field("date")); err != nil {
		return source.Reject(source.BadTime, "date %.20q, want YYYY-MM-DD", p.field("date"))
	}
	if err := p.parsePK(row); err != nil {
		return err
	}
	if err := p.parseStart(row); err != nil {
		return err
	}
	row.Away, row.Home = p.field("away"), p.field("home")
	if row.Away == "" || row.Home == "" || row.Away == row.Home {
		return source.Reject(source.BadGame, "away %.40q and home %.40q are no two clubs", row.Away, row.Home)
	}
	row.Status = mlb.Final
	away, home := p.field("away_runs"), p.field("home_runs")
	if away == "" && home == "" {
		return source.Reject(source.BadScore, "no runs are told of %.40q at %.40q", row.Away, row.Home)
	}
	row.Score, err = source.ParseScore(away, home)
	return err
}

func (p *parser) parsePK(row *source.ResultRow) (err error) {
	if !p.hasPK {
		return nil
	}
	if row.PK, err = source.ParseInt(p.field(gamePK)); err != nil || row.PK <= 0 {
		return source.Reject(source.BadGame, "game_pk %.20q", p.field(gamePK))
	}
	return nil
}

// parseStart reads the start. One that cannot be read is not told: the score
// is worth having without it. One of another day than the game's is refused,
// since then either may be wrong.
func (p *parser) parseStart(row *source.ResultRow) error {
	text := strings.TrimSpace(p.field(p.start))
	start, ok := p.readStart(text, row.Date)
	if !ok {
		return nil
	}
	// A start after midnight belongs to the day before; more than that apart
	// and one of the two is wrong.
	day := time.Date(row.Date.Year, row.Date.Month, row.Date.Day, 0, 0, 0, 0, p.zone)
	if lag := start.Sub(day); lag < 0 || lag > 30*time.Hour {
		return source.Reject(source.BadTime, "%s %.30q is not on the game's date %s", p.start, text, row.Date)
	}
	row.Start = start
	return nil
}

// withZone and withoutZone are the ways that lists write a moment. After seconds
// their fractions are read too.
var (
	withZone = []string{
		"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00",
	}
	withoutZone = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "1/2/06 15:04"}
)

// readStart reads a start in UTC. Where it tells no zone it is of its column's.
func (p *parser) readStart(s string, date mlb.Date) (time.Time, bool) {
	zone := p.zone
	if p.start == startUTC {
		zone = time.UTC
	}
	for _, layout := range slices.Concat(withZone, withoutZone) {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t.UTC(), true
		}
	}
	if p.start == startUTC {
		return time.Time{}, false
	}
	// The list of Eastern starts also leaves out the day, which UTC's could be
	// either of two.
	t, err := time.ParseInLocation("2006-01-02 15:04", date.String()+" "+strings.TrimSuffix(s, " ET"), zone)
	return t.UTC(), err == nil
}

// number numbers the two legs of a doubleheader by their starts. Where a start
// is not told, or both are one, which leg is first is not known.
func number(games []game) {
	type matchup struct {
		date       mlb.Date
		away, home string
	}
	days := map[matchup][]*source.ResultRow{}
	for i := range games {
		if r := &games[i].row; r.Status != 0 {
			m := matchup{r.Date, r.Away, r.Home}
			days[m] = append(days[m], r)
		}
	}
	for _, legs := range days {
		slices.SortFunc(legs, func(a, b *source.ResultRow) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.N, b.N)) })
		if len(legs) == 2 && !legs[0].Start.IsZero() && legs[0].Start.Before(legs[1].Start) {
			legs[0].Number, legs[1].Number = 1, 2
		}
	}
}
