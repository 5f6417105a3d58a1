package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/ecma"
)

func (a *app) dndCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "dnd DEVICE [on|off]",
		Short: "Show or set do not disturb",
		Long: `Sets do not disturb of DEVICE (SetDoNotDisturb), or shows it (GetDoNotDisturb).
Calls to a device that does not want to be disturbed are refused as busy, by the
dialplan: docs/operations.md tells what it needs on a real switch.`,
		Example: `  cstactl dnd 1001 on
  cstactl dnd 1001`,
		Args:              between(1, 2),
		ValidArgsFunction: a.completeWords(nil, []string{"on", "off"}),
		RunE: func(cmd *cobra.Command, args []string) error {
			device, err := parseDevice(args[0])
			if err != nil {
				return err
			}
			if len(args) == 2 && args[1] != "on" && args[1] != "off" {
				return fmt.Errorf("%q is neither on nor off", args[1])
			}
			return a.ask(cmd.Context(), "dnd "+args[0], func(ctx context.Context, c *client.Client) error {
				if len(args) == 2 {
					return c.SetDoNotDisturb(ctx, device, args[1] == "on")
				}
				on, err := c.GetDoNotDisturb(ctx, device)
				if err == nil {
					fmt.Fprintln(a.out, onOff(on))
				}
				return err
			})
		},
	}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// forwardingTypes are the words for the kinds of forwarding, those of the
// operator's csta command.
var forwardingTypes = map[string]ecma.ForwardingType{
	"immediate": ecma.ForwardImmediate, "busy": ecma.ForwardBusy, "noanswer": ecma.ForwardNoAns,
}

func (a *app) forwardCommand() *cobra.Command {
	var rings int64
	cmd := &cobra.Command{
		Use:   "forward DEVICE [immediate|busy|noanswer off|NUMBER]",
		Short: "Show or set forwarding",
		Long: `Sets where calls to DEVICE go instead (SetForwarding), or shows it (GetForwarding):
immediate is at once and without ringing, busy and noanswer only when DEVICE is busy
or does not answer. Each kind has a number of its own, and off ends it.`,
		Example: `  cstactl forward 1001 immediate 1002
  cstactl forward 1001 noanswer 9500 --rings 3
  cstactl forward 1001 immediate off
  cstactl forward 1001`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 && len(args) != 3 {
				return usageError{cmd, "a device is needed, or a device, a kind of forwarding, and a number or off"}
			}
			return nil
		},
		ValidArgsFunction: a.completeWords(nil, slices.Sorted(maps.Keys(forwardingTypes)), []string{"off"}),
	}
	cmd.Flags().Int64Var(&rings, "rings", 0, "how often a device rings before it counts as not answering; 0 = as before")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		device, err := parseDevice(args[0])
		if err != nil {
			return err
		}
		if len(args) == 1 {
			return a.ask(cmd.Context(), "forward "+args[0], func(ctx context.Context, c *client.Client) error {
				return a.showForwarding(ctx, c, device)
			})
		}
		m := ecma.SetForwarding{Device: device, ForwardingType: forwardingTypes[args[1]], ActivateForward: args[2] != "off"}
		if m.ForwardingType == "" {
			return fmt.Errorf("%q is none of immediate, busy, noanswer", args[1])
		}
		if m.ActivateForward {
			if m.ForwardDN, err = parseDevice(args[2]); err != nil {
				return err
			}
		}
		if rings > 0 {
			m.RingCount = ecma.IntOf(rings)
		}
		return a.ask(cmd.Context(), "forward "+args[0], func(ctx context.Context, c *client.Client) error {
			return c.SetForwarding(ctx, m)
		})
	}
	return cmd
}

func (a *app) showForwarding(ctx context.Context, c *client.Client, device ecma.DeviceID) error {
	list, err := c.GetForwarding(ctx, device)
	if err != nil {
		return err
	}
	for _, f := range list {
		line := fmt.Sprintf("%-17s %-3s %s", f.ForwardingType, onOff(f.ForwardStatus), deviceName(f.ForwardDN))
		if f.RingCount.Set {
			line += fmt.Sprintf(" after %d rings", f.RingCount.Value)
		}
		fmt.Fprintln(a.out, line)
	}
	return nil
}
