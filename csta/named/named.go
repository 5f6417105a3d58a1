// Package named writes values of enumerations by their names, as recordings have them.
package named

import (
	"fmt"
	"slices"
	"strconv"
)

// Text is a value's name; one without a name is its number.
func Text[T ~uint8](v T, names []string) ([]byte, error) {
	if int(v) >= len(names) {
		return strconv.AppendUint(nil, uint64(v), 10), nil
	}
	return []byte(names[v]), nil
}

// Read sets a value by what Text has written.
func Read[T ~uint8](v *T, text []byte, names []string) error {
	if i := slices.Index(names, string(text)); i >= 0 {
		*v = T(i)
		return nil
	}
	n, err := strconv.ParseUint(string(text), 10, 8)
	if err != nil {
		return fmt.Errorf("%T has no value %.40q", *v, text)
	}
	*v = T(n)
	return nil
}
