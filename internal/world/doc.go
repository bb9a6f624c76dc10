// Package world is the outside world on one machine: a server on loopback that
// answers as Action Network, MLB's Stats API, The Odds API, VSiN and
// SportsBettingDime do, from a simulated season or recorded bodies, on a
// virtual clock, with switches for faults. Operators rehearse on it and tests
// drill on it; production code reads nothing of it.
//
// Every source has a port of its own, as the real ones have hosts of their
// own, and answers the paths of the real one: a collector is pointed at
// World.URL and otherwise unchanged. One more port is the control: it tells
// the time, lists and sets faults, and hands out the journal.
//
//   - What is served at a virtual moment depends on nothing but the season, the
//     request, the moment and the faults in force, so that two runs serve the
//     same bytes. Moments are whole virtual seconds; pages of splits are made
//     once a virtual minute. Only credits, rates and conditional requests know
//     what was asked before.
//   - The journal lists every answer: when, what for, how it ended. Bodies are
//     not kept: World.Body makes them again and checks them by their hash.
//   - Public is what the generator has made public by a moment. Expect is what a
//     collector must end with that got the listed answers, which is less: what
//     changed twice between two polls was never shown.
//
// What the real servers do about conditional requests was not seen when this
// was written. Here Action Network and SportsBettingDime give weak ETags, the
// Stats API a Last-Modified, the others neither.
package world
