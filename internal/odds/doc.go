// Package odds turns prices into probabilities, fair probabilities and stakes.
// It does no I/O and allocates nothing on the two-way paths.
//
// Prices are exact: an American integer as quoted, or a decimal price times
// 10,000. Probabilities and expected values are fractions, not percent.
package odds
