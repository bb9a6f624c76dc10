package source

import (
	"fmt"
	"log/slog"
)

// Secret is a text that nothing prints: not fmt with any verb, not slog, not
// JSON. It stands behind a pointer, so that not even a dump of the struct that
// holds it shows it. The zero Secret is none.
type Secret struct{ text *string }

// hidden stands for a secret wherever one would be printed.
const hidden = "[secret]"

// NewSecret hides a text; an empty one is no secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// IsSet tells that there is a secret.
func (s Secret) IsSet() bool { return s.text != nil }

// Reveal is the text itself: for the request that needs it, and to take it out
// of what is shown.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String is "[secret]", or nothing for none.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return hidden
}

// Format prints String whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// MarshalText is String.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
