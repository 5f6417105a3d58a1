package console

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// recordSyntax says what csta record takes; nothing = tell what there is.
const recordSyntax = "[on|off|dump]"

// record begins and ends the recording of what happens, and writes it to a file.
func (c *Console) record(ctx context.Context, arguments []string) (string, error) {
	switch {
	case len(arguments) == 0:
		return c.recorder(ctx)
	case len(arguments) > 1:
		return "", errUsage
	}
	switch strings.ToLower(arguments[0]) {
	case "on":
		return c.setRecord(ctx, true, "+OK what happens from now on is recorded\n", "+OK it is recorded already\n")
	case "off":
		return c.setRecord(ctx, false, "+OK nothing is recorded any more, and what was is forgotten\n", "+OK nothing was recorded\n")
	case "dump":
		path, err := c.Engine.Dump(ctx)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("+OK %s (cstactl replay plays it)\n", clean(path)), nil
	}
	return "", errUsage
}

func (c *Console) setRecord(ctx context.Context, on bool, done, already string) (string, error) {
	changed, err := c.Engine.Record(ctx, on)
	switch {
	case err != nil:
		return "", noAnswer(err)
	case changed:
		return done, nil
	}
	return already, nil
}

func (c *Console) recorder(ctx context.Context) (string, error) {
	m, err := c.Engine.Measures(ctx)
	if err != nil {
		return "", noAnswer(err)
	}
	r := m.Recorder
	text := "nothing is recorded"
	if r.On {
		text = fmt.Sprintf("recorded since %s: %d KiB of at most %d KiB", r.Since.Format(time.DateTime), r.Bytes>>10, r.Size>>10)
	}
	if r.Written > 0 {
		text += fmt.Sprintf("; written %d times, last to %s", r.Written, clean(r.Last))
	}
	return text + "\n", nil
}
