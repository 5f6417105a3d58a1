package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/ecma"
)

func (a *app) snapshotCommand() *cobra.Command {
	var call string
	cmd := &cobra.Command{
		Use:   "snapshot DEVICE | snapshot --call CALL [DEVICE]",
		Short: "Show the calls of a device, or the devices of a call",
		Long: `Shows the calls of a device with the states of its connection and of the others'
(SnapshotDevice), or the devices of a call (SnapshotCall). With --call the whole
callID is needed, unless a DEVICE of the call is named with it.`,
		Example: `  cstactl snapshot 1000
  cstactl snapshot queue:9500
  cstactl snapshot --call 3f2a9c1d 1000`,
		Args:              between(0, 1),
		ValidArgsFunction: a.completeDevices(1),
	}
	cmd.Flags().StringVar(&call, "call", "", "the call to show")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var device ecma.DeviceID
		if len(args) == 1 {
			var err error
			if device, err = parseDevice(args[0]); err != nil {
				return err
			}
		} else if call == "" {
			return usageError{cmd, "a DEVICE or --call is needed"}
		}
		if call != "" {
			return a.ask(cmd.Context(), "SnapshotCall", func(ctx context.Context, c *client.Client) error {
				return a.snapshotCall(ctx, c, call, device)
			})
		}
		return a.ask(cmd.Context(), "SnapshotDevice", func(ctx context.Context, c *client.Client) error {
			return a.snapshotDevice(ctx, c, device)
		})
	}
	return cmd
}

func (a *app) snapshotDevice(ctx context.Context, c *client.Client, device ecma.DeviceID) error {
	calls, err := c.SnapshotDevice(ctx, device)
	if err != nil {
		return err
	}
	if len(calls) == 0 {
		fmt.Fprintf(a.out, "%s has no calls\n", deviceName(device))
		return nil
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CALL\tSTATES (ITS OWN FIRST)")
	for _, info := range calls {
		fmt.Fprintf(w, "%s\t%s\n", info.Connection.CallID, stateNames(info.States))
	}
	return w.Flush()
}

func (a *app) snapshotCall(ctx context.Context, c *client.Client, call string, device ecma.DeviceID) error {
	object := ecma.ConnectionID{CallID: call}
	if !device.IsZero() {
		var err error
		if object, err = findConnection(ctx, c, call, device, nil); err != nil {
			return err
		}
	}
	r, err := c.SnapshotCall(ctx, object)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "call\t%s\n", object.CallID)
	for _, d := range []struct {
		label string
		value ecma.ExtendedDevice
	}{
		{"calling", r.CallingDevice}, {"called", r.CalledDevice},
		{"associated calling", r.AssociatedCallingDevice}, {"associated called", r.AssociatedCalledDevice},
	} {
		if d.value.Presence != ecma.Absent {
			fmt.Fprintf(w, "%s\t%s\n", d.label, presented(d.value.Presence, d.value.Device))
		}
	}
	for _, e := range r.Endpoints {
		state := string(e.State)
		if state == "" {
			state = "unknown"
		}
		fmt.Fprintf(w, "device %s\t%s\n", presented(e.Device.Presence, e.Device.Device), state)
	}
	return w.Flush()
}
