package mlb

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// FairSource is one book's part in a fair price.
type FairSource struct {
	Book        BookID
	Probability float64       // the book's own no-vig probability of the side
	Age         time.Duration // since the older of its two sides was last confirmed
	Weight      float64       // share of the pool, all sum to 1
}

// Fair is the no-vig probability of a side, pooled over independent books.
type Fair struct {
	Probability float64
	SE          float64 // standard error of Probability
	Sources     []FairSource
}

// Opportunity is a price compared with its fair price: taken when Refused is
// empty, otherwise the reason it is not one.
type Opportunity struct {
	LineKey
	Side            Side
	Strategy        string
	DetectedAt      time.Time
	Book            BookID
	Price           odds.Price
	PriceObservedAt time.Time     // when the price last changed
	PriceAge        time.Duration // since the price was last confirmed
	Fair            *Fair         // nil when there is no fair price
	EV              float64       // per unit staked; meaningful only with Fair
	StakeFraction   float64       // of the bankroll; 0 when refused
	Reasons         []string
	Refused         string
}

// ID is the same for the same comparison however often it is computed.
func (o Opportunity) ID() string {
	h := sha256.Sum256(fmt.Appendf(nil, "%s|%d|%d|%d|%d|%d|%d|%d", o.Strategy, o.Game, o.Market, o.Period,
		o.Line, o.Side, o.Book, o.DetectedAt.UnixMicro()))
	return hex.EncodeToString(h[:8])
}
