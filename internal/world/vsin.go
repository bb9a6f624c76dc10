package world

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// vsinDay is one day of the page.
type vsinDay struct {
	Date, Label string
	Rows        []vsinRow
}

// vsinRow is one club's row.
type vsinRow struct {
	Code, Club string
	Cells      [9]string
}

// vsinLabels are the columns behind the club's, long and short.
var vsinLabels = [9][2]string{
	{"Spread", "SPR"},
	{"Handle", "HND"},
	{"Bets", "BET"},
	{"Total", "TOT"},
	{"Handle", "HND"},
	{"Bets", "BET"},
	{"Money", "ML"},
	{"Handle", "HND"},
	{"Bets", "BET"},
}

var vsinTemplate = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en"><head><title>Betting splits (simulated)</title></head><body>
<a href="?source=DK" class="splits-book-btn book-dk active"><i class="fa"></i> DraftKings</a>
<a href="?source=CIRCA" class="splits-book-btn book-circa"><i class="fa"></i> Circa</a>
<img class="sp-title-logo" src="/logo.png" alt="DraftKings">
<div class="sp-table-wrap"><table class="sp-table">
{{range .Days}}<thead><tr class="sp-sport-header sp-source-dk">
<th class="sp-sport-name" colspan="2"><a class="sp-sport-link" href="/mlb/games/?gamedate={{.Date}}">MLB - <span class="sp-full">{{.Label}}</span></a></th>
{{range $.Labels}}<th><span class="sp-full">{{index . 0}}</span><span class="sp-short">{{index . 1}}</span></th>
{{end}}</tr></thead><tbody>
{{range .Rows}}<tr class="sp-row"><td class="sp-cell-action"><button class="sp-act-history" data-gamecode="{{.Code}}"></button></td>
<td class="sp-cell-team"><img class="sp-team-logo" alt="" data-gamecode="{{.Code}}"><a class="sp-team-link" href="/mlb/">{{.Club}}</a></td>
{{range .Cells}}<td><span class="sp-badge">{{.}}</span></td>
{{end}}</tr>
{{end}}</tbody>
{{end}}</table></div></body></html>
`))

// vsinViews are how many days after today a view begins and ends; any other
// view is today's.
var vsinViews = map[string][2]int{"tomorrow": {1, 1}, "yesterday": {-1, -1}, "all": {0, 1}}

// vsinPage is VSiN's page of splits at DraftKings.
func vsinPage(s *slates, q question) (answer, error) { return s.vsin(q, nil) }

// vsin is the page after what change does to each day's games.
func (s *slates) vsin(q question, change func([]matchup) []matchup) (a answer, err error) {
	span := vsinViews[q.values.Get("view")]
	var days []vsinDay
	for i := span[0]; i <= span[1]; i++ {
		day, err := s.dayOf(shift(s.today(q.at), i))
		if err != nil {
			return a, err
		}
		if day == nil {
			continue
		}
		games, err := matchups(day, q.at)
		if err != nil {
			return a, err
		}
		if change != nil {
			games = change(games)
		}
		days = append(days, newVSiNDay(day.Date(), games))
	}
	var b strings.Builder
	if err := vsinTemplate.Execute(&b, struct {
		Days   []vsinDay
		Labels [9][2]string
	}{days, vsinLabels}); err != nil {
		return a, fmt.Errorf("world: %w", err)
	}
	return answer{contentType: "text/html; charset=UTF-8", body: []byte(b.String())}, nil
}

func newVSiNDay(date mlb.Date, games []matchup) vsinDay {
	d := vsinDay{Date: date.String(), Label: date.Time().Format("Monday, Jan 2")}
	for _, g := range games {
		code := fmt.Sprintf("%sMLB%d", date.Time().Format("20060102"), g.id)
		road, home := vsinRow{Code: code, Club: g.away.Name}, vsinRow{Code: code, Club: g.home.Name}
		for i, m := range []mlb.Market{mlb.RunLine, mlb.Total, mlb.Moneyline} {
			first, second := g.bets[m].vsinCells(m)
			if m == mlb.Total { // the over stands in the road row
				first, second = second, first
			}
			copy(home.Cells[3*i:], first[:])
			copy(road.Cells[3*i:], second[:])
		}
		d.Rows = append(d.Rows, road, home)
	}
	return d
}

// vsinCells are both sides' line or price, share of the money and of the bets.
func (b bets) vsinCells(m mlb.Market) (first, second [3]string) {
	first, second = [3]string{"-", "0%", "0%"}, [3]string{"-", "0%", "0%"}
	if !b.known() {
		return first, second
	}
	for i, pair := range [2][2]int64{b.money, b.tickets} {
		f, s := percents(pair, 1)
		first[i+1], second[i+1] = fmt.Sprintf("%.0f%%", f), fmt.Sprintf("%.0f%%", s)
	}
	if b.prices != [2]int64{} {
		first[0], second[0] = b.vsinLine(m, 0), b.vsinLine(m, 1)
	}
	return first, second
}

func (b bets) vsinLine(m mlb.Market, side int) string {
	switch m {
	case mlb.Moneyline:
		return fmt.Sprintf("%+d", b.prices[side])
	case mlb.Total:
		return strconv.FormatFloat(b.lines[side], 'f', -1, 64)
	default:
		return fmt.Sprintf("%+g", b.lines[side])
	}
}
