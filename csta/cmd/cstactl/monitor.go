package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/ecma"
)

// format is how monitor prints events.
type format uint8

const (
	asLine format = iota
	asXML
	asJSON
)

func (a *app) monitorCommand() *cobra.Command {
	var xml, json bool
	var limit time.Duration
	cmd := &cobra.Command{
		Use:   "monitor DEVICE...",
		Short: "Print the events of devices as they come",
		Long: `Starts a monitor on each device and prints its events, one a line: time, device,
event, the device's state after it (localConnectionInfo), and the rest. Ctrl-C
stops the monitors and ends.`,
		Example: `  cstactl monitor 1000 1001 queue:9500 trunk:20
  cstactl monitor --json 1000 | jq .event`,
		Args:              between(1, unlimited),
		ValidArgsFunction: a.completeDevices(unlimited),
	}
	cmd.Flags().BoolVar(&xml, "xml", false, "print the messages as they came")
	cmd.Flags().BoolVar(&json, "json", false, "print one JSON object a line")
	cmd.Flags().DurationVar(&limit, "for", 0, "end after that time; 0 = never")
	cmd.MarkFlagsMutuallyExclusive("xml", "json")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		how := asLine
		switch {
		case xml:
			how = asXML
		case json:
			how = asJSON
		}
		devices, err := parseDevices(args)
		if err != nil {
			return err
		}
		ctx, cancel := within(cmd.Context(), limit)
		defer cancel()
		return a.watch(ctx, devices, how == asLine, func(e client.Event, watched map[string]ecma.DeviceID) error {
			return a.show(e, watched, how)
		})
	}
	return cmd
}

// within is ctx, bounded by limit unless that is 0.
func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit > 0 {
		return context.WithTimeout(ctx, limit)
	}
	return context.WithCancel(ctx)
}

// watch monitors devices until ctx or the connection ends, and hands over what the server
// sends with the devices by monitor; announce says which are watched.
func (a *app) watch(ctx context.Context, devices []ecma.DeviceID, announce bool,
	each func(e client.Event, watched map[string]ecma.DeviceID) error,
) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	watched := make(map[string]ecma.DeviceID)
	for _, d := range devices {
		request, cancel := context.WithTimeout(ctx, a.timeout)
		r, err := c.MonitorStart(request, d, ecma.MonitorFilter{})
		cancel()
		if err != nil {
			return a.failure("MonitorStart "+deviceName(d), err)
		}
		watched[r.MonitorCrossRefID] = d
		if announce {
			fmt.Fprintf(a.err, "monitor %s on %s\n", r.MonitorCrossRefID, deviceName(d))
		}
	}
	for len(watched) > 0 {
		select {
		case e, open := <-c.Events():
			if !open {
				return fmt.Errorf("the connection ended: %w", c.Err())
			}
			if err := each(e, watched); err != nil {
				return err
			}
			if stop, ended := e.Message.(*ecma.MonitorStop); ended {
				delete(watched, stop.MonitorCrossRefID)
			}
		case <-ctx.Done():
			if err := a.stopMonitors(context.WithoutCancel(ctx), c, watched); err != nil {
				return err
			}
			return rest(c.Events(), func(e client.Event) error { return each(e, watched) })
		}
	}
	return errors.New("the server ended all monitors")
}

// rest hands over what had come before the monitors ended.
func rest(events <-chan client.Event, each func(client.Event) error) error {
	for {
		select {
		case e, open := <-events:
			if !open {
				return nil
			}
			if err := each(e); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// show prints one message of the server.
func (a *app) show(e client.Event, watched map[string]ecma.DeviceID, how format) error {
	if how == asXML {
		fmt.Fprintf(a.out, "%s\n", e.Raw)
	}
	switch m := e.Message.(type) {
	case nil:
		fmt.Fprintf(a.err, "cstactl: a message that can't be read: %v: %s\n", e.Err, e.Raw)
	case *ecma.MonitorStop:
		fmt.Fprintf(a.err, "monitor %s on %s was ended by the server\n", m.MonitorCrossRefID, deviceName(watched[m.MonitorCrossRefID]))
	case ecma.Event:
		s := sight{Event: e, crossRef: e.Monitor()}
		s.device = watched[s.crossRef]
		for _, d := range watched {
			s.width = max(s.width, len(deviceName(d)))
		}
		switch how {
		case asLine:
			fmt.Fprintln(a.out, s.line())
		case asJSON:
			line, err := s.json()
			if err != nil {
				return fmt.Errorf("%s: %w", m.Element(), err)
			}
			fmt.Fprintln(a.out, line)
		}
	}
	return nil
}

func (a *app) stopMonitors(ctx context.Context, c *client.Client, watched map[string]ecma.DeviceID) error {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	for crossRef, d := range watched {
		if err := c.MonitorStop(ctx, crossRef); err != nil {
			return a.failure("MonitorStop "+deviceName(d), err)
		}
	}
	return nil
}
