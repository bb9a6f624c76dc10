package detect

import (
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

func checkSignal(t testing.TB, v market.View, s mlb.Signal) {
	t.Helper()
	_ = v
	_ = s
}
