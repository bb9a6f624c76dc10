package mlb

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func books(t *testing.T) []Book {
	t.Helper()
	all, err := Books()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func brands(t *testing.T) map[string]Brand {
	t.Helper()
	all := map[string]Brand{}
	for _, b := range books(t) {
		all[b.Brand.Slug] = b.Brand
	}
	return all
}

func TestBooks(t *testing.T) {
	all := books(t)
	ids, numbers, brandLevel := map[BookID]bool{}, map[int]bool{}, map[string]int{}
	licensed := 0
	for i, b := range all {
		if b.ID <= 0 || ids[b.ID] || i > 0 && b.ID <= all[i-1].ID {
			t.Errorf("book %d %q: the ids are not positive, unique and rising", b.ID, b.Name)
		}
		ids[b.ID] = true
		if b.Name == "" || strings.TrimSpace(b.Name) != b.Name || strings.TrimSpace(b.Licence) != b.Licence {
			t.Errorf("book %d: name %q, licence %q", b.ID, b.Name, b.Licence)
		}
		if b.ActionNetwork == 0 {
			brandLevel[b.Brand.Slug]++
			if b.Licence != "" {
				t.Errorf("book %d %q has a licence but no number at the source of licences", b.ID, b.Name)
			}
			continue
		}
		licensed++
		if b.ActionNetwork < 0 || numbers[b.ActionNetwork] {
			t.Errorf("book %d %q: Action Network number %d is not its own", b.ID, b.Name, b.ActionNetwork)
		}
		numbers[b.ActionNetwork] = true
	}
	if licensed != 439 {
		t.Errorf("got %d Action Network books, want the 439 of its directory", licensed)
	}
	for slug := range brands(t) {
		if brandLevel[slug] != 1 {
			t.Errorf("brand %s: got %d books for the brand as a whole, want 1", slug, brandLevel[slug])
		}
	}
	all[0].Name = "changed"
	if books(t)[0].Name == "changed" {
		t.Error("writing to the slice of one caller changed the directory")
	}
}

func TestBrands(t *testing.T) {
	// The file itself: reading it into a map would hide a brand given twice.
	rows, names := map[string]bool{}, map[string]bool{}
	err := eachRecord("brands.csv", brandsCSV, 5, func(f []string) error {
		if rows[f[0]] || names[f[1]] {
			t.Errorf("brand %s, %s is given twice", f[0], f[1])
		}
		rows[f[0]], names[f[1]] = true, true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	used := brands(t)
	if len(rows) != len(used) {
		t.Errorf("%d brands are listed, %d have a book", len(rows), len(used))
	}
	kinds := []BookKind{KindBook, KindExchange, KindDFS, KindConsensus, KindOpen}
	for slug, b := range used {
		if slug == "" || slug != strings.ToLower(slug) || strings.ContainsAny(slug, " ,") {
			t.Errorf("brand %q: a slug is one word in small letters", slug)
		}
		if b.Name == "" || b.Feed == "" || !slices.Contains(kinds, b.Kind) || !(b.Sharp >= 0 && b.Sharp <= 1) {
			t.Errorf("brand %+v: want a name, a feed, a known kind and a prior in [0, 1]", b)
		}
	}
}

// A column that a source publishes beside the books is not one of them:
// counting the consensus as a source would count every book twice.
func TestPseudoBooksHaveNoVote(t *testing.T) {
	feeds := map[string][]string{} // of the brands that vote
	for slug, b := range brands(t) {
		if b.Kind.Votes() {
			feeds[b.Feed] = append(feeds[b.Feed], slug)
		}
	}
	numbers := map[int]Book{}
	for _, b := range books(t) {
		numbers[b.ActionNetwork] = b
		if b.Brand.Kind.Votes() {
			continue
		}
		if b.Brand.Sharp != 0 {
			t.Errorf("%s is no place to bet but has the prior %v", b.Name, b.Brand.Sharp)
		}
		if shared := feeds[b.Brand.Feed]; len(shared) > 0 {
			t.Errorf("%s is no place to bet but has the feed of %v", b.Name, shared)
		}
	}
	for number, want := range map[int]BookKind{15: KindConsensus, 30: KindOpen, 67: KindConsensus, 68: KindBook} {
		if got := numbers[number].Brand.Kind; got != want {
			t.Errorf("Action Network book %d: got %q, want %q", number, got, want)
		}
	}
	for kind, want := range map[BookKind]bool{
		KindBook: true, KindExchange: true, KindDFS: false, KindConsensus: false, KindOpen: false, "": false, "other": false,
	} {
		if got := kind.Votes(); got != want {
			t.Errorf("BookKind(%q).Votes(): got %v, want %v", kind, got, want)
		}
	}
}

// Brands of one trading desk have one vote, however many there are.
func TestSharedFeeds(t *testing.T) {
	got := map[string][]string{}
	for slug, b := range brands(t) {
		got[b.Feed] = append(got[b.Feed], slug)
	}
	maps.DeleteFunc(got, func(_ string, slugs []string) bool { return len(slugs) == 1 })
	want := map[string][]string{
		"draftkings": {"dk", "draftkings"}, // dk is "DraftKings AS"
		"entain":     {"betmgm", "borgata", "bwin", "sportsinteraction"},
		"penn":       {"espnbet", "thescore"},
		"kambi":      {"betrivers", "rushbet", "sugarhouse", "unibet"},
		"betonline":  {"betonline", "lowvig"},
		"cris":       {"bookmaker", "cris"},
		"flutter-uk": {"paddypower", "skybet"},
	}
	for feed, slugs := range want {
		if slices.Sort(got[feed]); !slices.Equal(got[feed], slugs) {
			t.Errorf("feed %s: got %v, want %v", feed, got[feed], slugs)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d shared feeds %v, want %d", len(got), got, len(want))
	}
}

// One brand has a number for each licence; these are the ones polled first.
func TestLicences(t *testing.T) {
	type licence struct{ brand, state string }
	got := map[int]licence{}
	for _, b := range books(t) {
		got[b.ActionNetwork] = licence{b.Brand.Slug, b.Licence}
	}
	for number, want := range map[int]licence{
		68: {"draftkings", "NJ"}, 69: {"fanduel", "NJ"}, 71: {"betrivers", "NJ"}, 75: {"betmgm", "NJ"}, 79: {"bet365", "NJ"},
		123: {"caesars", "NJ"}, 247: {"unibet", "NJ"}, 972: {"betrivers", "NY"}, 2988: {"fanatics", "NJ"}, 1: {"betonline", ""},
	} {
		if got[number] != want {
			t.Errorf("Action Network book %d: got %v, want %v", number, got[number], want)
		}
	}
}

func TestBookAliases(t *testing.T) {
	byID := map[BookID]Book{}
	for _, b := range books(t) {
		byID[b.ID] = b
	}
	bolt, err := BookAliases("boltodds")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"draftkings": "draftkings", "betmgm": "betmgm", "kalshi": "kalshi", "prophetx": "prophetx", "thescore": "thescore",
		"thescorebet": "thescore", "espnbet": "espnbet", "hardrockbet": "hardrock", "prophet": "prophetx",
	} {
		if got := byID[bolt[name]].Brand.Slug; got != want {
			t.Errorf("boltodds %q: got %q, want %q", name, got, want)
		}
	}
	for name, id := range bolt {
		if b := byID[id]; b.Licence != "" || b.ActionNetwork != 0 {
			t.Errorf("boltodds %q is the licence %+v, want the brand as a whole", name, b)
		}
	}
	for _, name := range []string{"", "DraftKings", "draft kings", "nobook"} {
		if id, ok := bolt[name]; ok {
			t.Errorf("boltodds %q is read as %s", name, byID[id].Name)
		}
	}
	// An alias of no brand would be dropped without a word.
	for source, aliases := range bookAliases {
		known, err := BookAliases(source)
		if err != nil {
			t.Fatal(err)
		}
		for alias, slug := range aliases {
			if known[alias] == 0 || known[alias] != known[slug] {
				t.Errorf("%s: the alias %q of %q leads nowhere", source, alias, slug)
			}
		}
	}
	for source, want := range map[string]int{"boltodds": len(brands(t)) + 3, "sbro": len(brands(t)), "other": 0} {
		if got, err := BookAliases(source); err != nil || len(got) != want {
			t.Errorf("BookAliases(%q): got %d names, %v; want %d", source, len(got), err, want)
		}
	}
}

func TestReadBook(t *testing.T) {
	known := map[string]Brand{"alpha": {Slug: "alpha"}}
	got, err := readBook([]string{"12", "alpha", "NJ", "68", "Alpha NJ"}, known)
	if want := (Book{12, known["alpha"], "NJ", 68, "Alpha NJ"}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	for name, f := range map[string][]string{
		"no such brand":   {"12", "beta", "", "", "Beta"},
		"no number":       {"x", "alpha", "", "", "Alpha"},
		"beyond smallint": {"40000", "alpha", "", "", "Alpha"},
		"no such source":  {"12", "alpha", "", "x", "Alpha"},
	} {
		if got, err := readBook(f, known); err == nil || got != (Book{}) {
			t.Errorf("%s: got %+v, %v; want an error", name, got, err)
		}
	}
}

// An error in a directory names the file and the line to mend.
func TestDamagedDirectory(t *testing.T) {
	number := func(f []string) error { _, err := readBook(f, map[string]Brand{"alpha": {}}); return err }
	for text, want := range map[string]string{
		"id,b,l,n,name\n1,alpha,,,Alpha\n2,beta,,,Beta\n": `books.csv line 3: unknown brand "beta"`,
		"id,b,l,n,name\n1,alpha\n":                        "books.csv: record on line 2: wrong number of fields",
	} {
		if err := eachRecord("books.csv", text, 5, number); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	var got [][]string
	keep := func(f []string) error { got = append(got, f); return nil }
	if err := eachRecord("other.csv", "a,b\n1,\n2,\"x, y\"\n", 2, keep); err != nil || len(got) != 2 || got[1][1] != "x, y" {
		t.Errorf("got %q, %v; want two records without the header", got, err)
	}
}
