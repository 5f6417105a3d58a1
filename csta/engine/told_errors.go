package engine

import (
	"cmp"
	"errors"

	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// describeError is an error as a recording has it.
func describeError(err error) *errorLine {
	if err == nil {
		return nil
	}
	text := err.Error()
	for name, known := range knownErrors {
		if errors.Is(err, known) {
			if text == name {
				text = ""
			}
			return &errorLine{Is: name, Text: text}
		}
	}
	return &errorLine{Text: text}
}

// recordedError is an error of a recording.
type recordedError struct {
	text string
	is   error
}

func (e *recordedError) Error() string { return e.text }

func (e *recordedError) Unwrap() error { return e.is }

func (l *errorLine) err() error {
	if l == nil {
		return nil
	}
	is := knownErrors[l.Is]
	if is != nil && l.Text == "" {
		return is
	}
	return &recordedError{cmp.Or(l.Text, l.Is), is}
}

// knownErrors are the errors that the core tells apart, by their texts.
var knownErrors = func() map[string]error {
	all := map[string]error{}
	for _, err := range []error{
		switching.ErrNoSuchLeg, switching.ErrNotPossible, switching.ErrNotSupported, switching.ErrInvalidAddress, switching.ErrUnwritable,
		switching.ErrTaken, switching.ErrInUse, errBusy,
		telephone.ErrUnsupported, telephone.ErrRefused, telephone.ErrSilent, telephone.ErrLost,
	} {
		all[err.Error()] = err
	}
	return all
}()
