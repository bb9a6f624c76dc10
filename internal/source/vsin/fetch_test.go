package vsin_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/sourcetest"
	"github.com/mlb-betting/mlb-betting/internal/source/vsin"
)

// team is a team's row; nine cells separated by spaces.
func team(name, cells string) string {
	const code = "20260716MLB00001"
	var td strings.Builder
	for _, c := range strings.Fields(cells) {
		fmt.Fprintf(&td, `<td><span class="sp-badge">%s</span></td>`, c)
	}
	return fmt.Sprintf(`<tr class="sp-row"><td class="sp-cell-action"><button data-gamecode=%q>2</button></td>
		<td class="sp-cell-team"><a class="sp-team-link" href="/x">%s</a></td>%s</tr>`, code, name, td.String())
}

func page() string {
	var th strings.Builder
	for _, l := range []string{"Spread", "Handle", "Bets", "Total", "Handle", "Bets", "Money", "Handle", "Bets"} {
		fmt.Fprintf(&th, `<th><span class="sp-full">%s</span></th>`, l)
	}
	return `<!DOCTYPE html><html><body><a class="splits-book-btn active">DraftKings</a><table class="sp-table">
		<thead><tr class="sp-sport-header"><th colspan="2"><a class="sp-sport-link" href="/mlb/games/?gamedate=2026-07-16">MLB -
		<span class="sp-full">Thursday, Jul 16</span></a></th>` + th.String() + `</tr></thead>` +
		team("New York Mets", "+1.5 38% 55% 8.5 85% 58% +129 59% 50%") +
		team("San Diego Padres", "-1.5 62% 45% 8.5 15% 42% -156 41% 50%") + `</table></body></html>`
}

func TestAdapter(t *testing.T) {
	const at = "https://data.vsin.com/mlb/betting-splits/"
	sourcetest.Run(t, vsin.Adapter(), []sourcetest.Case{{
		Feed: "splits", Body: page(), Rows: map[source.Kind]int{source.Splits: 3},
		URLs: []string{at, at + "?view=circa", at + "?view=fanduel", at + "?view=mgm", at + "?view=caesars"},
	}})
}
