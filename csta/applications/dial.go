package applications

import (
	"errors"
	"fmt"
	"strings"

	"mod_csta_socket/csta/switching"
)

// Dial says which numbers somebody may have called that are nobody's of the switch. The
// zero value has none.
type Dial struct {
	text  string
	masks []mask
}

// ParseDial reads a list of patterns of numbers, separated by commas.
func ParseDial(list string) (Dial, error) {
	all := words(list)
	if len(all) > maxEntries {
		return Dial{}, fmt.Errorf("more than %d entries", maxEntries)
	}
	d := Dial{text: strings.Join(all, ",")}
	for _, entry := range all {
		m, ok := parseMask(entry)
		if !ok {
			return Dial{}, fmt.Errorf("%.80q is no pattern of numbers", entry)
		}
		d.masks = append(d.masks, m)
	}
	return d, nil
}

// String is the list as ParseDial reads it.
func (d *Dial) String() string { return d.text }

// Has tells whether a number may be called.
func (d *Dial) Has(number string) bool {
	for i := range d.masks {
		if d.masks[i].has(number) {
			return true
		}
	}
	return false
}

// maxAddresses bounds a list of trunk addresses.
const maxAddresses = 256

// parseAddresses reads a list of trunk addresses, as predictive-call-addresses has them.
func parseAddresses(list string) (switching.Trunks, error) {
	all, ok := switching.ParseTrunks(list)
	if !ok || len(words(list)) > maxAddresses {
		return switching.Trunks{}, errAddresses
	}
	return all, nil
}

var errAddresses = errors.New("not a list of <profile>/<host>, <profile>/<host>:<port>, <profile>/* and gateway/<gateway>")
