package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/uacsta"
)

// statusOf is the state of the module, or of one device's phones.
func (c *Console) statusOf(ctx context.Context, arguments []string) (string, error) {
	switch len(arguments) {
	case 0:
		return c.status(ctx)
	case 1:
		set, err := c.featureLines(ctx, arguments[0])
		if errors.Is(err, engine.ErrUnknownSubscriber) {
			return c.ofOther(ctx, arguments[0], err)
		}
		if err != nil {
			set = fmt.Sprintf("what is set is not known: %v\n\n", err)
		}
		text, err := c.phones(ctx, arguments[0])
		if err != nil {
			return "", err
		}
		return set + text, nil
	}
	return "", errUsage
}

// ofOther is the state of a queue, a network interface or another device that is
// monitored or in a call; for one that is neither, unknown is told.
func (c *Console) ofOther(ctx context.Context, device string, unknown error) (string, error) {
	st, err := c.engineStatus(ctx)
	if err != nil {
		return "", err
	}
	for _, d := range st.Devices {
		if strings.EqualFold(d.Device, device) {
			return table(nil, [][]string{
				{"device", d.Device}, {"service", d.Service},
				{"monitors", strconv.Itoa(d.Monitors)}, {"connections", strconv.Itoa(d.Connections)},
			}), nil
		}
	}
	return "", fmt.Errorf("%w, and it is neither monitored nor in a call", unknown)
}

// phones tells which way each phone of a device is driven, and why better ones
// are closed.
func (c *Console) phones(ctx context.Context, device string) (string, error) {
	if c.Phones == nil {
		return fmt.Sprintf("%s is driven by the switch: uaCSTA is off (use-uacsta=0)\n", clean(device)), nil
	}
	list, err := c.Phones(ctx, device)
	if err != nil {
		return "", fmt.Errorf("the control of phones does not answer: %w", err)
	}
	if len(list) == 0 {
		return fmt.Sprintf("%s is driven by the switch: no phone of a subscriber with the directory variable uacsta is registered for it\n", clean(device)), nil
	}
	var b strings.Builder
	for i, p := range list {
		if i > 0 {
			b.WriteByte('\n')
		}
		rows := [][]string{{"phone", p.UserAgent}, {"contact", p.Contact}, {"driven by", drivenBy(p)}}
		if text := reasons(p); text != "" {
			rows = append(rows, []string{"because", text})
		}
		if !p.Retry.IsZero() {
			rows = append(rows, []string{"next attempt", "in " + max(0, time.Until(p.Retry)).Round(time.Second).String()})
		}
		if len(p.Lacking) > 0 {
			rows = append(rows, []string{"refuses", strings.Join(p.Lacking, ", ")})
		}
		b.WriteString(table(nil, rows))
	}
	return b.String(), nil
}

// controlled counts those that take requests.
func controlled(list []uacsta.PhoneStatus) int {
	n := 0
	for _, p := range list {
		if p.State == uacsta.Open {
			n++
		}
	}
	return n
}

func drivenBy(p uacsta.PhoneStatus) string {
	if p.State != uacsta.Open {
		return "the switch"
	}
	how := "uaCSTA session"
	if p.Mode == uacsta.NotifyMode {
		how = "uaCSTA in NOTIFY"
	}
	way := map[uacsta.Way]string{
		uacsta.OwnLine: "over the CSTA line it registered with us", uacsta.ByProxy: "through its proxy", uacsta.Direct: "to its contact",
		uacsta.BySwitch: "through the switch, which hides its answers",
	}[p.Way]
	return fmt.Sprintf("%s, %s (%s), for %s", how, way, p.Transport, time.Since(p.Since).Round(time.Second))
}

// reasons says why it is not driven in a better way.
func reasons(p uacsta.PhoneStatus) string {
	var texts []string
	if p.WayWhy != "" {
		texts = append(texts, p.WayWhy)
	}
	switch {
	case p.Why != "":
		texts = append(texts, p.Why)
	case p.State == uacsta.Open || p.Way == uacsta.NoWay:
	case p.Queued:
		texts = append(texts, "its turn has not come yet")
	case p.State == uacsta.Idle:
		texts = append(texts, "its device is not monitored")
	default:
		texts = append(texts, "its session is "+p.State.String())
	}
	return strings.Join(texts, "; ")
}

// ignored says what came from phones, or in their name, and changed nothing.
func ignored(c uacsta.Counters) string {
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(c.Ignored)) {
		kinds = append(kinds, fmt.Sprintf("%d %s", c.Ignored[kind], kind))
	}
	if c.Dropped > 0 {
		kinds = append(kinds, fmt.Sprintf("%d for want of room", c.Dropped))
	}
	return cmp.Or(strings.Join(kinds, ", "), "0")
}
