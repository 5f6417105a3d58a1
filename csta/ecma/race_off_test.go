//go:build !race

package ecma

const raceEnabled = false
